"""Users and branches by id: the Data API knows nothing else of them but registered user properties."""

from datetime import date
from typing import Final

from services.data_service.domain.files.rejection import Rejected
from services.data_service.domain.ga4.dimensions import PERSON, dimension_of, visit_names
from services.data_service.domain.ga4.event_reports import Asked
from services.data_service.domain.ga4.report_rows import OTHER_ROW, ReportRows
from services.data_service.domain.syncs.source_settings import Ga4Config
from services.data_service.domain.syncs.sync_run import SyncRun
from services.data_service.domain.values import id_of, text_of
from services.data_service.sources.ga4.report import Report
from services.data_service.store.people.known_ids import add_locations, add_users

USERS: Final = "users"
LOCATIONS: Final = "locations"
_METRICS: Final = ("eventCount",)
_GEO: Final = "geo."
_OF_USERS: Final = "customUser:"


def users_report(config: Ga4Config, days: tuple[date, date]) -> Asked | None:
    """The request for the days' users and their registered properties; None if no dimension has user ids."""
    custom = config.custom_dimensions
    if "user_id" not in custom:
        return None
    properties = [name for name in visit_names(custom) if name not in PERSON and custom[name].startswith(_OF_USERS)]
    return _asked(USERS, custom, ["user_id", *properties], days)


async def put_in_users(run: SyncRun, told: ReportRows) -> None:
    """Add the users; stored contact details stay."""
    users: dict[str, dict[str, str]] = {}
    for row in told.by_column():
        if user_id := _id_in(row["user_id"]):
            properties = {name: text_of(row[name], name) for name in told.columns[1 : -len(_METRICS)]}
            known = {name: value for name, value in properties.items() if value and value != OTHER_ROW}
            users.setdefault(user_id, {}).update(known)
    async with run.transaction() as connection:
        changed = await add_users(connection, run.tenant_id, run.job.job_id, users)
    run.job.count({"users": changed})
    run.service.wake_relay()


def locations_report(config: Ga4Config, rule: str | None, days: tuple[date, date]) -> Asked | None:
    """The request for the days' branches by the tenant's rule; None if no dimension matches it."""
    name = _name_by_rule(rule)
    if name is None or name not in config.custom_dimensions:
        return None
    return _asked(LOCATIONS, config.custom_dimensions, [name], days)


async def put_in_locations(run: SyncRun, told: ReportRows) -> None:
    """Add the branches, named by their id for now."""
    ids = {location_id for row in told.rows if (location_id := _id_in(row[0]))}
    async with run.transaction() as connection:
        added = await add_locations(connection, run.tenant_id, sorted(ids))
    run.job.count({"locations": added})
    run.service.wake_relay()


def _asked(report: str, custom: dict[str, str], names: list[str], days: tuple[date, date]) -> Asked:
    dimensions = tuple(dimension_of(name, custom) for name in names)
    return Asked(Report(report, dimensions, _METRICS, *days), (*names, *_METRICS))


def _name_by_rule(rule: str | None) -> str | None:
    """The key in custom_dimensions of a location rule's dimension; `geo.city` is a key as it is."""
    if not rule:
        return None
    return rule if rule.startswith(_GEO) else rule.partition(":")[2] or None


def _id_in(value: str) -> str:
    try:
        return "" if value == OTHER_ROW else id_of(value, "id")
    except Rejected:
        return ""
