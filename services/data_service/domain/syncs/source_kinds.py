"""The kinds of source, each with its settings, its check and its sync."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date, timedelta

from pydantic import BaseModel

from services.data_service.domain.backfill.backfill_plan import BackfillPlan
from services.data_service.domain.ga4.check import check as check_ga4
from services.data_service.domain.ga4.plan import plan as plan_ga4
from services.data_service.domain.ga4.sync import sync as sync_ga4
from services.data_service.domain.measurement_protocol.check import check as check_measurement_protocol
from services.data_service.domain.meta_ads.check import check as check_meta_ads
from services.data_service.domain.meta_ads.plan import plan as plan_meta_ads
from services.data_service.domain.meta_ads.sync import sync as sync_meta_ads
from services.data_service.domain.syncs import source_settings as settings
from services.data_service.domain.syncs.sync_run import Finding, SourceAccess, SyncRun
from services.data_service.domain.woocommerce.check import check as check_woocommerce
from services.data_service.domain.woocommerce.plan import plan as plan_woocommerce
from services.data_service.domain.woocommerce.sync import sync as sync_woocommerce


@dataclass(frozen=True)
class SourceKind:
    """One kind of source.

    - `config` and `secrets` validate what a person enters; unknown names are refused.
    - `account` is the field of `config` that names the vendor's account. It cannot change once data were read.
    - `urls` are the fields of `config` that hold a URL, which is checked when it is saved and at every connection.
    - `check` tries the source and reports what is right and wrong. `sync` reads what a `SyncRun` asks for; a kind
      without it only receives. Both raise a `VendorError` if the vendor does not answer.
    - `plan` estimates what reading a range (first day, last day, both included) takes. Without it, a backfill reads a
      week at a time and gives no estimate.
    - `every` is the time between two syncs.
    """

    name: str
    config: type[BaseModel]
    secrets: type[BaseModel]
    account: str
    check: Callable[[SourceAccess], Awaitable[list[Finding]]]
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
            check=check_ga4,
            sync=sync_ga4,
            plan=plan_ga4,
        ),
        SourceKind(
            META_ADS,
            settings.MetaAdsConfig,
            settings.MetaAdsSecrets,
            account="account_id",
            check=check_meta_ads,
            sync=sync_meta_ads,
            plan=plan_meta_ads,
        ),
        SourceKind(
            WOOCOMMERCE,
            settings.WooCommerceConfig,
            settings.WooCommerceSecrets,
            account="store_url",
            check=check_woocommerce,
            sync=sync_woocommerce,
            plan=plan_woocommerce,
            urls=("store_url",),
        ),
        SourceKind(
            MEASUREMENT_PROTOCOL,
            settings.MeasurementProtocolConfig,
            settings.NoSecrets,
            account="measurement_id",
            check=check_measurement_protocol,
        ),
    )
}

# What is read from a vendor is read by a job of this kind; the scheduled ones among them have no `created_by`.
SYNC_JOBS = {kind: f"sync.{kind}" for kind in (GA4, META_ADS, WOOCOMMERCE)}
