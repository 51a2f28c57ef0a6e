"""The job that sends a day's reports: `{report_date, branch_codes, force}`."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from datetime import date
from uuid import uuid4

from loguru import logger

from common.clock import now
from common.jobs import JobContext, JobFailed, JobKind
from common.mail.folder import MailFolder
from common.mail.outcome import ServerAway
from common.mail.route import Carrier, MailRoute
from services.email_service.domain.prepare_run import SEND_REPORTS_KIND, prepare_run
from services.email_service.domain.send_report import ReportRun, send_report
from services.email_service.domain.settle_leftovers import settle_leftovers
from services.email_service.errors import DeliveriesDeferred
from services.email_service.store.deliveries import give_up_deferred, record_delivery
from services.email_service.store.past_deliveries import commonest_reason, ended_in_job
from services.email_service.store.reps import Rep

MOST_ATTEMPTS = 5
# Parallel connections to the mail server: enough to hide its latency, few enough for any server's limits.
CONNECTIONS = 4
_PROGRESS_EVERY = 25


async def run_send_reports(context: JobContext) -> None:
    """Send the reports that are not sent yet, so that a rerun after a crash continues.

    Raises:
        DeliveriesDeferred: some were deferred by the mail server, and there are attempts left.
        JobFailed: the mail server could not be reached at the last attempt, or no report was handed over and some were
            refused or failed.
    """
    service, params = context.service, context.params
    folder = MailFolder(service.settings.home, context.tenant_id)
    await settle_leftovers(service.db, context.tenant_id, context.job_id, folder)
    run, reps = await prepare_run(
        service.settings,
        service.db,
        context.tenant_id,
        context.job_id,
        date.fromisoformat(params["report_date"]),
        now(),
        params.get("branch_codes"),
        force=bool(params.get("force")),
    )
    _warn_without_server(run.route)
    async with service.db.tenant(context.tenant_id) as connection:
        ended = await ended_in_job(connection, context.tenant_id, context.job_id)
    endings = Counter(ended.values())
    waiting = [rep for rep in reps if (rep.branch_code, rep.email.lower()) not in ended]
    work = _SendingRun(context, run, iter(waiting), len(ended), len(reps), endings)
    await work.send_all()
    await _conclude(context, work)


def _warn_without_server(route: MailRoute) -> None:
    if route.address is None:
        logger.warning("no mail server is configured: reports are written to {}", route.folder.path)


async def _conclude(context: JobContext, work: "_SendingRun") -> None:
    """Retry deferred reports in another attempt or give them up, and set the job's result."""
    deferred = work.endings["deferred"] + (1 if work.away else 0)
    if deferred and context.attempt < MOST_ATTEMPTS:
        await work.report_progress()
        raise DeliveriesDeferred(work.away or f"{deferred} not taken for now")
    if deferred:
        await _give_up(context, work)
    await work.report_progress()
    ended = work.endings
    handed_over = ended["sent"] + ended["written"] + ended["unknown"]
    all_refused = ended["refused"] and not (handed_over or ended["skipped"])
    if work.away or all_refused or (ended["failed"] and not handed_over):
        raise JobFailed(work.away or await _failure_message(context))


async def _failure_message(context: JobContext) -> str:
    async with context.service.db.tenant(context.tenant_id, readonly=True) as connection:
        reason = await commonest_reason(connection, context.tenant_id, context.job_id)
    return f"none of the reports was taken: {reason}"


async def _give_up(context: JobContext, work: "_SendingRun") -> None:
    """After the last attempt, mark the deferred reports as failed, and those that were not tried."""
    async with context.service.db.tenant(context.tenant_id) as connection:
        await give_up_deferred(connection, context.tenant_id, context.job_id)
        for rep in work.not_tried:
            await record_delivery(connection, work.run.sending, uuid4(), rep, "failed", work.away)
    work.endings["failed"] += work.endings.pop("deferred", 0) + len(work.not_tried)


class _SendingRun:
    """The reports of a run, sent over several connections until all are sent or the job must stop."""

    def __init__(
        self, context: JobContext, run: ReportRun, reps: Iterator[Rep], done: int, total: int, endings: Counter[str]
    ) -> None:
        self.context = context
        self.run = run
        self.reps = reps
        self.done = done
        self.total = total
        self.endings = endings
        self.away = ""
        self.not_tried: list[Rep] = []
        self._stop: BaseException | None = None

    async def send_all(self) -> None:
        """Send all reports. A report that is being sent is finished even if the job stops.

        Raises:
            JobCancelled, JobHandedBack: raised by `JobContext.progress`.
        """
        await self.report_progress()
        await asyncio.gather(*(self._send_over_connection() for _ in range(min(CONNECTIONS, self.total - self.done))))
        self.not_tried += self.reps if self.away else []
        if self._stop is not None:
            raise self._stop

    async def _send_over_connection(self) -> None:
        carrier = self.run.route.carrier()
        try:
            while self._stop is None and not self.away and (rep := next(self.reps, None)) is not None:
                await self._send_one(rep, carrier)
        except Exception as error:  # noqa: BLE001 -- raised later, so that the other connections finish their reports
            self._stop = error
        finally:
            await carrier.close()

    async def _send_one(self, rep: Rep, carrier: Carrier) -> None:
        try:
            ending = await send_report(self.run, rep, carrier)
        except ServerAway as away:
            self.away = str(away)
            self.not_tried.append(rep)
            return
        self.endings[ending] += 1
        self.done += 1
        logger.info("report {} of {} to {}: {}", self.run.sending.report_date, rep.branch_code, rep.email, ending)
        if self.done % _PROGRESS_EVERY == 0:
            await self.report_progress()

    async def report_progress(self) -> None:
        """Publish the progress and the counts by outcome."""
        self.context.counts = {ending: number for ending, number in sorted(self.endings.items()) if number}
        if self.run.route.address is None:
            self.context.counts["without_mail_server"] = self.endings["written"]
        await self.context.progress(self.done, self.total)


SEND_REPORTS = JobKind(SEND_REPORTS_KIND, run_send_reports, MOST_ATTEMPTS)
