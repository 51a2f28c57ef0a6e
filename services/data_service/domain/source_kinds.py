"""The kinds of source there are, and what each brings: its settings, its test and its sync."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date, timedelta

from pydantic import BaseModel

from services.data_service.domain.backfill_plan import BackfillPlan
from services.data_service.domain.sync_run import Finding, SourceAccess, SyncRun


@dataclass(frozen=True)
class SourceKind:
    """One kind.

    `config` and `secrets` judge what is given at its creation (unknown names are refused); `urls` are the names in
    `config` that hold a URL, which is judged when it is saved and again at every connection. `sync` reads what a
    `SyncRun` asks for and raises a `VendorError` where the vendor does not answer; None: it only receives. `plan`
    reckons what reading a range (first day, last day) takes; without it a backfill goes week by week and says nothing
    of requests and time beforehand.
    """

    name: str
    config: type[BaseModel]
    secrets: type[BaseModel]
    test: Callable[[SourceAccess], Awaitable[list[Finding]]]
    sync: Callable[[SyncRun], Awaitable[None]] | None = None
    plan: Callable[[SourceAccess, date, date], Awaitable[BackfillPlan]] | None = None
    urls: tuple[str, ...] = ()
    every: timedelta = field(default=timedelta(minutes=15))


# A kind is added with the modules it names: sources/<kind>/ speaks to the vendor, domain/<kind>/ turns its answers
# into our rows.
SOURCE_KINDS: dict[str, SourceKind] = {}
