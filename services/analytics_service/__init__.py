"""The analytics service: keeps the summary tables up to date and answers tasks and figures from them."""

from common.answers import open_answers
from common.events import Consumer
from common.events.contracts.auth_tenant_changed import TenantChanged
from common.events.contracts.data_batch_recorded import BatchRecorded
from common.events.contracts.data_channels_changed import ChannelsChanged
from common.events.contracts.data_marketing_recorded import MarketingRecorded
from common.events.contracts.data_rates_changed import RatesChanged
from common.events.contracts.data_user_erased import UserErased
from common.events.contracts.data_users_changed import UsersChanged
from common.events.contracts.email_delivery_changed import DeliveryChanged
from common.events.contracts.email_task_worked import TaskWorked
from common.files import files_of
from common.http.app import ServiceSpec, create_app
from common.http.context import ServiceContext
from common.http.dead_letters import dead_letter_router
from services.analytics_service.api import (
    aggregates,
    goals,
    locations,
    recovery,
    reports,
    retention,
    search,
    snapshots,
    statistics,
    tasks,
    work,
)
from services.analytics_service.api.jobs import router as jobs_router
from services.analytics_service.api.known_calls import AnswerKnownCalls, KnownCalls
from services.analytics_service.api.marketing import ROUTERS as MARKETING
from services.analytics_service.api.today import Todays
from services.analytics_service.consumers.on_batch_recorded import on_batch_recorded
from services.analytics_service.consumers.on_channels_changed import on_channels_changed
from services.analytics_service.consumers.on_delivery_changed import on_delivery_changed
from services.analytics_service.consumers.on_marketing_recorded import on_marketing_recorded
from services.analytics_service.consumers.on_rates_changed import on_rates_changed
from services.analytics_service.consumers.on_task_worked import on_task_worked
from services.analytics_service.consumers.on_tenant_changed import on_tenant_changed
from services.analytics_service.consumers.on_user_erased import on_user_erased
from services.analytics_service.consumers.on_users_changed import on_users_changed
from services.analytics_service.domain.outdated_answers import CHANGED_BY
from services.analytics_service.jobs.check_aggregates import CHECK_AGGREGATES
from services.analytics_service.jobs.check_yesterday import check_each_yesterday
from services.analytics_service.jobs.drop_aged import DROP_AGED
from services.analytics_service.jobs.rebuild_aggregates import REBUILD_AGGREGATES
from services.analytics_service.jobs.refresher import Refresher, keep_fresh, wake_refresher


async def prepare(context: ServiceContext) -> None:
    """Open the answer cache and the exports' file store, and create the refresher that consumers wake."""
    answers = await open_answers(context.settings, context.bus, CHANGED_BY)
    context.extras["answers"] = answers
    context.extras["files"] = files_of(context.settings, "retained")
    todays = context.extras["todays"] = await Todays.open(context)
    context.extras["known_calls"] = KnownCalls(todays)
    context.extras["refresher"] = Refresher(context, answers)


async def close(context: ServiceContext) -> None:
    """Close the answer cache."""
    await context.extras["answers"].aclose()


SPEC = ServiceSpec(
    name="analytics",
    title="analytics service",
    description="Follow-up tasks, marketing figures, dashboard statistics and branches, from precomputed summaries.",
    routers=[
        tasks.router,
        recovery.router,
        work.router,
        statistics.router,
        locations.router,
        aggregates.router,
        search.router,
        goals.router,
        snapshots.router,
        reports.router,
        retention.router,
        *MARKETING,
        jobs_router,
        dead_letter_router("/analytics/dead-letters"),
    ],
    consumers=[
        Consumer(BatchRecorded, on_batch_recorded, after=wake_refresher),
        Consumer(MarketingRecorded, on_marketing_recorded, after=wake_refresher),
        Consumer(UsersChanged, on_users_changed, after=wake_refresher),
        Consumer(UserErased, on_user_erased, after=wake_refresher),
        Consumer(ChannelsChanged, on_channels_changed, after=wake_refresher),
        Consumer(RatesChanged, on_rates_changed, after=wake_refresher),
        Consumer(TenantChanged, on_tenant_changed, after=wake_refresher),
        Consumer(TaskWorked, on_task_worked, after=wake_refresher),
        Consumer(DeliveryChanged, on_delivery_changed, after=wake_refresher),
    ],
    jobs=[REBUILD_AGGREGATES, CHECK_AGGREGATES, DROP_AGED],
    background=[keep_fresh, check_each_yesterday],
    layers=[AnswerKnownCalls],
    on_start=prepare,
    on_stop=close,
)

app = create_app(SPEC)
