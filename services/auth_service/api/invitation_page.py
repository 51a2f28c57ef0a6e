"""The page behind the link of an invitation; its form is posted to `POST /auth/invitations/accept`."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from common.http.context import Context, ServiceContext
from common.pages import PAGE_ANSWERS
from services.auth_service.api.link_pages import FormPage, dead_link_page, form_page
from services.auth_service.api.passwords import TokenInQuery
from services.auth_service.domain.accept_invitation import who_is_asked
from services.auth_service.domain.invitation_power import invitation_that_holds
from services.auth_service.domain.random_token import hash_of_token

router = APIRouter(tags=["people"])


@router.get(
    "/auth/invitations/accept",
    summary="The page to accept an invitation",
    response_class=HTMLResponse,
    responses=PAGE_ANSWERS,
)
async def show_invitation(context: Context, token: TokenInQuery = "") -> HTMLResponse:
    """Show who invites the reader to which tenant, and ask for a password if the account is new. Opening the page
    changes nothing.
    """
    return await invitation_page(context, token)


async def invitation_page(context: ServiceContext, token: str, name: str = "", warning: str = "") -> HTMLResponse:
    """Render the page. `name` and `warning` show a refused form again: the name typed, and what is wrong."""
    digest = hash_of_token(token)
    found = await who_is_asked(context, digest)
    if found is None:
        return dead_link_page()
    invited, guest = found
    async with context.db.tenant(invited.tenant_id, readonly=True) as conn:
        invitation = await invitation_that_holds(conn, invited.tenant_id, invited.invitation_id)
    if invitation is None:
        return dead_link_page()
    page = FormPage(
        title=f"You are invited to {invitation.tenant}",
        eyebrow=f"by {invitation.invited_by}",
        token=token,
        email=invitation.email,
        name=name,
        tenant=invitation.tenant,
        warning=warning,
        asks_for_password=guest.is_new,
    )
    return form_page("accept_invitation", page)
