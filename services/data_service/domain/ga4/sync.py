"""A sync of a GA4 property: its events day by day, then ads, channels and the ids it knows, in one call."""

from services.data_service.domain.ga4.daily_reports import DailyReports
from services.data_service.domain.ga4.dimensions_since import DimensionsSince
from services.data_service.domain.ga4.event_days import EventDays
from services.data_service.domain.ga4.open_property import open_property
from services.data_service.domain.ga4.property_days import PropertyDays, zone_of_property
from services.data_service.domain.ga4.read_reports import ReportReader
from services.data_service.domain.ga4.tokens import KEPT_FOR_TODAY, Tokens
from services.data_service.domain.syncs.source_settings import Ga4Config
from services.data_service.domain.syncs.sync_run import SyncRun


async def sync(run: SyncRun) -> None:
    """Read what is due: today and yesterday, the days since the last sync, at night those that GA4 restates.

    Raises:
        VendorError: what was read until then is in, and the rest stays due.
    """
    config = Ga4Config.model_validate(run.config)
    tokens = Tokens(run, config.property_id, kept=KEPT_FOR_TODAY if run.days else 0.0)
    async with open_property(run, config) as client:
        reader = ReportReader(client, tokens)
        reports = DailyReports(run, config, reader)
        property_days = PropertyDays(run, config, reader, await zone_of_property(run))
        if not run.data_types or "events" in run.data_types:
            dimensions = await DimensionsSince.of(run, config.custom_dimensions)
            event_days = EventDays(run, config, property_days, dimensions, reports)
            await event_days.sync(await event_days.due())
        await reports.sync(property_days.today())
