"""Customers who are left out of the reports, so that a tenant sees what the reports bring about."""

from uuid import UUID, uuid4

import httpx
import pytest

from common.testing.people import Person
from common.testing.smtp import SmtpSink
from services.email_service.domain.hold_out import HoldOut
from tests.email_service.conftest import Reports
from tests.email_service.links import html_of, text_of
from tests.email_service.shop import DAY, Shop

pytestmark = pytest.mark.asyncio(loop_scope="module")
PATH = "/analytics/email/config"
SNAPSHOT = (
    "select r.kind, r.user_key, r.customer_no, r.user_pseudo_id, r.user_id, r.is_held_out, r.is_first"
    " from email.report_task r join email.delivery d using (tenant_id, delivery_id) order by d.created_at, r.task_no"
)


async def hold_out(shop: Shop, monkeypatch: pytest.MonkeyPatch, *customers: str) -> None:
    """Have these customers held out, whatever their hashes are."""

    def has(_hold_out: HoldOut, user_key: str) -> bool:
        return user_key in customers

    monkeypatch.setattr(HoldOut, "has", has)
    await shop.writer.execute(
        "insert into email.report_setting (tenant_id, hold_out_pct) values ($1, 20)", shop.tenant_id
    )


async def test_it_is_off_until_an_admin_sets_a_share_with_or_without_a_mail_server(
    email: httpx.AsyncClient, admin: Person, shop: Shop
) -> None:
    async def share() -> int:
        return (await email.get(PATH, headers=admin.headers)).json()["hold_out_pct"]

    async def set_to(**body: object) -> httpx.Response:
        return await email.post(PATH, json=body, headers=admin.headers)

    assert await share() == 0
    alone = await set_to(hold_out_pct=15)
    assert (alone.status_code, alone.json()["source"], await share()) == (200, "default", 15)
    server = {"server": "8.8.8.8", "port": 25, "from_address": "r@x.example"}
    assert (await set_to(**server)).json()["hold_out_pct"] == 15
    assert (await set_to(hold_out_pct=0)).json()["server"] == "8.8.8.8"
    assert (await set_to(**server, hold_out_pct=50)).json()["hold_out_pct"] == 50
    wrong = [{"hold_out_pct": 51}, {"hold_out_pct": -1}, {"hold_out_pct": 1.5}, {}, {"hold_out_pct": None}]
    answers = [await set_to(**body) for body in [*wrong, {"hold_out_pct": 5, "server": "8.8.8.8"}]]
    assert [answer.status_code for answer in answers] == [422] * 6
    named = [[error["field"] for error in answer.json()["errors"]] for answer in answers]
    assert named == [["hold_out_pct"]] * 3 + [["server", "from_address"]] * 2 + [["from_address"]]
    assert await share() == 50
    told = [row[0] for row in await shop.writer.fetch("select o::text from email.outbox o")]
    assert sum("hold-out.changed" in entry for entry in told) == 3


async def test_a_held_out_customers_calls_are_left_out_and_kept_and_orders_are_told(
    reports: Reports, shop: Shop, smtp_sink: SmtpSink, monkeypatch: pytest.MonkeyPatch, email: httpx.AsyncClient
) -> None:
    await shop.failed_search("u323", shop.at("16:00"), "elbow")
    await shop.cart("u9", shop.at("12:30"), [("Product 001", 2, 82.06)])
    for user, term in (("u323", "valve"), ("u503", "joint")):
        await shop.failed_search(user, shop.at("16:30"), term)
    await shop.refresh()
    await hold_out(shop, monkeypatch, "u374", "u323", "u9")
    # (of both sides one that was done before any report: it is kept with what there was to tell)
    await shop.writer.execute(
        "insert into analytics.task_status (tenant_id, kind, task_key, status, worked_by, worked_at, first_worked_at)"
        " select tenant_id, 'search-analysis', task_key, 'done', 'kim', now(), now()"
        " from analytics.session_search where search_term in ('valve', 'joint')"
    )
    job = await reports.send()

    [mail] = await smtp_sink.wait_for(1)
    assert job["counts"] == {"sent": 1}
    assert mail.message["Subject"] == "1 to call · Omaha · Mon, Apr 29"
    text, html = " ".join(text_of(mail).split()), html_of(mail)
    for fact in (
        "1. Delta Electric 503",
        "Anchor Supply 323",
        "$136.59 from 1 order",
        "0 failed searches",
        "0 open carts",
    ):
        assert fact in text
    assert "Summit" not in html
    assert not any(term in html for term in ("elbow", "valve", "joint"))
    # Who cannot be reached is not called anyway, and is in neither group.
    assert "Not listed, because no contact is known: 1 cart" in text
    rows = [tuple(row) for row in await shop.writer.fetch(SNAPSHOT)]
    assert [(row[0], row[1], row[2], row[5]) for row in rows] == [
        ("repeat-visits", "u503", 1, False),
        ("purchases", "u323", 2, False),
        ("search-analysis", "u323", 0, True),
        ("cart-abandonment", "u374", 0, True),
        ("search-analysis", "u374", 0, True),
        ("repeat-visits", "u374", 0, True),
        ("search-analysis", "u323", 0, True),
        ("search-analysis", "u503", 0, False),
    ]
    assert all(row[3] and row[4] == row[1] for row in rows)
    assert [row[6] for row in rows] == [True] * 6 + [False] * 2
    [entry] = await reports.history()
    assert (entry["customers"], entry["tasks"]) == (1, 2)
    assert await shop.writer.fetchval("select hold_out_pct from email.delivery") == 20
    # What is behind the links says no more than the email.
    token = next(part for part in html.split('"') if "/email/t/" in part).rpartition("/")[2]
    page = await email.get(f"/email/t/{token}")
    assert page.status_code == 200
    assert "Summit" not in page.text
    preview = {"branch_code": "D07", "report_date": str(DAY)}
    assert "Summit" not in (await email.get("/analytics/email/preview", params=preview, headers=reports.headers)).text


async def test_a_report_of_held_out_customers_only_is_not_sent_and_is_kept(
    reports: Reports, shop: Shop, smtp_sink: SmtpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    await shop.writer.execute("delete from analytics.sale")
    await hold_out(shop, monkeypatch, "u374", "u503")
    job = await reports.send()

    assert (job["counts"], smtp_sink.mails) == ({"nothing_to_report": 1}, [])
    assert "held out" in (await reports.history())[0]["detail"]
    rows = [tuple(row) for row in await shop.writer.fetch(SNAPSHOT)]
    assert {(row[1], row[2], row[5]) for row in rows} == {("u374", 0, True), ("u503", 0, True)}
    assert len(rows) == 4


async def test_a_task_is_first_where_it_was_neither_worked_nor_told_more_than_a_day_before(
    reports: Reports, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    await shop.failed_search("u323", shop.at("16:00"), "elbow")
    await shop.refresh()
    await hold_out(shop, monkeypatch, "u374")
    await shop.writer.execute(
        "insert into analytics.task_status (tenant_id, kind, task_key, status, worked_by, worked_at, first_worked_at)"
        " select tenant_id, 'search-analysis', task_key, 'not_reached', 'kim', now(), now()"
        " from analytics.session_search where u = 'u323'"
    )

    async def last_firsts() -> dict[tuple[str, str], bool]:
        rows = await shop.writer.fetch(SNAPSHOT)
        return {(row["user_key"], row["kind"]): row["is_first"] for row in rows if row["kind"] != "purchases"}

    await reports.send()
    worked = ("u323", "search-analysis")
    assert [task for task, is_first in (await last_firsts()).items() if not is_first] == [worked]
    await reports.send(force=True)
    assert [task for task, is_first in (await last_firsts()).items() if not is_first] == [worked]
    await shop.writer.execute("update email.delivery set created_at = created_at - interval '25 hours'")
    # Held out is not told: who was, is told for the first time once the share is taken back.
    await shop.writer.execute("delete from email.report_setting")
    await reports.send(force=True)
    assert {task for task, is_first in (await last_firsts()).items() if is_first} == {
        ("u374", kind) for kind in ("cart-abandonment", "search-analysis", "repeat-visits")
    }


async def test_a_customer_is_on_the_same_side_every_day_and_stays_held_out_where_the_share_grows() -> None:
    tenants = UUID(int=1), uuid4()
    keys = [f"user {n}" for n in range(4000)]
    for tenant_id in tenants:
        sides = {percent: {key for key in keys if HoldOut(tenant_id, percent).has(key)} for percent in (0, 10, 50)}
        assert sides[0] == set()
        assert sides[10] < sides[50]
        assert 300 < len(sides[10]) < 500
        assert 1800 < len(sides[50]) < 2200
    first, second = ({key for key in keys if HoldOut(tenant_id, 50).has(key)} for tenant_id in tenants)
    assert 800 < len(first & second) < 1200
    # (in every release too: else customers would change sides in the middle)
    pinned = {key: HoldOut(UUID(int=1), 50).has(key) for key in ("a", "b", "c", "d", "e", "ü", "שלום")}
    assert [key for key, is_held_out in pinned.items() if not is_held_out] == ["b"]
