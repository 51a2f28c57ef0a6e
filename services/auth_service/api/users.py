"""The members of a tenant: `/api/users`."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends

from common.auth.principal import Principal
from common.db import Connection
from common.http.context import Context
from common.http.require import require
from common.pagination import Page, page_answer
from services.auth_service.api.access_word import make_known
from services.auth_service.api.people_readers import PeopleAdmin, Reader
from services.auth_service.api.people_shapes import Member, MemberPage
from services.auth_service.domain import change_people
from services.auth_service.domain.invitation_limits import InvitationLimits
from services.auth_service.domain.member_settings import MemberChange, NewMember
from services.auth_service.errors.people import MemberNotFound
from services.auth_service.sign_in_guard import guard_of
from services.auth_service.store import members

router = APIRouter(prefix="/api/users", tags=["people"])

AnyPerson = Annotated[Principal, Depends(require(person=True))]


@router.get("", summary="Members of the tenant")
async def list_users(caller: Reader, context: Context, page: Page) -> MemberPage:
    """List everybody who has joined or is invited, in the order they were added. Requires the role analyst or above."""
    async with context.db.of(caller, readonly=True) as conn:
        rows, total = await members.list_members(conn, caller.tenant_id, page.limit, page.offset)
    return MemberPage(**page_answer([Member(**row) for row in rows], total, page))


@router.post("", status_code=201, summary="Invite a member")
async def add_user(body: NewMember, caller: PeopleAdmin, context: Context) -> Member:
    """Add somebody by email address and mail them an invitation. They are a member once they accept it.

    The answer does not reveal whether the email address already has an account elsewhere.
    """
    await InvitationLimits(guard_of(context).storage).invite(caller, body.email)
    async with context.db.of(caller, account_id=caller.account_id) as conn:
        account_id, _ = await change_people.invite(conn, caller, body, again=False)
        member = await _shown(conn, caller, account_id)
    context.wake_relay()
    return member


@router.get("/{id}", summary="Get a member")
async def get_user(id: UUID, caller: Reader, context: Context) -> Member:  # noqa: A002 -- the contract's name
    """Get a member of this tenant. Requires the role analyst or above."""
    async with context.db.of(caller, readonly=True) as conn:
        return await _shown(conn, caller, id)


@router.put("/{id}", summary="Change a member")
async def change_user(
    id: UUID,  # noqa: A002 -- likewise
    body: MemberChange,
    caller: PeopleAdmin,
    context: Context,
) -> Member:
    """Change the fields that are given, also for somebody who has not joined yet; omitted fields stay as they are.

    You cannot grant a role, scope or branch that you do not have, nor change a member who has more than you. The last
    admin cannot be demoted. API keys that the member created are revoked if they have a scope that the member can no
    longer give to a key.
    """
    async with context.db.of(caller, account_id=caller.account_id) as conn:
        changed = await change_people.change_member(conn, caller, id, body)
        member = await _shown(conn, caller, id)
    if changed:
        await make_known(context, changed)
    return member


@router.delete("/{id}", status_code=204, summary="Remove a member")
async def remove_user(id: UUID, caller: AnyPerson, context: Context) -> None:  # noqa: A002 -- likewise
    """End a membership or withdraw an invitation. Everybody can leave; removing somebody else requires `people:admin`.
    The last admin cannot leave or be removed.

    The API keys and open invitations that they created end with them. Before you remove somebody, list the keys that
    have to be replaced with `GET /auth/api-keys?created_by=`; the audit log also names them. Teams that they owned are
    left without an owner, and everything else that they created stays.
    """
    async with context.db.of(caller, account_id=caller.account_id) as conn:
        ended = await change_people.remove_member(conn, caller, id)
    await make_known(context, ended)


async def _shown(conn: Connection, caller: Principal, account_id: UUID) -> Member:
    row = await members.shown_member(conn, caller.tenant_id, account_id)
    if row is None:
        raise MemberNotFound
    return Member(**row)
