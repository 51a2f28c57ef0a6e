"""Users and branches by their ids: all that the Data API knows of them besides the properties that are registered."""

from datetime import date
from typing import Final

from services.data_service.domain.ga4.dimensions import PERSON, dimension_of, visit_names
from services.data_service.domain.ga4.read_reports import ReportReader
from services.data_service.domain.ga4.told_rows import OTHER_ROW, ToldRows
from services.data_service.domain.rejection import Rejected
from services.data_service.domain.source_settings import Ga4Config
from services.data_service.domain.sync_run import SyncRun
from services.data_service.domain.values import id_of, text_of
from services.data_service.sources.ga4.report import Report
from services.data_service.store.known_ids import add_locations, add_users
from services.data_service.store.tenant_settings import location_source

_METRICS: Final = ("eventCount",)
_GEO: Final = "geo."
_OF_USERS: Final = "customUser:"


async def sync_users(run: SyncRun, config: Ga4Config, reader: ReportReader, days: tuple[date, date]) -> None:
    """Add the users of the days, with the user properties that are registered; contacts stay as they are."""
    custom = config.custom_dimensions
    if "user_id" not in custom:
        return
    properties = [name for name in visit_names(custom) if name not in PERSON and custom[name].startswith(_OF_USERS)]
    rows = await _rows(reader, "users", custom, ["user_id", *properties], days)
    users: dict[str, dict[str, str]] = {}
    for row in rows:
        if user_id := _id_in(row["user_id"]):
            told = {name: value for name in properties if (value := text_of(row[name], name)) and value != OTHER_ROW}
            users.setdefault(user_id, {}).update(told)
    async with run.transaction() as connection:
        changed = await add_users(connection, run.tenant_id, run.job.job_id, users)
        run.job.count({"users": changed})
    run.service.wake_relay()


async def sync_locations(run: SyncRun, config: Ga4Config, reader: ReportReader, days: tuple[date, date]) -> None:
    """Add the branches that the tenant's rule names in the days, called by their id until somebody says more."""
    async with run.transaction() as connection:
        rule = await location_source(connection, run.tenant_id)
    name = _name_by_rule(rule)
    if name is None or name not in config.custom_dimensions:
        return
    rows = await _rows(reader, "locations", config.custom_dimensions, [name], days)
    ids = {location_id for row in rows if (location_id := _id_in(row[name]))}
    async with run.transaction() as connection:
        added = await add_locations(connection, run.tenant_id, sorted(ids))
        run.job.count({"locations": added})
    run.service.wake_relay()


async def _rows(
    reader: ReportReader, report: str, custom: dict[str, str], names: list[str], days: tuple[date, date]
) -> list[dict[str, str]]:
    asked = Report(report, tuple(dimension_of(name, custom) for name in names), _METRICS, *days)
    whole = (await reader.read([asked]))[report]
    return list(ToldRows((*names, *_METRICS), whole.rows).by_column())


def _name_by_rule(rule: str | None) -> str | None:
    """What custom_dimensions calls the dimension that a location rule names; `geo.city` stands there whole."""
    if not rule:
        return None
    return rule if rule.startswith(_GEO) else rule.partition(":")[2] or None


def _id_in(value: str) -> str:
    try:
        return "" if value == OTHER_ROW else id_of(value, "id")
    except Rejected:
        return ""
