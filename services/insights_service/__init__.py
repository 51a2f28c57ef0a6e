"""The insights service: anomalies, recommendations, trends and forecasts."""

from common.events import Consumer
from common.events.contracts.analytics_day_refreshed import DayRefreshed
from common.http.app import ServiceSpec, create_app
from common.http.dead_letters import dead_letter_router
from services.insights_service.api import charts, events, feedback, forecast, insights, rules, settings
from services.insights_service.api.jobs import router as jobs_router
from services.insights_service.consumers.on_day_refreshed import on_day_refreshed
from services.insights_service.jobs.generate_each_hour import generate_each_hour
from services.insights_service.jobs.generate_insights import GENERATE_INSIGHTS
from services.insights_service.start import close, prepare

SPEC = ServiceSpec(
    name="insights",
    title="insights service",
    description="Anomalies, recommendations, trends and forecasts.",
    # The routers with literal paths come before the one with `/insights/{id}`, which would match them too.
    routers=[
        settings.router,
        events.router,
        rules.router,
        forecast.router,
        jobs_router,
        dead_letter_router("/insights/dead-letters"),
        insights.router,
        charts.router,
        feedback.router,
    ],
    consumers=[Consumer(DayRefreshed, on_day_refreshed)],
    jobs=[GENERATE_INSIGHTS],
    background=[generate_each_hour],
    on_start=prepare,
    on_stop=close,
)

app = create_app(SPEC)
