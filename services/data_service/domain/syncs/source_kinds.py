"""The kinds of source there are, and what each brings: its settings, its test and its sync."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date, timedelta

from pydantic import BaseModel

from services.data_service.domain.backfill.backfill_plan import BackfillPlan
from services.data_service.domain.ga4.findings import test as test_ga4
from services.data_service.domain.ga4.plan import plan as plan_ga4
from services.data_service.domain.ga4.sync import sync as sync_ga4
from services.data_service.domain.measurement_protocol.say_how_it_fares import say_how_it_fares
from services.data_service.domain.meta_ads.findings import test as test_meta_ads
from services.data_service.domain.meta_ads.plan import plan as plan_meta_ads
from services.data_service.domain.meta_ads.sync import sync as sync_meta_ads
from services.data_service.domain.syncs import source_settings as settings
from services.data_service.domain.syncs.sync_run import Finding, SourceAccess, SyncRun
from services.data_service.domain.woocommerce.check import check as check_woocommerce
from services.data_service.domain.woocommerce.plan import plan as plan_woocommerce
from services.data_service.domain.woocommerce.sync import sync as sync_woocommerce


@dataclass(frozen=True)
class SourceKind:
    """One kind.

    `config` and `secrets` judge what is given at its creation (unknown names are refused); `account` is the name in
    `config` that says whose numbers they are: it stays once some are in. `urls` are the names in `config` that hold a
    URL, which is judged when it is saved and again at every connection. `sync` reads what a `SyncRun` asks for, `test`
    says in plain words what is right and wrong; both raise a `VendorError` where the vendor does not answer; without
    `sync` it only receives. `plan` reckons what reading a range (first day, last day) takes; without it a backfill goes
    week by week and says nothing of requests and time beforehand.
    """

    name: str
    config: type[BaseModel]
    secrets: type[BaseModel]
    account: str
    test: Callable[[SourceAccess], Awaitable[list[Finding]]]
    sync: Callable[[SyncRun], Awaitable[None]] | None = None
    plan: Callable[[SourceAccess, date, date], Awaitable[BackfillPlan]] | None = None
    urls: tuple[str, ...] = ()
    every: timedelta = field(default=timedelta(minutes=15))


GA4 = "ga4"
META_ADS = "meta_ads"
WOOCOMMERCE = "woocommerce"
MEASUREMENT_PROTOCOL = "measurement_protocol"

# A kind's modules: sources/<kind>/ speaks to the vendor, domain/<kind>/ turns its answers into our rows.
SOURCE_KINDS: dict[str, SourceKind] = {
    kind.name: kind
    for kind in (
        SourceKind(
            GA4,
            settings.Ga4Config,
            settings.Ga4Secrets,
            account="property_id",
            test=test_ga4,
            sync=sync_ga4,
            plan=plan_ga4,
        ),
        SourceKind(
            META_ADS,
            settings.MetaAdsConfig,
            settings.MetaAdsSecrets,
            account="account_id",
            test=test_meta_ads,
            sync=sync_meta_ads,
            plan=plan_meta_ads,
        ),
        SourceKind(
            WOOCOMMERCE,
            settings.WooCommerceConfig,
            settings.WooCommerceSecrets,
            account="store_url",
            test=check_woocommerce,
            sync=sync_woocommerce,
            plan=plan_woocommerce,
            urls=("store_url",),
        ),
        SourceKind(
            MEASUREMENT_PROTOCOL,
            settings.MeasurementProtocolConfig,
            settings.NoSecrets,
            account="measurement_id",
            test=say_how_it_fares,
        ),
    )
}

# What is read from a vendor is read by a job of this kind; the scheduled ones among them have no `created_by`.
SYNC_JOBS = {kind: f"sync.{kind}" for kind in (GA4, META_ADS, WOOCOMMERCE)}
