"""Shapes of requests and answers, for OpenAPI only; msgspec writes the answers themselves."""

from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from services.data_service.api.quality_shapes import SourceState


class Item(BaseModel):
    """A product of an event. `item_id` defaults to `item_name`, `quantity` to 1."""

    item_id: str | None = None
    item_name: str | None = None
    price: float | str | None = None
    quantity: float | str | None = None


class PostedEvent(BaseModel):
    """An event. Additional fields are stored with it."""

    event_name: str
    event_timestamp: int | str
    event_id: str | None = None
    user_id: str | None = None
    user_pseudo_id: str | None = None
    session_id: str | int | None = None
    location_id: str | None = None
    page_location: str | None = None
    page_title: str | None = None
    search_term: str | None = None
    transaction_id: str | None = None
    value: float | str | None = None
    currency: str | None = None
    items: list[Item] = []
    params: dict[str, str | int | float | bool | None] = {}


_EXAMPLE: Final[dict[str, Any]] = {
    "events": [
        {
            "event_name": "add_to_cart",
            "event_timestamp": "2026-03-02T09:15:00Z",
            "event_id": "a-1001",
            "user_pseudo_id": "123.456",
            "session_id": "1772442900",
            "user_id": "C0042",
            "items": [{"item_id": "P010", "item_name": "Water heater 50 gal", "price": 899, "quantity": 1}],
        }
    ]
}


class PostedEvents(BaseModel):
    """Up to 5,000 events."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    events: list[PostedEvent]


class FieldProblem(BaseModel):
    """An invalid field and the reason."""

    field: str
    message: str


class RejectedEvent(BaseModel):
    """A rejected event; `index` is its position in the request, from 0."""

    index: int
    errors: list[FieldProblem]


class Taken(BaseModel):
    """The outcome of the posted events; accepted events are durable."""

    accepted: int
    duplicates: int
    rejected: list[RejectedEvent]
    too_old: int = 0


class Gap(BaseModel):
    """Consecutive days without data, both ends included."""

    from_day: date
    to_day: date


class Availability(BaseModel):
    """The available data of one kind of event."""

    kind: str
    first_day: date | None
    last_day: date | None
    rows: int
    last_event_at: datetime | None
    age_hours: float | None
    missing_days: int
    gaps: list[Gap]


class StreamAvailability(BaseModel):
    """The available data of one stream, by `origin`.

    Streams are `ads` (by platform), `orders`, `leads`, `contracts`, `channels`, and `events` (by the way they arrive).
    `rows` is null for streams whose rows are counted by kind under `data`. `source_id` is null for files; `source_name`
    is null for files and removed sources. Days of ads are in the time zone of their account.
    """

    stream: str
    origin: str
    source_id: UUID | None
    source_name: str | None
    first_day: date
    last_day: date
    rows: int | None
    last_row_at: datetime | None
    age_hours: float | None
    missing_days: int
    gaps: list[Gap]


class AvailabilityAnswer(BaseModel):
    """Available data by kind of event (`data`) and by stream, and the sources' states. Days are in `time_zone`."""

    time_zone: str
    data: list[Availability]
    streams: list[StreamAvailability]
    sources: list[SourceState]


class Contact(BaseModel):
    """A user's contact record; `attributes` has the additional columns of the imported file, and what sources added."""

    buying_company_name: str | None
    email: str | None
    cell_phone: str | None
    office_phone: str | None
    attributes: dict[str, Any]
    updated_at: datetime


class HomeLocation(BaseModel):
    """The user's home branch; the name is null if the branch is unknown."""

    location_id: str
    location_name: str | None
    city: str | None
    state: str | None


class Money(BaseModel):
    """A sum in one currency; '' means the tenant's currency."""

    currency: str
    value: float


class UserEvents(BaseModel):
    """A summary of the events that a user made while signed in."""

    total: int
    by_kind: dict[str, int]
    first_at: datetime | None
    last_at: datetime | None
    purchased: list[Money]


class WebsiteUser(BaseModel):
    """A user of the company's website."""

    user_id: str
    contact: Contact | None
    location: HomeLocation | None
    events: UserEvents


class PlannedColumn(BaseModel):
    """A stored column: the header in the file it is read from, or a constant value for every row."""

    name: str
    header: str | None
    value: str | None
    dates: str | None
    decimal: str | None


class ShownReject(BaseModel):
    """A line that would be rejected."""

    line: int
    reason: str
    original: list[str]


class FilePreview(BaseModel):
    """The preview of an import. Fields about CSV have their defaults for a `ga4-export`."""

    kind: str
    encoding: str | None = None
    separator: str | None = None
    preset: str | None = None
    header_line: int | None = None
    time_zone: str | None = None
    columns: list[PlannedColumn] = []
    attributes: list[str] = []
    counts: dict[str, int]
    new: int
    changed: int
    unchanged: int
    rejected: int
    totals: int
    rejects: list[ShownReject]
    rows: list[dict[str, Any]]
    problem: str | None
