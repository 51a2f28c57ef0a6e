"""Invitations to a tenant: list, send and accept them."""

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ConfigDict, Field

from common.auth.access_changes import AccessChange
from common.http.context import Context, ServiceContext
from common.logging import address_var
from common.pages import Notice
from common.pagination import Page, page_answer
from common.problem import Problem
from services.auth_service.api.access_word import make_known
from services.auth_service.api.invitation_page import invitation_page
from services.auth_service.api.link_pages import PAGE_OF_FORM, answer_form, signed_out_notice
from services.auth_service.api.people_readers import PeopleAdmin
from services.auth_service.api.people_shapes import AcceptedInvitation, Invitation, InvitationPage
from services.auth_service.api.signed_in import answer_signed_in
from services.auth_service.api.small_body import described, is_form, json_body
from services.auth_service.domain import change_people
from services.auth_service.domain.accept_invitation import Joined, accept_invitation
from services.auth_service.domain.invitation_limits import InvitationLimits
from services.auth_service.domain.mailed_links import TOKEN_LENGTH
from services.auth_service.domain.member_settings import MemberName, NewMember
from services.auth_service.domain.new_password import NewPassword
from services.auth_service.sign_in_guard import guard_of
from services.auth_service.store import invitations

router = APIRouter(prefix="/auth/invitations", tags=["people"])


class Acceptance(BaseModel):
    """The token of the invitation link. `name` and `password` are for a person who has no account yet."""

    model_config = ConfigDict(extra="forbid")

    token: Annotated[str, Field(max_length=2 * TOKEN_LENGTH)]
    name: MemberName = ""
    password: NewPassword | None = None


@router.get("", summary="Invitations of the tenant")
async def list_invitations(caller: PeopleAdmin, context: Context, page: Page) -> InvitationPage:
    """List invitations, newest first, of everybody who is still a member or may become one."""
    async with context.db.of(caller, readonly=True) as conn:
        rows, total = await invitations.list_invitations(conn, caller.tenant_id, page.limit, page.offset)
    return InvitationPage(**page_answer([Invitation(**row) for row in rows], total, page))


@router.post("", status_code=201, summary="Invite somebody, or invite them again")
async def invite(body: NewMember, caller: PeopleAdmin, context: Context) -> Invitation:
    """Mail an invitation link that works once, within seven days.

    Inviting somebody again who has not accepted yet mails a new link and ends the previous one. To withdraw an
    invitation, remove the member.
    """
    await InvitationLimits(guard_of(context).storage).invite(caller, body.email)
    async with context.db.of(caller, account_id=caller.account_id) as conn:
        _, invitation_id = await change_people.invite(conn, caller, body, again=True)
        row = await invitations.shown_invitation(conn, caller.tenant_id, invitation_id)
    context.wake_relay()
    return Invitation(**row)


@router.post(
    "/accept",
    summary="Accept an invitation",
    response_model=AcceptedInvitation,
    responses=PAGE_OF_FORM,
    openapi_extra=described(Acceptance, form=True),
)
async def accept(request: Request, context: Context) -> AcceptedInvitation | HTMLResponse:
    """Join the tenant with the token of the invitation link, which works once.

    - A person who could not sign in before gets `tokens` and is signed in, since the link proves that the mailbox is
      theirs. `name` and `password` are set on the account. Without a password, they can set one later through
      `POST /auth/password/forgot`, or sign in with a provider that has verified the email address.
    - For everybody else `tokens` is null, and `name` and `password` are ignored, so that a forwarded mail does not give
      access to the account.

    A posted form is answered with an HTML page and signs nobody in.
    """
    if is_form(request):
        return await _answer_form(request, context)
    joined = await _join(context, await json_body(request, Acceptance))
    tokens = None
    if joined.is_new:
        agent = request.headers.get("user-agent", "")
        tokens = await answer_signed_in(context, joined.account_id, "invitation", agent)
    return AcceptedInvitation(tenant_id=joined.tenant_id, email=joined.email, tokens=tokens)


async def _answer_form(request: Request, context: ServiceContext) -> HTMLResponse:
    async def act(body: Acceptance) -> Notice:
        joined = await _join(context, body)
        return signed_out_notice(context, "Welcome", f"You have joined. Sign in as {joined.email}.")

    async def show_again(values: dict[str, str], warning: str) -> HTMLResponse:
        return await invitation_page(context, values.get("token", ""), values.get("name", ""), warning)

    return await answer_form(request, Acceptance, act, show_again)


async def _join(context: ServiceContext, body: Acceptance) -> Joined:
    guard, password = guard_of(context), body.password.get_secret_value() if body.password else None
    try:
        async with guard.throttle.attempt(address_var.get()) as attempt:
            joined = await accept_invitation(context, body.token, body.name, password)
            attempt.succeeded = True
    except Problem as problem:
        guard.note("member.joined", problem)
        raise
    await make_known(context, AccessChange(accounts=[joined.account_id]))
    return joined
