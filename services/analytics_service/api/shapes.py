"""The shapes of the answers, for the OpenAPI document; the routes themselves answer plain values."""

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict, Field

from common.written_time import CalendarDay
from services.analytics_service.store.search import SearchKind
from services.analytics_service.store.task_kinds import TaskKind, TaskStatus


class Customer(BaseModel):
    """The customer of a task; `user_id` is null while they are anonymous."""

    user_id: str | None
    user_pseudo_id: str | None
    company: str | None
    email: str | None
    cell_phone: str | None
    office_phone: str | None


class Task(BaseModel):
    """The fields of every task. `value` is null for kinds without one, or if its money has no exchange rate."""

    task_key: str
    kind: TaskKind
    location_id: str | None
    location_name: str | None
    user: Customer
    value: float | None
    currency: str | None
    status: TaskStatus
    note: str | None
    snooze_until: date | None
    last_activity_at: datetime


class Line(BaseModel):
    """A product bought or left in a cart."""

    item_id: str | None
    item_name: str | None
    quantity: float
    price: float | None
    value: float | None


class PurchaseTask(Task):
    """A transaction."""

    transaction_id: str
    items: list[Line]


class CartTask(Task):
    """A session with an open cart."""

    session_id: str
    items: list[Line]


class SearchTask(Task):
    """A term searched in a session."""

    session_id: str
    search_term: str
    searches: int
    no_result_searches: int
    outcome: str


class ViewedProduct(BaseModel):
    """A product and how often it was viewed."""

    item_id: str
    item_name: str | None
    views: int


class RepeatVisitTask(Task):
    """A user who came back without buying."""

    session_id: str
    sessions: int
    page_views: int
    products_viewed: int
    top_products: list[ViewedProduct]


class Unconverted(BaseModel):
    """Money in other currencies that no sum includes, because these days have no exchange rate."""

    rows: int
    by_currency: dict[str, float]
    days: list[date]


class Page(BaseModel):
    """The envelope of a task list."""

    total: int
    page: int
    limit: int
    has_more: bool
    total_value: float
    unconverted: Unconverted


class PurchaseTasks(Page):
    """Transactions."""

    data: list[PurchaseTask]


class CartTasks(Page):
    """Open carts."""

    data: list[CartTask]


class SearchTasks(Page):
    """Searches."""

    data: list[SearchTask]


class RepeatVisitTasks(Page):
    """Users who came back."""

    data: list[RepeatVisitTask]


class TaskChange(BaseModel):
    """The change of a task; only the fields given change."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"status": "done", "note": "Ordered by phone"}]},
    )

    status: TaskStatus = "open"
    note: str | None = Field(default=None, max_length=2000, pattern=r"^[^\x00]*$")
    snooze_until: CalendarDay | None = Field(
        default=None, description="A day that is not in the future makes the task due again at once."
    )


class WorkedTask(BaseModel):
    """A task's status after the change."""

    task_key: str
    kind: TaskKind
    status: TaskStatus
    note: str | None
    snooze_until: date | None
    worked_by: str
    worked_at: datetime


class Branch(BaseModel):
    """A branch with events."""

    location_id: str
    location_name: str
    city: str | None
    state: str | None
    events: int
    purchases: int
    revenue: float
    last_activity_at: datetime


class Branches(BaseModel):
    """All branches with events."""

    data: list[Branch]
    total: int


class SearchResult(BaseModel):
    """An entry that was found. `id` is Branchwise's own for a campaign, else the id in the company's records."""

    kind: SearchKind
    id: str
    title: str
    subtitle: str | None
    score: float = Field(description="1 if every word occurs exactly as given; lower for a worse match")


class SearchResults(BaseModel):
    """The best matches, and how many there are."""

    data: list[SearchResult]
    total: int = Field(description="at most a thousand of each kind are counted")


class Days(BaseModel):
    """The range asked for and the previous period, both ends included."""

    start_date: date
    end_date: date
    previous_start_date: date
    previous_end_date: date


class Figures(BaseModel):
    """The dashboard's figures of one period."""

    revenue: float
    purchases: int
    visitors: int
    sessions: int
    page_views: int
    add_to_carts: int
    abandoned_carts: int
    abandoned_value: float
    searches: int
    failed_searches: int
    repeat_visitors: int
    conversion_rate: float
    average_order_value: float


class Statistics(BaseModel):
    """The website dashboard: the range, the previous period and breakdowns."""

    period: Days
    current: Figures
    previous: Figures
    change_pct: dict[str, float]
    unconverted: Unconverted
    daily: list[dict[str, float | str]]
    top_products: list[dict[str, float | str | None]]
    top_search_terms: list[dict[str, float | str]]
    by_location: list[dict[str, float | str]]
