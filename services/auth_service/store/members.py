"""Store the members of a tenant, joined or invited."""

from collections.abc import Collection
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg

from common.db import Connection

# An account's own details (email, name, picture, last sign-in) are shown only after the person joined this tenant and
# signed in since: otherwise an invitation would reveal whether an email has an account elsewhere.
_CAME = (
    "(m.joined_at is not null and (a.last_login_at >= m.joined_at or not exists (select 1 from auth.invitation i"
    " where i.tenant_id = m.tenant_id and i.account_id = m.account_id)))"
)
# The email address that other members see, of membership m and account a.
SHOWN_EMAIL = f"case when {_CAME} then a.email else coalesce(m.invited_email, a.email) end"
_MEMBER = (
    f"select m.account_id as id, {SHOWN_EMAIL} as email, m.role, m.team_id, m.permissions, m.branch_codes,"  # noqa: S608 -- constants
    " m.created_at,"
    f" case when m.name = '' and {_CAME} then a.name else m.name end as name,"
    f" case when {_CAME} then a.avatar_url end as avatar_url,"
    f" case when {_CAME} then a.last_login_at end as last_login_at,"
    " case when m.joined_at is null then 'invited' else 'active' end as status"
    " from auth.membership m join auth.account a using (account_id) where m.tenant_id = $1"
)


class Membership(NamedTuple):
    """A member's role and rights; `name` is empty if the account's own name is shown."""

    email: str
    name: str
    role: str
    team_id: UUID | None
    permissions: list[str]
    branch_codes: list[str]
    joined: bool
    # The operator has disabled the account, in every tenant.
    shut_out: bool = False

    @property
    def is_admin(self) -> bool:
        """Return whether the member is an admin who has joined."""
        return self.joined and self.role == "admin"


async def lock_people(conn: Connection, tenant_id: UUID) -> None:
    """Lock this tenant's people against changes until the transaction ends."""
    await conn.execute("select 1 from auth.tenant where tenant_id = $1 for no key update", tenant_id)


async def list_members(conn: Connection, tenant_id: UUID, limit: int, offset: int) -> tuple[list[asyncpg.Record], int]:
    """Return a page of members in the order in which they were added, and the total number."""
    total = await conn.fetchval("select count(*) from auth.membership where tenant_id = $1", tenant_id)
    rows = await conn.fetch(
        f"{_MEMBER} order by m.created_at, m.account_id limit $2 offset $3", tenant_id, limit, offset
    )
    return rows, int(total or 0)


async def shown_member(conn: Connection, tenant_id: UUID, account_id: UUID) -> asyncpg.Record | None:
    """Return a member as others see them; None if the account is not a member."""
    return await conn.fetchrow(f"{_MEMBER} and m.account_id = $2", tenant_id, account_id)


async def membership(conn: Connection, tenant_id: UUID, account_id: UUID) -> Membership | None:
    """Return an account's membership of the tenant, or None."""
    found = await memberships(conn, tenant_id, [account_id])
    return found[0] if found else None


async def memberships(conn: Connection, tenant_id: UUID, account_ids: Collection[UUID]) -> list[Membership]:
    """Return the memberships of these accounts; accounts that are not members are left out."""
    rows = await conn.fetch(
        f"select {SHOWN_EMAIL}, m.name, m.role, m.team_id, m.permissions, m.branch_codes, m.joined_at is not null,"  # noqa: S608 -- likewise
        " a.disabled_at is not null from auth.membership m join auth.account a using (account_id)"
        " where m.tenant_id = $1 and m.account_id = any($2)",
        tenant_id,
        account_ids,
    )
    return [Membership(*row) for row in rows]


async def invited_by_this_email(conn: Connection, tenant_id: UUID, email: str) -> UUID | None:
    """Return the account that holds the invited membership of an address, whatever the account's address is now."""
    return await conn.fetchval(
        "select account_id from auth.membership where tenant_id = $1 and invited_email = $2 and joined_at is null",
        tenant_id,
        email,
    )


async def has_other_admin(conn: Connection, tenant_id: UUID, account_id: UUID) -> bool:
    """Return whether the tenant has another admin who has joined and is not disabled."""
    return bool(
        await conn.fetchval(
            "select exists (select 1 from auth.membership m join auth.account a using (account_id)"
            " where m.tenant_id = $1 and m.account_id <> $2 and m.role = 'admin' and m.joined_at is not null"
            " and a.disabled_at is null)",
            tenant_id,
            account_id,
        )
    )


async def are_members(conn: Connection, tenant_id: UUID, account_ids: list[UUID]) -> bool:
    """Return whether all of these accounts are members, joined or invited."""
    wanted = set(account_ids)
    found = await conn.fetchval(
        "select count(*) from auth.membership where tenant_id = $1 and account_id = any($2)", tenant_id, list(wanted)
    )
    return found == len(wanted)


async def add_invited(conn: Connection, tenant_id: UUID, account_id: UUID, become: Membership) -> None:
    """Insert an invited member."""
    await conn.execute(
        "insert into auth.membership"
        " (tenant_id, account_id, name, role, team_id, permissions, branch_codes, invited_email)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8)",
        tenant_id,
        account_id,
        *_changeable(become),
        become.email,
    )


async def change_membership(conn: Connection, tenant_id: UUID, account_id: UUID, become: Membership) -> None:
    """Replace a membership's fields."""
    await conn.execute(
        "update auth.membership set name = $3, role = $4, team_id = $5, permissions = $6, branch_codes = $7,"
        " updated_at = now() where tenant_id = $1 and account_id = $2",
        tenant_id,
        account_id,
        *_changeable(become),
    )


async def join(conn: Connection, tenant_id: UUID, invited_id: UUID, account_id: UUID) -> bool:
    """Accept the invitation that `invited_id` holds; return False if the account is a member already."""
    if account_id != invited_id and not await _take_over(conn, tenant_id, invited_id, account_id):
        return False
    await conn.execute(
        "update auth.membership set joined_at = now(), updated_at = now()"
        " where tenant_id = $1 and account_id = $2 and joined_at is null",
        tenant_id,
        account_id,
    )
    return True


async def _take_over(conn: Connection, tenant_id: UUID, invited_id: UUID, account_id: UUID) -> bool:
    """Move the membership to the accepting account; an invitation of that account to another address ends."""
    await conn.execute(
        "delete from auth.membership where tenant_id = $1 and account_id = $2 and joined_at is null",
        tenant_id,
        account_id,
    )
    taken = await conn.execute(
        "insert into auth.membership"
        " (tenant_id, account_id, role, name, invited_email, permissions, branch_codes, team_id, created_at)"
        " select tenant_id, $3, role, name, invited_email, permissions, branch_codes, team_id, created_at"
        " from auth.membership where tenant_id = $1 and account_id = $2 on conflict do nothing",
        tenant_id,
        invited_id,
        account_id,
    )
    if not taken.endswith("1"):
        return False
    for statement in (
        "update auth.invitation set account_id = $3 where tenant_id = $1 and account_id = $2",
        "update auth.team set owner_id = $3 where tenant_id = $1 and owner_id = $2",
    ):
        await conn.execute(statement, tenant_id, invited_id, account_id)
    await conn.execute("delete from auth.membership where tenant_id = $1 and account_id = $2", tenant_id, invited_id)
    return True


async def remove_member(conn: Connection, tenant_id: UUID, account_id: UUID) -> None:
    """End a membership, its invitations, and the ownership of teams."""
    await conn.execute(
        "update auth.team set owner_id = null, updated_at = now() where tenant_id = $1 and owner_id = $2",
        tenant_id,
        account_id,
    )
    await conn.execute("delete from auth.membership where tenant_id = $1 and account_id = $2", tenant_id, account_id)


async def joined_tenants(conn: Connection, account_id: UUID) -> set[UUID]:
    """Return the tenants that an account has joined. Needs the look-up `own_memberships` of that account."""
    rows = await conn.fetch(
        "select tenant_id from auth.membership where account_id = $1 and joined_at is not null", account_id
    )
    return {row["tenant_id"] for row in rows}


def _changeable(become: Membership) -> tuple[Any, ...]:
    return become.name, become.role, become.team_id, become.permissions, become.branch_codes
