"""The teams of a tenant: `/api/teams`."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter

from common import audit
from common.auth.principal import Principal
from common.db import Connection
from common.http.context import Context
from common.pagination import Page, page_answer
from common.problem import FieldError
from services.auth_service.api.people_readers import PeopleAdmin, Reader
from services.auth_service.api.people_shapes import Team, TeamPage
from services.auth_service.domain.member_power import people_admin, refuse_who_has_more
from services.auth_service.domain.team_settings import NewTeam, TeamChange
from services.auth_service.errors.people import NotOfThisTenant, TeamNotFound
from services.auth_service.store import members, teams

router = APIRouter(prefix="/api/teams", tags=["people"])


@router.get("", summary="Teams of the tenant")
async def list_teams(caller: Reader, context: Context, page: Page) -> TeamPage:
    """List the teams, sorted by name. Requires the role analyst or above."""
    async with context.db.of(caller, readonly=True) as conn:
        rows, total = await teams.list_teams(conn, caller.tenant_id, page.limit, page.offset)
    return TeamPage(**page_answer([Team(**row) for row in rows], total, page))


@router.post("", status_code=201, summary="Create a team")
async def add_team(body: NewTeam, caller: PeopleAdmin, context: Context) -> Team:
    """Create a team from members who have joined or are invited.

    A member is in one team at most, so adding somebody moves them out of their previous team. You cannot add or move
    a member, or make somebody the owner, who has more permissions than you.
    """
    async with context.db.of(caller, account_id=caller.account_id) as conn:
        caller = await people_admin(conn, caller)
        await _refuse_non_members(conn, caller, body)
        await _refuse_moving(conn, caller, set(), _roles_in_team(body))
        team_id = await teams.add_team(conn, caller.tenant_id, body.name, body.owner_id, body.settings)
        await teams.put_in_team(conn, caller.tenant_id, team_id, body.member_ids)
        team = await _team(conn, caller, team_id)
        await _record(conn, caller, "team.created", team, {"members": len(team.member_ids)})
    context.wake_relay()
    return team


@router.get("/{id}", summary="Get a team")
async def get_team(id: UUID, caller: Reader, context: Context) -> Team:  # noqa: A002 -- the contract's name
    """Get a team of this tenant. Requires the role analyst or above."""
    async with context.db.of(caller, readonly=True) as conn:
        return await _team(conn, caller, id)


@router.put("/{id}", summary="Change a team")
async def change_team(
    id: UUID,  # noqa: A002 -- likewise
    body: TeamChange,
    caller: PeopleAdmin,
    context: Context,
) -> Team:
    """Change the fields that are given; omitted fields stay as they are. `member_ids` replaces the whole list.

    You cannot add or remove a member, or set or replace an owner, who has more permissions than you.
    """
    given = body.model_dump(exclude_unset=True)
    async with context.db.of(caller, account_id=caller.account_id) as conn:
        caller = await people_admin(conn, caller)
        before = await _team(conn, caller, id)
        await _refuse_non_members(conn, caller, body)
        become = before.model_copy(update=given)
        await _refuse_moving(conn, caller, _roles_in_team(before), _roles_in_team(become))
        await teams.change_team(conn, caller.tenant_id, id, become.name, become.owner_id, become.settings)
        if "member_ids" in given:
            await teams.put_in_team(conn, caller.tenant_id, id, become.member_ids)
        team = await _team(conn, caller, id)
        if team != before:
            await _record(conn, caller, "team.changed", team, {"changed": sorted(given)})
    context.wake_relay()
    return team


@router.delete("/{id}", status_code=204, summary="Delete a team")
async def remove_team(id: UUID, caller: PeopleAdmin, context: Context) -> None:  # noqa: A002 -- likewise
    """Delete a team. Its members stay in the tenant, without a team.

    You cannot delete a team with a member or owner who has more permissions than you.
    """
    async with context.db.of(caller, account_id=caller.account_id) as conn:
        caller = await people_admin(conn, caller)
        team = await _team(conn, caller, id)
        await _refuse_moving(conn, caller, _roles_in_team(team), set())
        await teams.remove_team(conn, caller.tenant_id, id)
        await _record(conn, caller, "team.removed", team, {})
    context.wake_relay()


async def _team(conn: Connection, caller: Principal, team_id: UUID) -> Team:
    row = await teams.shown_team(conn, caller.tenant_id, team_id)
    if row is None:
        raise TeamNotFound
    return Team(**row)


async def _refuse_non_members(conn: Connection, caller: Principal, body: NewTeam | TeamChange) -> None:
    """Refuse accounts that are not members of this tenant, without telling whether they exist elsewhere."""
    for field, accounts in (("owner_id", [body.owner_id] if body.owner_id else []), ("member_ids", body.member_ids)):
        if not await members.are_members(conn, caller.tenant_id, accounts):
            message = "no member of this tenant"
            raise NotOfThisTenant(message, errors=[FieldError(field, message)])


def _roles_in_team(team: Team | NewTeam) -> set[tuple[str, UUID]]:
    """Return who is in a team, as pairs of `member` or `owner` and the account's id."""
    return {("member", account_id) for account_id in team.member_ids} | (
        {("owner", team.owner_id)} if team.owner_id else set()
    )


async def _refuse_moving(
    conn: Connection, caller: Principal, before: set[tuple[str, UUID]], after: set[tuple[str, UUID]]
) -> None:
    """Refuse the change if it adds, removes or re-assigns somebody who has more permissions than the caller.

    People whose place in the team does not change are not checked.
    """
    await refuse_who_has_more(conn, caller, {account_id for _, account_id in before ^ after})


async def _record(conn: Connection, caller: Principal, action: str, team: Team, detail: dict[str, Any]) -> None:
    detail = {"name": team.name, **detail}
    await audit.record(conn, "auth", caller.tenant_id, caller, action, target=str(team.id), detail=detail)
