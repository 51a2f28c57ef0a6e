"""Send one report to one rep, at most once, even if the process dies at any moment.

The order matters. First the mail server accepts the recipient. Then one transaction stores the delivery as `sending`,
with its snapshot and links. Only then is the message sent, and at last its outcome is stored. A process that dies
before the transaction has sent and stored nothing. If it dies later, the delivery stays `sending`, and the next run
sets it to `unknown`: whether the message arrived cannot be known, so it is not sent again automatically. A process that
knows the outcome retries through an outage of the database until the outcome is stored.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID, uuid4

from common.db import Connection, Database
from common.db.outage import is_outage
from common.logging import request_id_var
from common.mail.compose import Letterhead, compose_message, message_id
from common.mail.message import Message
from common.mail.route import Carrier, MailRoute
from common.settings import Settings
from services.email_service.domain.build_report import Branch, Day, Report, build_report
from services.email_service.domain.erased_meanwhile import erased_meanwhile
from services.email_service.domain.formats import Formats
from services.email_service.domain.hold_out import HoldOut
from services.email_service.domain.link_tokens import LinkTokens
from services.email_service.domain.message_name import message_name
from services.email_service.domain.render_report import render_report
from services.email_service.domain.report_links import report_links, stored_links
from services.email_service.store.branch_task import BranchTask
from services.email_service.store.deliveries import (
    Sending,
    Snapshot,
    drop_delivery,
    finish_delivery,
    open_delivery,
    record_delivery,
)
from services.email_service.store.reps import Rep
from services.email_service.store.snapshots import NOTHING_LEFT_OUT, LeftOutTasks
from services.email_service.store.tenants import Tenant

_LONGEST_OUTAGE_SECONDS = 600
_TRY_AGAIN_SECONDS = 0.2

Ending = Literal["sent", "written", "skipped", "refused", "deferred", "unknown", "nothing_to_report", "unsubscribed"]


@dataclass(frozen=True, slots=True)
class ReportRun:
    """The data that all reports of a run share.

    `tasks`, `days` and `settled` are by branch. `delivered_to` holds the (branch, lower-case address) pairs that have,
    or may have, the day's report already.
    """

    settings: Settings
    db: Database
    tenant: Tenant
    route: MailRoute
    sending: Sending
    tasks: Mapping[str, list[BranchTask]]
    days: Mapping[str, Day]
    delivered_to: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    settled: Mapping[str, list[BranchTask]] = field(default_factory=dict[str, list[BranchTask]])

    @property
    def formats(self) -> Formats:
        """Return the formats of the tenant's country, currency and time zone."""
        return Formats(self.tenant.country, self.tenant.currency, self.tenant.time_zone)


async def send_report(run: ReportRun, rep: Rep, carrier: Carrier) -> Ending:
    """Send a branch's report to a rep, store the outcome, and return it.

    Raises:
        ServerAway: the mail server cannot be reached; nothing was sent and nothing stored.
    """
    if (rep.branch_code, rep.email.lower()) in run.delivered_to and not run.sending.is_forced:
        return "skipped"
    if rep.has_stopped:
        return await _record(run, rep, "unsubscribed", "the rep stopped these emails")
    report = build_rep_report(run, rep)
    if report.is_empty:
        return await _record(
            run, rep, "nothing_to_report", _why_nothing_to_report(report), LeftOutTasks(report.held_out, report.settled)
        )
    return await _deliver(run, rep, report, carrier)


def build_rep_report(run: ReportRun, rep: Rep) -> Report:
    """Build the report of a rep's branch as of the run's time."""
    branch = Branch.with_short_name(rep.branch_code, rep.branch_name, run.tenant.name, rep.name, rep.email)
    return build_report(
        branch,
        run.sending.report_date,
        run.sending.as_of,
        run.tasks.get(rep.branch_code, []),
        run.tenant.currency,
        run.days.get(rep.branch_code),
        HoldOut(run.tenant.tenant_id, run.sending.hold_out_pct),
        run.settled.get(rep.branch_code, []),
    )


async def _deliver(run: ReportRun, rep: Rep, report: Report, carrier: Carrier) -> Ending:
    tenant_id, delivery_id = run.tenant.tenant_id, uuid4()
    try:
        message, snapshot = _prepare(run, rep, report, delivery_id)
    except ValueError as error:
        return await _record(run, rep, "refused", f"not an address that mail can go to: {error}")
    is_open = False

    async def record_sending() -> bool:
        nonlocal is_open
        try:
            async with run.db.tenant(tenant_id) as connection:
                stored = snapshot.without(await erased_meanwhile(connection, run.settings, run.sending))
                is_open = await open_delivery(connection, run.sending, delivery_id, rep, stored)
        except Exception as error:
            if is_outage(error):  # The row may have been committed, but nothing was sent.
                await _store_through_outage(run, lambda connection: drop_delivery(connection, tenant_id, delivery_id))
            raise
        return is_open

    outcome = await carrier.send(message, record_sending)
    if outcome is None:
        return "skipped"
    if not is_open:
        return await _record(run, rep, outcome.verdict, outcome.detail)
    verdict, detail = outcome.verdict, outcome.detail
    await _store_through_outage(
        run, lambda connection: finish_delivery(connection, tenant_id, delivery_id, verdict, detail)
    )
    return verdict


def _prepare(run: ReportRun, rep: Rep, report: Report, delivery_id: UUID) -> tuple[Message, Snapshot]:
    tokens = LinkTokens.new()
    links = report_links(run.settings.base_url, tokens)
    rendered = render_report(report, run.formats, links)
    sending = run.sending
    forced_by = sending.job_id if sending.is_forced else ""
    identity = f"{run.tenant.tenant_id} {sending.report_date} {rep.branch_code} {rep.email.lower()} {forced_by}"
    letterhead = Letterhead(
        from_address=run.route.from_address,
        to_name=rep.name,
        to_address=rep.email,
        message_id=message_id(identity, run.route.from_address),
        written_at=sending.as_of,
        unsubscribe_url=links.stop,
        request_id=request_id_var.get(),
    )
    message = compose_message(message_name(sending.report_date, rep.branch_code, delivery_id), letterhead, rendered)
    tasks = [(customer.number, task) for customer in report.customers for task in customer.tasks]
    stored = stored_links(tokens, report, sending.as_of)
    calls, left_out = len(report.to_call), LeftOutTasks(report.held_out, report.settled)
    return message, Snapshot(rendered.subject, letterhead.message_id, calls, tasks, left_out, stored)


async def _store_through_outage(run: ReportRun, write: Callable[[Connection], Awaitable[None]]) -> None:
    """Store something that only this process knows, retrying until the database is back."""
    async with asyncio.timeout(_LONGEST_OUTAGE_SECONDS):
        while True:
            try:
                async with run.db.tenant(run.tenant.tenant_id) as connection:
                    return await write(connection)
            except Exception as error:
                if not is_outage(error):
                    raise
            await asyncio.sleep(_TRY_AGAIN_SECONDS)


async def _record(
    run: ReportRun, rep: Rep, status: Ending, detail: str, left_out: LeftOutTasks = NOTHING_LEFT_OUT
) -> Ending:
    async with run.db.tenant(run.tenant.tenant_id) as connection:
        is_erased = await erased_meanwhile(connection, run.settings, run.sending)
        await record_delivery(connection, run.sending, uuid4(), rep, status, detail, left_out.without(is_erased))
    return status


def _why_nothing_to_report(report: Report) -> str:
    if report.held_out:
        return f"nobody to call who is not held out: {len(report.held_out)} tasks of customers who are"
    if not report.unreachable:
        return "no tasks on this day"
    return f"nobody with a contact: {len(report.unreachable)} tasks without one"
