"""The data service's table of contents."""

import gc

from common.events import Consumer
from common.events.contracts.analytics_day_refreshed import DayRefreshed
from common.events.contracts.analytics_user_erased import UserErased as ErasedByAnalytics
from common.events.contracts.auth_tenant_changed import TenantChanged
from common.events.contracts.data_batch_recorded import BatchRecorded
from common.events.contracts.data_users_changed import UsersChanged
from common.events.contracts.email_user_erased import UserErased as ErasedByEmail
from common.files import files_of
from common.http.app import ServiceSpec, create_app
from common.http.context import ServiceContext
from common.jobs import JobKind
from services.data_service.api import (
    availability,
    backfill,
    campaigns,
    dead_letters,
    events,
    imports,
    jobs,
    measurement_protocol,
    quality,
    retention,
    sources,
    sync,
    users,
    webhooks,
)
from services.data_service.api.body_reader_process import BodyReader
from services.data_service.api.delivery_writer import DeliveryWriter
from services.data_service.api.preview_places import PreviewPlaces
from services.data_service.consumers.on_batch_recorded import on_batch_recorded
from services.data_service.consumers.on_day_refreshed import on_day_refreshed
from services.data_service.consumers.on_tenant_changed import on_tenant_changed
from services.data_service.consumers.on_user_erased import on_user_erased
from services.data_service.consumers.on_users_changed import on_users_changed
from services.data_service.domain.backfill.plan_backfill import BACKFILL_JOBS
from services.data_service.domain.events.location_rule import RESOLVE_JOB
from services.data_service.domain.files.uploaded_file import IMPORT_KINDS
from services.data_service.domain.measurement_protocol.hit_counts import HitCounts
from services.data_service.domain.measurement_protocol.hit_turns import HitTurns
from services.data_service.domain.move_days import MOVE_DAYS_JOB
from services.data_service.domain.syncs.internal_errors import TRIES
from services.data_service.domain.syncs.source_kinds import SYNC_JOBS
from services.data_service.jobs.backfill import backfill_step
from services.data_service.jobs.drop_abandoned import keep_files_in_order
from services.data_service.jobs.drop_aged_events import drop_aged_events, keep_events_to_their_age
from services.data_service.jobs.erase_user import erase_user
from services.data_service.jobs.import_file import import_file
from services.data_service.jobs.keep_hit_counts import keep_hit_counts
from services.data_service.jobs.move_days import move_all_days
from services.data_service.jobs.plan_syncs import keep_sources_read
from services.data_service.jobs.resolve_locations import resolve_all_locations
from services.data_service.jobs.sync_source import sync_sources
from services.data_service.store.events.aged_events import DROP_AGED_JOB
from services.data_service.store.events.known_rules import KnownRules
from services.data_service.store.events.months import KnownMonths
from services.data_service.store.people.erasures import ERASE_JOB
from services.data_service.store.shop.webhook_secrets import WebhookSecrets


async def prepare(context: ServiceContext) -> None:
    """Open the file store and the small caches."""
    # A batch is thousands of small objects and no cycles: collecting after every 700 of them took a third of the time.
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    context.extras["files"] = files_of(context.settings, "imports")
    context.extras["months"] = KnownMonths()
    context.extras["rules"] = KnownRules()
    context.extras["reader"] = BodyReader()
    context.extras["hit_counts"] = HitCounts()
    context.extras["hit_turns"] = HitTurns(context.settings.database_pool_size + context.settings.database_max_overflow)
    context.extras["deliveries"] = DeliveryWriter(context.db)
    context.extras["webhook_secrets"] = WebhookSecrets()
    context.extras["previews"] = PreviewPlaces()


async def finish(context: ServiceContext) -> None:
    """End the process that reads bodies."""
    reader: BodyReader = context.extras["reader"]
    await reader.close()


SPEC = ServiceSpec(
    name="data",
    title="data service",
    description="Takes in events, users and locations, from programs and from files, and says what is there.",
    routers=[
        events.router,
        imports.router,
        jobs.router,
        backfill.router,
        availability.router,
        users.router,
        sources.router,
        sync.router,
        campaigns.router,
        measurement_protocol.router,
        dead_letters.router,
        webhooks.router,
        quality.router,
        retention.router,
    ],
    consumers=[
        Consumer(BatchRecorded, on_batch_recorded, after=ServiceContext.wake_relay),
        Consumer(DayRefreshed, on_day_refreshed),
        Consumer(TenantChanged, on_tenant_changed),
        Consumer(UsersChanged, on_users_changed, after=ServiceContext.wake_relay),
        Consumer(ErasedByAnalytics, on_user_erased),
        Consumer(ErasedByEmail, on_user_erased),
    ],
    jobs=[
        *(JobKind(f"import.{kind}", import_file) for kind in IMPORT_KINDS),
        JobKind(RESOLVE_JOB, resolve_all_locations),
        JobKind(MOVE_DAYS_JOB, move_all_days),
        JobKind(ERASE_JOB, erase_user),
        JobKind(DROP_AGED_JOB, drop_aged_events),
        # A vendor is tried again by the schedule; within the job only what our own database had no room for.
        *(JobKind(kind, sync_sources, max_attempts=TRIES) for kind in SYNC_JOBS.values()),
        *(JobKind(kind, backfill_step) for kind in BACKFILL_JOBS.values()),
    ],
    background=[keep_files_in_order, keep_sources_read, keep_hit_counts, keep_events_to_their_age],
    on_start=prepare,
    on_stop=finish,
    idempotency_exempt=["/data/import/", "/data/webhooks/", "/mp/", "/debug/mp/"],
)

app = create_app(SPEC)
