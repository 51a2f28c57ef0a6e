"""Opening the shop of a sync with its settings and secrets."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from services.data_service.domain.syncs.source_settings import WooCommerceConfig
from services.data_service.domain.syncs.sync_run import SourceAccess, SyncRun
from services.data_service.domain.woocommerce.reading import ShopReading
from services.data_service.sources.woocommerce.shop import open_shop
from services.data_service.store.shop.webhook_deliveries import has_unanswered


def config_of(access: SourceAccess) -> WooCommerceConfig:
    """The shop's settings."""
    return WooCommerceConfig.model_validate(access.config)


@asynccontextmanager
async def opened(run: SyncRun) -> AsyncGenerator[ShopReading]:
    """Open the shop of a sync."""
    config = config_of(run)
    key, secret = run.secrets["consumer_key"], run.secrets["consumer_secret"]
    # A backfill has only eight attempts at its days, which may take thousands of calls.
    is_patient = run.days is not None
    async with open_shop(run.service.settings, config.store_url, key, secret, is_patient=is_patient) as shop:
        yield ShopReading(run, shop, config, is_wary=is_patient or await _has_failed(run))


async def _has_failed(run: SyncRun) -> bool:
    async with run.transaction() as connection:
        return bool(run.source.failures) or await has_unanswered(connection, run.tenant_id, run.source.source_id)
