"""A shop's customers among the users: matching them by email, and adding their contact details."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple
from uuid import UUID

from common.db import Connection
from common.db.jsonb import to_jsonb
from services.data_service.store.people.announce import announce_users

# In the attributes of users who are known from a shop alone.
SHOP_MARK = "woocommerce"
# The shop's further fields, as received, in the attributes of the user or product.
_SHOP_FIELDS = "woocommerce_fields"


class ShopContact(NamedTuple):
    """A shop's details of a person, None where it has none; `extra` holds unknown fields."""

    user_id: str
    company: str | None
    email: str | None
    phone: str | None
    extra: Mapping[str, Any] = MappingProxyType({})


# Details from the company's own records stay. For users known from the shop alone, the shop's newest details win.
_FILL = """
    insert into data.users as u (tenant_id, user_id, buying_company_name, email, cell_phone, attributes, updated_at)
    select $1, r.user_id, r.company, r.email, r.phone, r.attributes::jsonb, now()
    from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
        as r (user_id, company, email, phone, attributes)
    order by r.user_id
    on conflict (tenant_id, user_id) do update set
        buying_company_name = case
            when $7 and u.attributes ? 'woocommerce' then coalesce(excluded.buying_company_name, u.buying_company_name)
            else coalesce(u.buying_company_name, excluded.buying_company_name)
        end,
        email = case
            when $7 and u.attributes ? 'woocommerce' then coalesce(excluded.email, u.email)
            else coalesce(u.email, excluded.email)
        end,
        cell_phone = case
            when $7 and u.attributes ? 'woocommerce' then coalesce(excluded.cell_phone, u.cell_phone)
            when u.office_phone is distinct from excluded.cell_phone then coalesce(u.cell_phone, excluded.cell_phone)
            else u.cell_phone
        end,
        attributes = u.attributes || (excluded.attributes - 'woocommerce'),
        updated_at = excluded.updated_at
    where
        u.attributes || (excluded.attributes - 'woocommerce') is distinct from u.attributes
        or case
            when $7 and u.attributes ? 'woocommerce' then
                (u.buying_company_name, u.email, u.cell_phone) is distinct from (
                    coalesce(excluded.buying_company_name, u.buying_company_name), coalesce(excluded.email, u.email),
                    coalesce(excluded.cell_phone, u.cell_phone)
                )
            else
                (u.buying_company_name is null and excluded.buying_company_name is not null)
                or (u.email is null and excluded.email is not null)
                or (
                    u.cell_phone is null and excluded.cell_phone is not null
                    and u.office_phone is distinct from excluded.cell_phone
                )
        end
    returning u.user_id
"""


async def users_by_email(connection: Connection, tenant_id: UUID, emails: Iterable[str]) -> dict[str, str]:
    """The user of each address (in lower case): users known from other records than a shop's first, then by id."""
    rows = await connection.fetch(
        "select distinct on (lower(email)) lower(email), user_id from data.users"
        " where tenant_id = $1 and email is not null and lower(email) = any($2)"
        " order by lower(email), attributes ? $3, user_id",
        tenant_id,
        sorted(set(emails)),
        SHOP_MARK,
    )
    return {row[0]: row[1] for row in rows}


async def emails_of(connection: Connection, tenant_id: UUID, user_ids: Sequence[str]) -> list[str]:
    """These users' addresses, in lower case."""
    rows = await connection.fetch(
        "select distinct lower(email) from data.users where tenant_id = $1 and user_id = any($2) and email is not null",
        *(tenant_id, list(user_ids)),
    )
    return [row[0] for row in rows]


async def fill_contacts(
    connection: Connection, tenant_id: UUID, job_id: UUID | None, contacts: Sequence[ShopContact], *, is_news: bool
) -> int:
    """Add a shop's details of people, the last row of an id winning; returns how many users changed.

    With `is_news` they may replace the shop's earlier details, otherwise they only fill gaps. Details from other
    records are never replaced.
    """
    latest = {contact.user_id: contact for contact in contacts}
    rows = await connection.fetch(
        _FILL,
        tenant_id,
        *([contact[column] for contact in latest.values()] for column in range(4)),
        [shop_attributes(contact.extra) for contact in latest.values()],
        is_news,
    )
    await announce_users(connection, tenant_id, job_id, [row[0] for row in rows])
    return len(rows)


def shop_attributes(extra: Mapping[str, Any]) -> str:
    """The attributes of a user or product known from a shop alone, with its unknown fields."""
    return to_jsonb({SHOP_MARK: True} | ({_SHOP_FIELDS: dict(extra)} if extra else {}))
