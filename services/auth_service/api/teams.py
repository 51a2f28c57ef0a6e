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
    """The teams by name; for analysts and up."""
    async with context.db.of(caller, readonly=True) as conn:
        rows, total = await teams.list_teams(conn, caller.tenant_id, page.limit, page.offset)
    return TeamPage(**page_answer([Team(**row) for row in rows], total, page))


@router.post("", status_code=201, summary="Create a team")
async def add_team(body: NewTeam, caller: PeopleAdmin, context: Context) -> Team:
    """A new team of members, joined or invited; nobody is in two: who was in another one leaves it.

    Nobody makes a member or owner of it, or moves, who has more than they.
    """
    async with context.db.of(caller, account_id=caller.account_id) as conn:
        caller = await people_admin(conn, caller)
        await _refuse_strangers(conn, caller, body)
        await _refuse_moving(conn, caller, set(), _places(body))
        team_id = await teams.add_team(conn, caller.tenant_id, body.name, body.owner_id, body.settings)
        await teams.put_in_team(conn, caller.tenant_id, team_id, body.member_ids)
        team = await _team(conn, caller, team_id)
        await _record(conn, caller, "team.created", team, {"members": len(team.member_ids)})
    context.wake_relay()
    return team


@router.get("/{id}", summary="One team")
async def get_team(id: UUID, caller: Reader, context: Context) -> Team:  # noqa: A002 -- the contract's name
    """A team of this tenant; for analysts and up."""
    async with context.db.of(caller, readonly=True) as conn:
        return await _team(conn, caller, id)


@router.put("/{id}", summary="Change a team")
async def change_team(
    id: UUID,  # noqa: A002 -- likewise
    body: TeamChange,
    caller: PeopleAdmin,
    context: Context,
) -> Team:
    """Change what the body names; the rest stays. `member_ids` are all who are in it then.

    Nobody who has more than the caller comes into it or leaves it by this, or gets or loses it as owner.
    """
    given = body.model_dump(exclude_unset=True)
    async with context.db.of(caller, account_id=caller.account_id) as conn:
        caller = await people_admin(conn, caller)
        before = await _team(conn, caller, id)
        await _refuse_strangers(conn, caller, body)
        become = before.model_copy(update=given)
        await _refuse_moving(conn, caller, _places(before), _places(become))
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
    """Drop a team; its members stay in the tenant, in no team. Nobody drops that of somebody who has more than they."""
    async with context.db.of(caller, account_id=caller.account_id) as conn:
        caller = await people_admin(conn, caller)
        team = await _team(conn, caller, id)
        await _refuse_moving(conn, caller, _places(team), set())
        await teams.remove_team(conn, caller.tenant_id, id)
        await _record(conn, caller, "team.removed", team, {})
    context.wake_relay()


async def _team(conn: Connection, caller: Principal, team_id: UUID) -> Team:
    row = await teams.shown_team(conn, caller.tenant_id, team_id)
    if row is None:
        raise TeamNotFound
    return Team(**row)


async def _refuse_strangers(conn: Connection, caller: Principal, body: NewTeam | TeamChange) -> None:
    """Who is no member of this tenant can be in none of its teams; whether they exist elsewhere is not said."""
    for field, accounts in (("owner_id", [body.owner_id] if body.owner_id else []), ("member_ids", body.member_ids)):
        if not await members.are_members(conn, caller.tenant_id, accounts):
            message = "no member of this tenant"
            raise NotOfThisTenant(message, errors=[FieldError(field, message)])


def _places(team: Team | NewTeam) -> set[tuple[str, UUID]]:
    """Who is in a team, and as what."""
    return {("member", account_id) for account_id in team.member_ids} | (
        {("owner", team.owner_id)} if team.owner_id else set()
    )


async def _refuse_moving(
    conn: Connection, caller: Principal, before: set[tuple[str, UUID]], after: set[tuple[str, UUID]]
) -> None:
    """Nobody moves who has more than they; who stays what they are in the team is not touched."""
    await refuse_who_has_more(conn, caller, {account_id for _, account_id in before ^ after})


async def _record(conn: Connection, caller: Principal, action: str, team: Team, detail: dict[str, Any]) -> None:
    detail = {"name": team.name, **detail}
    await audit.record(conn, "auth", caller.tenant_id, caller, action, target=str(team.id), detail=detail)
