"""Open a link: find the report it belongs to and, for a customer's link, the customer."""

from datetime import datetime
from typing import NamedTuple

from common.db import Database
from common.pages import Notice
from services.email_service.domain.build_report import Report
from services.email_service.domain.formats import Formats
from services.email_service.domain.link_tokens import LENGTH, split_token, token_hash
from services.email_service.domain.present_task_page import ReportedCustomer, rebuild_report
from services.email_service.store.links import Link, find_link
from services.email_service.store.sent_reports import get_sent_report
from services.email_service.store.tenants import get_tenant

UNKNOWN_LINK = Notice(
    "This link does not lead anywhere",
    "It may have been cut off on its way. Open it again from the email, or use a newer one.",
)
EXPIRED_LINK = Notice(
    "This link is too old",
    "Links in a report work for 30 days. The list of open tasks has everything that still waits.",
)


class LinkDead(Exception):
    """The link is unknown or has expired; `notice` is the page that says so, and `status` its HTTP status."""

    def __init__(self, status: int, notice: Notice) -> None:
        super().__init__(notice.title)
        self.status = status
        self.notice = notice


class Opened(NamedTuple):
    """A link with its report; `action` is the action that the link offers."""

    link: Link
    report: Report
    formats: Formats
    token: str
    action: str

    def reported(self) -> ReportedCustomer:
        """Return the customer that the link is about."""
        customer = next(customer for customer in self.report.customers if customer.number == self.link.customer_no)
        return ReportedCustomer(self.report, customer, self.formats, self.token)


async def open_link(db: Database, text: str, purposes: tuple[str, ...], at: datetime) -> Opened:
    """Find the link of a token, with its report.

    Raises:
        LinkDead: there is no such link for one of these purposes, or it has expired.
    """
    token, action = split_token(text)
    link = await find_link(db, token_hash(token)) if len(token) == LENGTH else None
    if link is None or link.purpose not in purposes:
        raise LinkDead(404, UNKNOWN_LINK)
    if link.expires_at is not None and link.expires_at <= at:
        raise LinkDead(410, EXPIRED_LINK)
    async with db.tenant(link.tenant_id, readonly=True) as connection:
        tenant = await get_tenant(connection, link.tenant_id)
        sent = await get_sent_report(connection, link.tenant_id, link.delivery_id)
    formats = Formats(tenant.country, tenant.currency, tenant.time_zone)
    return Opened(link, rebuild_report(sent, tenant.name), formats, token, action)
