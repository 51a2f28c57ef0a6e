"""A sync of a GA4 property: its events day by day, then ads and channels, then the ids it knows."""

from services.data_service.domain.ga4.ad_days import sync_ads
from services.data_service.domain.ga4.channels import sync_channels
from services.data_service.domain.ga4.event_days import EventDays
from services.data_service.domain.ga4.known_ids import sync_locations, sync_users
from services.data_service.domain.ga4.open_property import open_property
from services.data_service.domain.ga4.read_reports import ReportReader
from services.data_service.domain.ga4.tokens import KEPT_FOR_TODAY, Tokens
from services.data_service.domain.source_settings import Ga4Config
from services.data_service.domain.sync_run import SyncRun

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
        event_days = EventDays(run, config, reader)
        days = await event_days.due()
        if "events" in types:
            await event_days.sync(days)
            await sync_ads(run, reader, days)
            await sync_channels(run, reader, days)
        if run.days or run.reads_window:
            if "users" in types:
                await sync_users(run, config, reader, days)
            if "locations" in types:
                await sync_locations(run, config, reader, days)
