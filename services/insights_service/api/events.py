"""`/insights/events`: days that a company declares as special, so that they are not reported as anomalies."""

from datetime import date, datetime
from typing import Annotated, Final, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from common import audit
from common.day_limits import EARLIEST, LATEST
from common.http.context import Context
from common.http.json import JsonAnswer
from common.pagination import Page, page_answer
from common.written_time import CalendarDay
from services.insights_service.api.callers import Manager, Reader
from services.insights_service.api.query import Name
from services.insights_service.errors import DaysInvalid, DeclaredEventNotFound
from services.insights_service.store import declared_events

router = APIRouter(prefix="/insights/events", tags=["declared events"])
_MOST_DAYS: Final = 366

Kind = Literal["sale", "outage", "other"]
Channel = Annotated[
    str,
    StringConstraints(max_length=200, pattern=r"^[a-z0-9_.-]+$"),
    Field(description="A GA4 channel, or a platform of leads and ads. Null means all."),
]
LocationId = Annotated[
    str,
    StringConstraints(min_length=1, max_length=500, pattern=r"^[^\x00]*$"),
    Field(description="A branch. Null means the whole company."),
]


class NewDeclaredEvent(BaseModel):
    """An event to declare: the tenant's days from `first_day` to `last_day`, both included, at most a year."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"name": "Spring sale", "kind": "sale", "first_day": "2026-03-05", "last_day": "2026-03-08"}]
        },
    )

    name: Name
    kind: Kind
    first_day: CalendarDay
    last_day: CalendarDay
    channel: Channel | None = None
    location_id: LocationId | None = None


class DeclaredEvent(BaseModel):
    """A declared event."""

    id: UUID
    name: str
    kind: Kind
    first_day: date
    last_day: date
    channel: str | None
    location_id: str | None
    created_at: datetime


class DeclaredEventPage(BaseModel):
    """A page of declared events."""

    data: list[DeclaredEvent]
    total: int
    page: int
    limit: int
    has_more: bool


@router.get("", summary="Declared events", response_model=None, responses={200: {"model": DeclaredEventPage}})
async def list_events(caller: Reader, context: Context, page: Page) -> JsonAnswer:
    """List declared events, those that end last first."""
    async with context.db.of(caller, readonly=True) as connection:
        found, total = await declared_events.list_declared_events(connection, caller.tenant_id, page)
    return JsonAnswer(page_answer(found, total, page))


@router.post(
    "", status_code=201, summary="Declare an event", response_model=None, responses={201: {"model": DeclaredEvent}}
)
async def declare_event(body: NewDeclaredEvent, caller: Manager, context: Context) -> JsonAnswer:
    """Declare a sale, an outage or another reason why days differ from others. These days are not judged."""
    _check(body)
    async with context.db.of(caller) as connection:
        event = await declared_events.add_declared_event(
            connection, caller.tenant_id, body.model_dump(), caller.account_id
        )
        detail = {
            "name": body.name,
            "kind": body.kind,
            "first_day": str(body.first_day),
            "last_day": str(body.last_day),
        }
        target = str(event["id"])
        await audit.record(
            connection, context.name, caller.tenant_id, caller, "declared-event.created", target=target, detail=detail
        )
    context.wake_relay()
    return JsonAnswer(dict(event), status_code=201)


@router.delete("/{id}", status_code=204, summary="Delete a declared event")
async def drop_event(
    id: UUID,  # noqa: A002 -- the contract's name
    caller: Manager,
    context: Context,
) -> None:
    """Delete a declared event; its days are judged again."""
    async with context.db.of(caller) as connection:
        name = await declared_events.remove_declared_event(connection, caller.tenant_id, id)
        if name is None:
            raise DeclaredEventNotFound
        target, detail = str(id), {"name": name}
        await audit.record(
            connection, context.name, caller.tenant_id, caller, "declared-event.removed", target=target, detail=detail
        )
    context.wake_relay()


def _check(event: NewDeclaredEvent) -> None:
    """Check the days of an event.

    Raises:
        DaysInvalid: the last day is before the first, they span more than a year, or one is out of the allowed range.
    """
    for field, day in (("first_day", event.first_day), ("last_day", event.last_day)):
        if not EARLIEST <= day <= LATEST:
            raise DaysInvalid.of(field, f"must lie between {EARLIEST} and {LATEST}")
    if event.first_day > event.last_day:
        raise DaysInvalid.of("first_day", "first_day must not be after last_day")
    if (event.last_day - event.first_day).days >= _MOST_DAYS:
        raise DaysInvalid.of("last_day", f"an event may last at most {_MOST_DAYS} days")
