"""Working tasks: over HTTP, and on the page that a link in a report opens."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest

from common.clock import now
from common.events.contracts.email_task_worked import TaskWorked
from tests.analytics_service import shop
from tests.analytics_service.conftest import Service

DAY = {"start_date": "2024-04-28", "end_date": "2024-04-29"}
KINDS = ["purchases", "cart-abandonment", "search-analysis", "repeat-visits"]


async def tasks(service: Service, kind: str, **params: Any) -> list[dict[str, Any]]:
    return (await service.get(f"/analytics/tasks/{kind}", **{**DAY, **params})).json()["data"]


async def work(service: Service, kind: str, key: str, who: str = "manager", **change: Any) -> httpx.Response:
    headers = service.people[who].headers
    return await service.client.patch(f"/analytics/tasks/{kind}/{key}", json=change, headers=headers)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_task_that_is_done_leaves_the_list_and_is_found_by_its_status(service: Service, kind: str) -> None:
    await service.record(shop.a_day())
    (task,) = await tasks(service, kind)
    answer = await work(service, kind, task["task_key"], status="done", note="called")
    assert answer.status_code == 200, answer.text
    assert answer.json()["worked_by"] == service.people["manager"].email
    assert await tasks(service, kind) == []
    (done,) = await tasks(service, kind, status="done")
    assert (done["task_key"], done["status"], done["note"]) == (task["task_key"], "done", "called")
    assert len(await tasks(service, kind, status="all")) == 1


async def test_a_snoozed_task_comes_back_on_its_day(service: Service) -> None:
    await service.record(shop.an_open_cart())
    (task,) = await tasks(service, "cart-abandonment")
    tomorrow, yesterday = (str((now() + timedelta(days=n)).date()) for n in (2, -2))
    await work(service, "cart-abandonment", task["task_key"], status="snoozed", snooze_until=tomorrow)
    assert await tasks(service, "cart-abandonment") == []
    assert len(await tasks(service, "cart-abandonment", status="snoozed")) == 1
    await work(service, "cart-abandonment", task["task_key"], snooze_until=yesterday)
    (due,) = await tasks(service, "cart-abandonment")
    assert (due["status"], due["snooze_until"]) == ("snoozed", yesterday)


async def test_a_note_alone_leaves_the_status(service: Service) -> None:
    await service.record(shop.an_open_cart())
    (task,) = await tasks(service, "cart-abandonment")
    await work(service, "cart-abandonment", task["task_key"], status="not_reached")
    answer = await work(service, "cart-abandonment", task["task_key"], note="mailbox full")
    assert (answer.json()["status"], answer.json()["note"]) == ("not_reached", "mailbox full")


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"status": "lost"},
        {"status": None},
        {"status": "snoozed"},
        {"status": "done", "snooze_until": "2024-05-01"},
        {"snooze_until": "2024-02-30", "status": "snoozed"},
        {"status": "done", "note": "a\0b"},
        {"status": "done", "task_key": "x"},
    ],
)
async def test_an_invalid_change_is_refused(service: Service, change: dict[str, Any]) -> None:
    await service.record(shop.an_open_cart())
    (task,) = await tasks(service, "cart-abandonment")
    answer = await work(service, "cart-abandonment", task["task_key"], **change)
    assert answer.status_code == 422, answer.text
    assert (await tasks(service, "cart-abandonment"))[0]["status"] == "open"


async def test_a_task_that_does_not_exist_is_not_found(service: Service) -> None:
    await service.record(shop.an_open_cart())
    (task,) = await tasks(service, "cart-abandonment")
    assert (await work(service, "purchases", task["task_key"], status="done")).status_code == 404
    assert (await work(service, "carts", task["task_key"], status="done")).status_code == 404
    assert (await work(service, "cart-abandonment", "nothing", status="done")).status_code == 404
    assert (await work(service, "cart-abandonment", task["task_key"], "stranger", status="done")).status_code == 404


async def test_reps_and_analysts_work_only_their_own_branches(service: Service) -> None:
    here = shop.an_open_cart()
    there = shop.a_purchase(location_id="S")
    await service.record([*here, *there])
    (mine,) = await tasks(service, "cart-abandonment")
    (theirs,) = await tasks(service, "purchases")
    assert (await work(service, "cart-abandonment", mine["task_key"], "rep of N", status="done")).status_code == 200
    assert (await work(service, "purchases", theirs["task_key"], "rep of N", status="done")).status_code == 404
    assert (await work(service, "purchases", theirs["task_key"], "analyst", status="done")).status_code == 403
    assert (await work(service, "purchases", theirs["task_key"], "manager", status="done")).status_code == 200


async def until_status(service: Service, wanted: str) -> dict[str, Any]:
    """Wait until the cart has this status and return it; the test's time limit ends the wait."""
    while True:
        (task,) = await tasks(service, "cart-abandonment", status="all")
        if task["status"] == wanted:
            return task


async def test_a_click_in_a_report_shows_in_the_list(service: Service) -> None:
    await service.record(shop.an_open_cart())
    (task,) = await tasks(service, "cart-abandonment")
    clicked = TaskWorked(
        kind="cart-abandonment",
        task_key=task["task_key"],
        status="snoozed",
        snooze_until=date(2030, 1, 1),
        worked_by="rep@example.com",
        worked_at=datetime(2024, 5, 1, tzinfo=UTC),
    )
    await service.publish(clicked)
    assert (await until_status(service, "snoozed"))["snooze_until"] == "2030-01-01"


async def test_of_two_changes_the_later_one_remains_whichever_arrives_last(service: Service) -> None:
    await service.record(shop.an_open_cart())
    (task,) = await tasks(service, "cart-abandonment")
    base: dict[str, Any] = {"kind": "cart-abandonment", "task_key": task["task_key"], "worked_by": "rep@example.com"}
    await work(service, "cart-abandonment", task["task_key"], status="not_reached")
    await service.publish(TaskWorked(**base, status="done", worked_at=now() - timedelta(minutes=1)))
    await service.publish(
        TaskWorked(**base, status="dismissed", note="Not mine", worked_at=now() + timedelta(minutes=1))
    )
    assert (await until_status(service, "dismissed"))["note"] == "Not mine"
    stored = await service.stored.writer.fetch("select status from analytics.task_status")
    assert [row["status"] for row in stored] == ["dismissed"]
