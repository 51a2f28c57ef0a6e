"""The closed loop over HTTP: follow-ups, purchases after them, and the answer."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from common.clock import now
from common.events.contracts.email_delivery_changed import DeliveryChanged
from tests.analytics_service import shop
from tests.analytics_service.conftest import Service
from tests.analytics_service.reference import Row

PATH = "/analytics/tasks/recovery"
FIGURES = {"tasks", "recovered", "recovery_rate", "revenue"}
ONE_DAY = timedelta(days=1)


def today(rows: list[Row], minutes: float = 0) -> list[Row]:
    """Return the rows moved in time, as if the shop had opened two hours ago."""
    opened = now() - timedelta(hours=2)
    return [replace(row, ts=opened + (row.ts - shop.MORNING) + timedelta(minutes=minutes)) for row in rows]


async def work(service: Service, kind: str, who: str = "manager", **change: Any) -> str:
    """Work the only task of a kind and return its key."""
    days = {"start_date": str(now().date() - ONE_DAY), "end_date": str(now().date()), "status": "all"}
    (task,) = (await service.get(f"/analytics/tasks/{kind}", **days)).json()["data"]
    path = f"/analytics/tasks/{kind}/{task['task_key']}"
    answer = await service.client.patch(path, json=change, headers=service.people[who].headers)
    assert answer.status_code == 200, answer.text
    return task["task_key"]


async def at_rest(service: Service) -> None:
    """Wait until nothing waits to be refreshed."""
    waits = "select exists (select from analytics.dirty_key where tenant_id = $1)"
    while await service.stored.writer.fetchval(waits, service.tenant_id):
        pass


async def recovery(service: Service, who: str = "admin", **params: Any) -> dict[str, Any]:
    days = {"start_date": str(now().date() - ONE_DAY), "end_date": str(now().date())}
    await at_rest(service)
    answer = await service.get(PATH, who, **{**days, **params})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def report(service: Service, sent_at: datetime, tasks: list[tuple[str, str, int]], percent: int = 0) -> None:
    """Store a report of branch N with tasks (kind, device, customer number); number 0 is held out."""
    writer, delivery_id = service.stored.writer, uuid4()
    await writer.execute(
        "insert into email.delivery (tenant_id, delivery_id, job_id, report_date, branch_code, branch_name,"
        " sales_rep_name, sales_rep_email, is_forced, route, status, as_of, created_at, hold_out_pct)"
        " values ($1, $2, gen_random_uuid(), $3::timestamptz::date, 'N', 'N', 'Kim', 'Kim@x.example', false, 'smtp',"
        " 'sent', $3, $3, $4)",
        *(service.tenant_id, delivery_id, sent_at, percent),
    )
    await writer.executemany(
        "insert into email.report_task (tenant_id, delivery_id, task_no, customer_no, kind, task_key, user_key,"
        " last_activity_at, task, user_pseudo_id, is_held_out) values ($1, $2, $3, $4, $5, $6, $7, $8, '{}', $7, $9)",
        [
            (service.tenant_id, delivery_id, n, number, kind, uuid4().hex, device, sent_at, number == 0)
            for n, (kind, device, number) in enumerate(tasks, 1)
        ],
    )
    await service.publish(DeliveryChanged(delivery_id=delivery_id))
    known = (
        "select exists (select from analytics.follow_up f inner join email.report_task r"
        " on r.tenant_id = f.tenant_id and r.task_key = f.task_key where r.delivery_id = $1)"
    )
    while not await writer.fetchval(known, delivery_id):
        pass


async def test_purchases_after_worked_tasks_are_counted_by_branch_rep_reason_and_day(service: Service) -> None:
    await service.stored.writer.execute(
        "insert into email.branch_rep (tenant_id, branch_code, branch_name, sales_rep_name, sales_rep_email)"
        " values ($1, 'N', 'N', 'Ann Lee', $2)",
        *(service.tenant_id, service.people["rep of N"].email.upper()),
    )
    await service.record(today([*shop.an_open_cart(), *shop.a_failed_search()]))
    await work(service, "search-analysis", status="not_reached")
    await work(service, "cart-abandonment", "rep of N", status="done", note="will order")
    # A task that is opened again still counts as worked, by the rep who worked it first.
    await work(service, "search-analysis", "rep of N", note="a word", status="open")
    # The purchase is in the session of the cart, so the cart task no longer exists.
    await service.record(today(shop.a_purchase(user_id="bob", device="cart", session="c1"), minutes=121))

    answer = await recovery(service)
    cart = {"tasks": 1, "recovered": 1, "recovery_rate": 100.0, "revenue": 20.5}
    both = {"tasks": 2, "recovered": 1, "recovery_rate": 50.0, "revenue": 20.5}
    nothing = {"tasks": 0, "recovered": 0, "recovery_rate": 0, "revenue": 0}
    rep, manager = service.people["rep of N"].email.lower(), service.people["manager"].email.lower()
    assert answer["totals"] == both
    assert answer["by_branch"] == [{"location_id": "N", "location_name": "N", **both}]
    assert answer["by_rep"] == [
        {"sales_rep_email": rep, "sales_rep_name": "Ann Lee", **cart},
        {"sales_rep_email": manager, "sales_rep_name": None, **nothing, "tasks": 1},
    ]
    assert answer["by_reason"] == [
        {"reason": "cart-abandonment", **cart},
        {"reason": "search-analysis", **nothing, "tasks": 1},
        {"reason": "repeat-visits", **nothing},
    ]
    assert [set(day) for day in answer["daily"]] == [FIGURES | {"dt"}] * 2
    assert sum(day["revenue"] for day in answer["daily"]) == 20.5
    assert (answer["hold_out"], answer["currency"]) == (None, "USD")
    assert answer["unconverted"] == {"rows": 0, "by_currency": {}, "days": []}
    # The default range is the last thirty whole days.
    assert len((await service.get(PATH)).json()["daily"]) == 30


async def test_reports_count_from_the_email_and_are_compared_with_held_out_customers(service: Service) -> None:
    monday = datetime(2024, 4, 30, 12, tzinfo=UTC)
    emailed = [("cart-abandonment", f"e{n}", n) for n in range(1, 41)]
    await report(service, monday, [*emailed, *[("search-analysis", f"h{n}", 0) for n in range(35)]], percent=40)
    after = (monday - shop.MORNING).total_seconds() / 60
    bought = [f"e{n}" for n in range(1, 11)] + ["h1"]
    rows = [
        row
        for n, device in enumerate(bought)
        for row in shop.a_purchase(f"T{n}", minutes=after + 1 + n, device=device, user_id=None, location_id="S")
    ]
    too_late = shop.a_purchase("late", minutes=after + 14 * 24 * 60 + 0.1, device="e20", user_id=None)
    foreign = shop.a_purchase("EUR", minutes=after + 99, device="e30", user_id=None, currency="EUR", value="9")
    await service.record([*rows, *too_late, *foreign])

    days = {"start_date": "2024-04-30", "end_date": "2024-04-30"}
    answer = await recovery(service, **days)
    assert answer["totals"] == {"tasks": 40, "recovered": 11, "recovery_rate": 27.5, "revenue": 205}
    assert answer["unconverted"] == {"rows": 1, "by_currency": {"EUR": 9}, "days": ["2024-04-30"]}
    assert answer["by_rep"][0]["sales_rep_email"] == "kim@x.example"
    lift = answer["hold_out"].pop("lift")
    assert answer["hold_out"] == {
        "share_pct": 46.7,
        "emailed": {"customers": 40, "tasks": 40, "recovered": 11, "rate": 27.5},
        "held_out": {"customers": 35, "tasks": 35, "recovered": 1, "rate": 2.9},
    }
    assert lift["points"] == 24.6
    assert 5 < lift["low"] < 15
    assert 35 < lift["high"] < 45
    # A rep of the branch gets the same, though the purchase was at another branch; other tenants get nothing.
    rep = await recovery(service, "rep of N", **days)
    assert (rep["totals"], rep["hold_out"]["held_out"]["tasks"]) == (answer["totals"], 35)
    assert (await service.get(PATH, "rep of N", **days, location_id="S")).status_code == 403
    other_tenant = await recovery(service, "stranger", **days)
    assert (other_tenant["totals"]["tasks"], other_tenant["by_branch"], other_tenant["hold_out"]) == (0, [], None)
    assert (await service.client.get(PATH)).status_code == 401
    kept = (await service.get(PATH, **days)).headers["etag"]
    headers = {**service.people["admin"].headers, "If-None-Match": kept}
    assert (await service.client.get(PATH, params=days, headers=headers)).status_code == 304
    for wrong in ({"start_date": "2024-05-02", "end_date": "2024-05-01"}, {"end_date": "x"}, {"location_id": "\0"}):
        refused = await service.get(PATH, **wrong)
        assert (refused.status_code, bool(refused.json()["errors"])) == (422, True)
