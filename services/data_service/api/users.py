"""`GET /data/users/{user_id}`: one user of the company's website."""

from fastapi import APIRouter

from common.http.context import Context
from common.http.json import JsonAnswer
from services.data_service.api.callers import Reader
from services.data_service.api.shapes import WebsiteUser
from services.data_service.domain.website_user import website_user
from services.data_service.errors import UserNotFound
from services.data_service.store.people.website_users import get_contact, get_user_events

router = APIRouter(tags=["users"])


@router.get(
    "/data/users/{user_id}", summary="A website user", response_model=None, responses={200: {"model": WebsiteUser}}
)
async def get_user(user_id: str, caller: Reader, context: Context) -> JsonAnswer:
    """Contact, home location and a summary of the events made while signed in."""
    if "\0" in user_id:
        raise UserNotFound
    async with context.db.of(caller, readonly=True) as connection:
        contact = await get_contact(connection, caller.tenant_id, user_id)
        events = await get_user_events(connection, caller.tenant_id, user_id)
    if contact is None and not events:
        message = f"there is no user {user_id[:100]!r}"
        raise UserNotFound(message)
    return JsonAnswer(website_user(user_id, contact, events))
