"""The email service: emails each branch's reps whom to follow up and why, and records the outcome."""

from common.events import Consumer
from common.events.contracts.data_user_erased import UserErased
from common.http.app import ServiceSpec, create_app
from common.http.dead_letters import dead_letter_router
from services.email_service.api import config, mappings, preview, reports, task_page, unsubscribe
from services.email_service.consumers.on_user_erased import on_user_erased
from services.email_service.jobs.send_reports import SEND_REPORTS

SPEC = ServiceSpec(
    name="email",
    title="email service",
    description="Branch reports by email, who gets them, what was sent, and the pages behind their links.",
    routers=[
        mappings.router,
        config.router,
        reports.router,
        preview.router,
        task_page.router,
        unsubscribe.router,
        dead_letter_router("/analytics/email/dead-letters"),
    ],
    consumers=[Consumer(UserErased, on_user_erased)],
    jobs=[SEND_REPORTS],
    idempotency_exempt=["/email/"],
)

app = create_app(SPEC)
