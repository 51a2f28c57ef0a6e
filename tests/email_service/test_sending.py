"""What arrives at a real SMTP server, and what history says of it."""

from collections.abc import Callable
from typing import Any

import asyncpg
import httpx
import pytest

from common.erased_people import erased_hash
from common.settings import Settings
from common.testing.cluster import MigratedDatabase
from common.testing.people import Person, add_person
from common.testing.smtp import SmtpSink
from tests.email_service.conftest import Reports
from tests.email_service.links import html_of, text_of
from tests.email_service.shop import DAY, Shop, fill_omaha, open_shop

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_report_arrives_with_both_parts_and_its_headers(reports: Reports, smtp_sink: SmtpSink) -> None:
    job = await reports.send()

    [mail] = await smtp_sink.wait_for(1)
    assert job["status"] == "completed"
    assert job["counts"] == {"sent": 1}
    assert mail.recipients == ["kim@northline.example"]
    assert mail.message["Subject"] == "2 to call · Omaha · Mon, Apr 29"
    assert mail.message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail.message["List-Unsubscribe"].startswith("<https://app.example/email/unsubscribe/")
    kinds = [part.get_content_type() for part in mail.message.iter_parts()]
    assert kinds == ["text/plain", "text/html"]


async def test_the_report_tells_what_the_events_say(reports: Reports, smtp_sink: SmtpSink) -> None:
    await reports.send()
    [mail] = await smtp_sink.wait_for(1)

    text, html = " ".join(text_of(mail).split()), html_of(mail)
    for fact in (
        "2 customers to call",
        "$53.07 in 1 open cart",
        "1 failed search",
        "$136.59 from 1 order",
        "1. Summit <Mechanical> & Sons $53.07",
        "Left 1 product in the cart after searching “ball valve” without a result and has not ordered since.",
        "2. Delta Electric 503 Repeat visits · Mon 4:22 PM",
        "Visited twice in 14 days and looked at 3 products without ordering. Visits: Apr 26 and 29",
        "Ordered 2 products. No call needed.",
        "Not listed, because no contact is known: 1 cart worth $164.12.",
    ):
        assert fact in text
    assert 'href="tel:+15550187"' in html
    assert "Summit &lt;Mechanical&gt; &amp; Sons" in html
    assert len(html.encode()) <= 100_000


async def test_history_tells_every_single_send(reports: Reports) -> None:
    job = await reports.send()

    [entry] = await reports.history()
    assert entry["status"] == "sent"
    assert entry["job_id"] == job["job_id"]
    assert (entry["branch_code"], entry["sales_rep_email"]) == ("D07", "kim@northline.example")
    assert entry["subject"] == "2 to call · Omaha · Mon, Apr 29"
    assert entry["tasks"] == 5
    assert entry["sent_at"].endswith("Z")


async def test_the_snapshot_keeps_each_task_with_its_values(reports: Reports, shop: Shop) -> None:
    await reports.send()

    rows = await shop.writer.fetch("select kind, user_key, customer_no, value from email.report_task order by task_no")
    assert [(row["kind"], row["user_key"], row["customer_no"]) for row in rows] == [
        ("cart-abandonment", "u374", 1),
        ("search-analysis", "u374", 1),
        ("repeat-visits", "u374", 1),
        ("repeat-visits", "u503", 2),
        ("purchases", "u323", 3),
    ]
    assert [str(row["value"]) for row in rows if row["value"] is not None] == ["53.07", "136.59"]


async def test_who_is_erased_after_the_tasks_were_read_is_not_written_down(
    reports: Reports, shop: Shop, settings: Settings
) -> None:
    # One is being erased, of the other nothing is left but the hash.
    for user_id, at_work in (("u374", "u374"), ("u323", None)):
        await shop.writer.execute(
            "insert into data.erasure (tenant_id, erasure_id, user_hash, user_id)"
            " values ($1, gen_random_uuid(), $2, $3)",
            *(shop.tenant_id, erased_hash(settings, shop.tenant_id, user_id), at_work),
        )
    await reports.send()

    rows = await shop.writer.fetch("select user_key, customer_no from email.report_task")
    assert [tuple(row) for row in rows] == [("u503", 2)]
    links = await shop.writer.fetch("select customer_no from email.link where purpose = 'customer'")
    assert [row[0] for row in links] == [2]


async def test_a_report_goes_out_once_unless_it_is_forced(reports: Reports, smtp_sink: SmtpSink) -> None:
    first = await reports.send()
    second = await reports.send()
    forced = await reports.send(force=True)

    mails = await smtp_sink.wait_for(2)
    assert (first["counts"], second["counts"], forced["counts"]) == ({"sent": 1}, {"skipped": 1}, {"sent": 1})
    assert len(mails) == 2
    assert mails[0].message["Message-ID"] != mails[1].message["Message-ID"]
    assert [entry["forced"] for entry in await reports.history()] == [True, False]


async def test_two_jobs_at_once_send_one_report(reports: Reports, smtp_sink: SmtpSink) -> None:
    jobs = [await reports.start() for _ in range(3)]
    counts = [(await reports.ended(job))["counts"] for job in jobs]

    assert sorted(str(count) for count in counts) == ["{'sent': 1}", "{'skipped': 1}", "{'skipped': 1}"]
    assert len(smtp_sink.mails) == 1


async def test_nothing_to_report_sends_nothing_and_says_so(reports: Reports, smtp_sink: SmtpSink) -> None:
    job = await reports.send(report_date="2024-04-02")

    [entry] = await reports.history()
    assert job["counts"] == {"nothing_to_report": 1}
    assert entry["status"] == "nothing_to_report"
    assert smtp_sink.mails == []


async def test_a_rep_who_is_switched_off_gets_nothing(reports: Reports, shop: Shop, smtp_sink: SmtpSink) -> None:
    await shop.rep("D07", "Omaha", "ann@northline.example", enabled=False)
    job = await reports.send()

    assert job["counts"] == {"sent": 1}
    assert [mail.recipients for mail in smtp_sink.mails] == [["kim@northline.example"]]


async def test_where_nobody_is_mapped_a_send_says_so(email: httpx.AsyncClient, admin: Person, shop: Shop) -> None:
    await shop.writer.execute("update email.branch_rep set is_enabled = false")
    body = {"report_date": str(DAY)}
    answer = await email.post("/analytics/email/send-reports", json=body, headers=admin.headers)

    assert answer.status_code == 422
    assert answer.json()["type"] == "urn:branchwise:problem:nobody-mapped"
    assert "map branches to reps first" in answer.json()["detail"]


async def test_what_is_done_is_not_told_again(reports: Reports, shop: Shop, smtp_sink: SmtpSink) -> None:
    await reports.send()
    await shop.writer.execute(
        "insert into analytics.task_status (tenant_id, kind, task_key, status, worked_by, worked_at)"
        " select tenant_id, kind, task_key, 'done', 'kim', now() from email.report_task where user_key = 'u503'"
    )
    await reports.send(force=True)

    mails = await smtp_sink.wait_for(2)
    assert "Delta Electric 503" in html_of(mails[0])
    assert "Delta Electric 503" not in html_of(mails[1])


async def test_a_refused_recipient_is_told_with_the_servers_words(
    reports: Reports, shop: Shop, smtp_sink: SmtpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*arguments: Any) -> str:
        envelope, address = arguments[2], arguments[3]
        if address.startswith("gone"):
            return "550 5.1.1 no such person"
        envelope.rcpt_tos.append(address)
        return "250 ok"

    monkeypatch.setattr(smtp_sink, "handle_RCPT", refuse, raising=False)
    await shop.rep("D07", "Omaha", "gone@northline.example")
    job = await reports.send()

    by_rep = {entry["sales_rep_email"]: entry for entry in await reports.history()}
    assert job["counts"] == {"refused": 1, "sent": 1}
    assert by_rep["gone@northline.example"]["status"] == "refused"
    assert "no such person" in by_rep["gone@northline.example"]["detail"]
    assert by_rep["kim@northline.example"]["status"] == "sent"


async def test_a_server_that_is_busy_is_tried_again(
    reports: Reports, smtp_sink: SmtpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter(["451 4.3.0 busy, come back"])
    kept = smtp_sink.handle_DATA

    async def busy_once(*arguments: Any) -> str:
        return next(answers, None) or await kept(*arguments)

    monkeypatch.setattr(smtp_sink, "handle_DATA", busy_once)
    job = await reports.send()

    assert job["counts"] == {"sent": 1}
    assert [entry["status"] for entry in await reports.history()] == ["sent"]
    assert len(smtp_sink.mails) == 1


async def test_a_server_that_never_comes_back_fails_the_job_and_history_says_why(
    reports: Reports, email: httpx.AsyncClient, let_in: Callable[[int], int], held_port: int
) -> None:
    nobody = {"server": "127.0.0.1", "port": let_in(held_port), "from_address": "r@x.example", "use_tls": False}
    await email.post("/analytics/email/config", json=nobody, headers=reports.headers)
    job = await reports.send()

    [entry] = await reports.history()
    assert job["status"] == "failed"
    assert "connect" in job["error"].lower()
    assert job["counts"] == {"failed": 1}
    assert entry["status"] == "failed"
    assert "connect" in entry["detail"].lower()


async def test_one_tenants_reports_and_history_are_its_own(
    reports: Reports, email: httpx.AsyncClient, database: MigratedDatabase, smtp_sink: SmtpSink
) -> None:
    async with open_shop(database, "Southline Supply") as other:
        await fill_omaha(other)
        stranger = Reports(email, await add_person(database.superuser_dsn, other.tenant_id, "manager"))
        job = await reports.send()
        theirs = await stranger.history()
        seen = await email.get(f"/analytics/email/jobs/{job['job_id']}", headers=stranger.headers)
        await stranger.send()

    assert theirs == []
    assert seen.status_code == 404
    mails = await smtp_sink.wait_for(2)
    assert "Northline Supply" in html_of(mails[0])
    assert "Southline Supply" in html_of(mails[1])
    assert "Northline" not in html_of(mails[1]).replace("northline.example", "")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"report_date": "2999-01-01"}, "report_date"),
        ({"report_date": "2024-02-30"}, "report_date"),
        ({"report_date": str(DAY), "branch_codes": ["D99"]}, "branch_codes"),
        ({"report_date": str(DAY), "branch_codes": "D07"}, "branch_codes"),
    ],
)
async def test_a_send_that_makes_no_sense_is_refused_by_name(
    email: httpx.AsyncClient, admin: Person, body: dict[str, Any], field: str
) -> None:
    answer = await email.post("/analytics/email/send-reports", json=body, headers=admin.headers)

    assert answer.status_code == 422
    assert field in [error["field"] for error in answer.json()["errors"]]


async def test_every_table_is_fenced(database: MigratedDatabase, reports: Reports) -> None:
    await reports.send()
    connection = await asyncpg.connect(database.settings.dsn("email"))
    tables = ["branch_rep", "delivery", "report_task", "link", "task_action", "opt_out", "smtp_config"]
    try:
        seen = {table: await connection.fetchval(f"select count(*) from email.{table}") for table in tables}
    finally:
        await connection.close()

    assert seen == dict.fromkeys(tables, 0)
