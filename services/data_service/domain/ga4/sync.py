"""A sync of a GA4 property: its events day by day, then ads, channels and the ids it knows, in one call."""

from datetime import date

from services.data_service.domain.ga4.ad_days import ADS, ads_report, put_in_ads
from services.data_service.domain.ga4.channels import CHANNELS, channels_report, put_in_channels
from services.data_service.domain.ga4.event_days import EventDays
from services.data_service.domain.ga4.known_ids import (
    LOCATIONS,
    USERS,
    locations_report,
    put_in_locations,
    put_in_users,
    users_report,
)
from services.data_service.domain.ga4.open_property import open_property
from services.data_service.domain.ga4.property_days import zone_of_property
from services.data_service.domain.ga4.read_reports import ReportReader
from services.data_service.domain.ga4.tokens import KEPT_FOR_TODAY, Tokens
from services.data_service.domain.ga4.told_rows import ToldRows
from services.data_service.domain.syncs.source_settings import Ga4Config
from services.data_service.domain.syncs.sync_run import SyncRun
from services.data_service.store.tenant_settings import location_source

_ALL_TYPES = frozenset({"events", "users", "locations"})


async def sync(run: SyncRun) -> None:
    """Read what is due: today and yesterday, the days since the last sync, at night those that GA4 restates.

    Raises:
        VendorError: what was read until then is in.
    """
    config = Ga4Config.model_validate(run.config)
    types = run.data_types or _ALL_TYPES
    tokens = Tokens(run, config.property_id, kept=KEPT_FOR_TODAY if run.days else 0.0)
    async with open_property(run, config) as client:
        reader = ReportReader(client, tokens)
        event_days = EventDays(run, config, reader, await zone_of_property(run))
        days = await event_days.due()
        if "events" in types:
            await event_days.sync(days)
        await _sync_the_rest(run, config, reader, event_days.begun(days), types)


async def _sync_the_rest(
    run: SyncRun, config: Ga4Config, reader: ReportReader, days: tuple[date, date], types: frozenset[str]
) -> None:
    """Ads and channels with the events; users and branches where days were asked for, or at night.

    By the property's days: nothing tells at what time of a day something was spent.
    """
    reports = [ads_report(days), channels_report(days)] if "events" in types else []
    with_ids = run.days is not None or run.reads_window
    async with run.transaction() as connection:
        rule = await location_source(connection, run.tenant_id)
    users = users_report(config, days) if with_ids and "users" in types else None
    locations = locations_report(config, rule, days) if with_ids and "locations" in types else None
    reports.extend(asked.report for asked in (users, locations) if asked)
    if not reports:
        return
    whole = await reader.read(reports)
    if "events" in types:
        await put_in_ads(run, whole[ADS], days)
        await put_in_channels(run, whole[CHANNELS], days)
    if users:
        await put_in_users(run, ToldRows(users.columns, whole[USERS].rows))
    if locations:
        await put_in_locations(run, ToldRows(locations.columns, whole[LOCATIONS].rows))
