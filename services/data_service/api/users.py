"""`/data/users/{user_id}`: one user of the company's website, and erasing them."""

from fastapi import APIRouter

from common import audit
from common.http.context import Context
from common.http.json import JsonAnswer
from common.jobs.shapes import Job
from services.data_service.api.callers import Reader, Writer
from services.data_service.api.shapes import WebsiteUser
from services.data_service.domain.start_erasure import start_erasure
from services.data_service.domain.website_user import website_user
from services.data_service.errors import UserNotFound
from services.data_service.store.people.website_users import get_contact, get_user_events

router = APIRouter(tags=["users"])


@router.get(
    "/data/users/{user_id}", summary="Get a website user", response_model=None, responses={200: {"model": WebsiteUser}}
)
async def get_user(user_id: str, caller: Reader, context: Context) -> JsonAnswer:
    """Return a user's contact, home location and a summary of the events that they made while signed in."""
    if "\0" in user_id:
        raise UserNotFound
    async with context.db.of(caller, readonly=True) as connection:
        contact = await get_contact(connection, caller.tenant_id, user_id)
        events = await get_user_events(connection, caller.tenant_id, user_id)
    if contact is None and not events:
        message = f"there is no user {user_id[:100]!r}"
        raise UserNotFound(message)
    return JsonAnswer(website_user(user_id, contact, events))


@router.delete(
    "/data/users/{user_id}",
    status_code=202,
    summary="Erase a person",
    response_model=None,
    responses={202: {"model": Job}},
)
async def erase_user(user_id: str, caller: Writer, context: Context) -> JsonAnswer:
    """Start a job that erases a person: contact, events, orders, leads, rejected lines, tasks, reports and figures.

    The job's `counts` are the receipt, by table. Rows counted as `…_blanked` are kept as anonymous numbers. A repeated
    request returns the same job. Data imported afterwards are treated as new.
    """
    if "\0" in user_id:
        raise UserNotFound
    async with context.db.of(caller) as connection:
        job = await start_erasure(connection, context, caller, user_id)
        await audit.record(connection, "data", caller.tenant_id, caller, "user.erased", target=str(job["job_id"]))
    context.wake_relay()
    return JsonAnswer(job, status_code=202)
