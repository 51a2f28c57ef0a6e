"""The task lists over HTTP."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from common.events.contracts.data_users_changed import UsersChanged
from tests.analytics_service import shop
from tests.analytics_service.conftest import Service

DAY = {"start_date": "2024-04-28", "end_date": "2024-04-29"}
SHARED = {
    "task_key", "kind", "location_id", "location_name", "user", "value", "currency", "status", "note", "snooze_until",
    "last_activity_at",
}  # fmt: skip
OWN = {
    "purchases": {"transaction_id", "items"},
    "cart-abandonment": {"session_id", "items"},
    "search-analysis": {"session_id", "search_term", "searches", "no_result_searches", "outcome"},
    "repeat-visits": {"session_id", "sessions", "page_views", "products_viewed", "top_products"},
}


async def listed(service: Service, kind: str, who: str = "admin", **params: Any) -> dict[str, Any]:
    answer = await service.get(f"/analytics/tasks/{kind}", who, **{**DAY, **params})
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize("kind", list(OWN))
async def test_each_list_shows_its_task_with_the_contracts_fields(service: Service, kind: str) -> None:
    await service.record(shop.a_day())
    page = await listed(service, kind)
    assert {key: page[key] for key in ("total", "page", "limit", "has_more")} == {
        "total": 1, "page": 1, "limit": 50, "has_more": False,
    }  # fmt: skip
    (task,) = page["data"]
    assert set(task) == SHARED | OWN[kind]
    assert set(task["user"]) == {"user_id", "user_pseudo_id", "company", "email", "cell_phone", "office_phone"}
    assert (task["kind"], task["status"], task["location_id"]) == (kind, "open", "N")


async def test_an_open_cart_has_its_open_lines_and_their_value(service: Service) -> None:
    await service.record(shop.an_open_cart())
    page = await listed(service, "cart-abandonment")
    (task,) = page["data"]
    assert task["items"] == [
        {"item_id": "P2", "item_name": "Product P2", "quantity": 3, "price": 5, "value": 15},
        {"item_id": "P3", "item_name": "Product P3", "quantity": 1, "price": 1, "value": 1},
    ]
    assert (task["value"], page["total_value"], task["currency"]) == (16, 16, "USD")
    assert task["user"]["user_id"] == "bob"
    assert task["last_activity_at"] == "2024-04-29T14:10:00Z"


async def test_a_new_home_location_is_in_the_answers_once_its_batch_is_published(service: Service) -> None:
    await service.record(shop.an_open_cart(location_id=None))
    assert (await listed(service, "cart-abandonment"))["data"][0]["location_id"] is None
    await service.stored.writer.execute(
        "insert into data.users (tenant_id, user_id, location_id) values ($1, 'bob', 'S')", service.tenant_id
    )
    batch_id = uuid4()
    async with asyncio.timeout(20):
        await service.publish_and_wait(UsersChanged(user_ids=["bob"], batch_id=batch_id), batch_id)
    assert (await listed(service, "cart-abandonment"))["data"][0]["location_id"] == "S"


async def test_recovery_hours_decide_whether_a_later_purchase_ends_the_cart(service: Service) -> None:
    bought_two_days_later = shop.a_purchase(minutes=2890, user_id="bob", session="other")
    await service.record([*shop.an_open_cart(), *bought_two_days_later])
    assert (await listed(service, "cart-abandonment"))["total"] == 0
    assert (await listed(service, "cart-abandonment", recovery_hours=47))["total"] == 1


async def test_a_converted_search_is_listed_only_if_asked_for(service: Service) -> None:
    searched = shop.at(-5, "view_search_results", "buyer", "b1", search_term="pump", user_id="ann")
    await service.record([searched, *shop.a_purchase()])
    assert (await listed(service, "search-analysis"))["data"] == []
    (task,) = (await listed(service, "search-analysis", include_converted=True))["data"]
    assert (task["outcome"], task["search_term"], task["value"]) == ("converted", "pump", None)


async def test_a_type_ahead_counts_as_the_term_it_became(service: Service) -> None:
    typed = [
        shop.at(n, "view_search_results", "searcher", "s1", search_term=term)
        for n, term in enumerate(["50%", "50% o", "50% off"])
    ]
    await service.record(typed)
    (task,) = (await listed(service, "search-analysis"))["data"]
    assert (task["search_term"], task["searches"]) == ("50% off", 3)


async def test_pages_add_up_and_every_page_has_the_total(service: Service) -> None:
    await service.record([row for n in range(7) for row in shop.a_purchase(f"T{n}", minutes=n, value=f"{n}.10")])
    pages = [await listed(service, "purchases", limit=3, page=n) for n in (1, 2, 3, 4)]
    assert [[task["transaction_id"] for task in page["data"]] for page in pages] == [
        ["T6", "T5", "T4"], ["T3", "T2", "T1"], ["T0"], [],
    ]  # fmt: skip
    assert {(page["total"], page["total_value"]) for page in pages} == {(7, 21.7)}
    assert [page["has_more"] for page in pages] == [True, True, False, False]


async def test_a_text_finds_customers_and_tasks_literally(service: Service) -> None:
    await service.stored.writer.execute(
        "insert into data.users (tenant_id, user_id, buying_company_name) values ($1, 'ann', 'Öl & Söhne 50%')",
        service.tenant_id,
    )
    await service.record([*shop.a_purchase("T-1"), *shop.a_purchase("T_2", user_id="carl", device="other")])

    async def found(text: str) -> list[str]:
        return sorted(task["transaction_id"] for task in (await listed(service, "purchases", query=text))["data"])

    assert await found("söhne 50%") == ["T-1"]
    assert await found("_2") == ["T_2"]
    assert await found("carl") == ["T_2"]
    assert await found("product p1") == ["T-1", "T_2"]
    assert await found("nobody") == []


@pytest.mark.parametrize("kind", ["purchases", "cart-abandonment", "repeat-visits"])
async def test_a_text_finds_items_by_name_and_id_but_not_by_their_stored_json(service: Service, kind: str) -> None:
    elbow = {"item_id": "EL-50", "item_name": '1/2" Elbow \\ Öl', "price": 3, "quantity": 1}
    rows = {
        "purchases": shop.a_purchase(items=(shop.item("P7", 5), elbow)),
        "cart-abandonment": shop.an_open_cart(items=(shop.item("P7", 5), elbow)),
        "repeat-visits": [
            *shop.two_visits(),
            shop.at(32, "view_item", "visitor", "v2", items=(shop.item("P7", 5), elbow)),
        ],
    }
    await service.record(rows[kind])

    async def found(text: str) -> int:
        return (await listed(service, kind, query=text))["total"]

    assert [await found(text) for text in ('1/2" elbow', "el-50", "\\ öl", "product p7", "p7")] == [1] * 5
    kept_as = ("price", "item_id", "name", "quantity", "views", "first_us", '": "', "{", "3.0")
    assert [await found(text) for text in kept_as] == [0] * len(kept_as)


async def test_a_location_filter_applies_to_tasks_not_rows(service: Service) -> None:
    elsewhere = shop.a_purchase("T2", location_id="S", device="two")
    await service.record([*shop.a_purchase(), *elsewhere])
    assert [task["transaction_id"] for task in (await listed(service, "purchases", location_id="S"))["data"]] == ["T2"]


async def test_money_without_a_rate_is_listed_and_never_added(service: Service) -> None:
    await service.record([*shop.a_purchase(), *shop.a_purchase("T2", value="99", currency="EUR", device="two")])
    page = await listed(service, "purchases")
    assert (page["total"], page["total_value"]) == (2, 20.5)
    assert page["unconverted"] == {"rows": 1, "by_currency": {"EUR": 99}, "days": ["2024-04-29"]}
    foreign = next(task for task in page["data"] if task["transaction_id"] == "T2")
    assert (foreign["value"], foreign["currency"]) == (None, "EUR")


async def test_an_unchanged_list_is_not_sent_again(service: Service) -> None:
    await service.record(shop.a_purchase())
    first = await service.get("/analytics/tasks/purchases", **DAY)
    assert first.headers["cache-control"].startswith("private")
    headers = {**service.people["admin"].headers, "If-None-Match": first.headers["etag"]}
    again = await service.client.get("/analytics/tasks/purchases", params=DAY, headers=headers)
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    "params",
    [
        {"start_date": "2024-05-02", "end_date": "2024-05-01"},
        {"start_date": "2024-02-30"},
        {"start_date": "0.0", "end_date": "86400"},
        {"start_date": "2019-01-01", "end_date": "2024-01-01"},
        {"start_date": "0001-01-01", "end_date": "0001-01-02"},
        {"status": "lost"},
        {"page": 0},
        {"limit": 501},
        {"location_id": "a\0b"},
        {"query": "\0"},
        {"recovery_hours": -1},
    ],
)
async def test_invalid_parameters_are_named(service: Service, params: dict[str, Any]) -> None:
    answer = await service.get("/analytics/tasks/cart-abandonment", **params)
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["errors"]


async def test_a_range_of_exactly_five_years_is_answered(service: Service) -> None:
    answer = await service.get("/analytics/tasks/purchases", start_date="2019-05-01", end_date="2024-04-30")
    assert answer.status_code == 200


async def test_without_dates_a_list_covers_the_last_seven_whole_days(service: Service) -> None:
    today = await service.stored.writer.fetchval(
        "select date_trunc('day', now() at time zone 'America/Chicago') at time zone 'America/Chicago'"
    )
    assert today is not None
    minutes = (today - shop.MORNING).total_seconds() / 60
    rows = [
        *shop.a_purchase("today", minutes=minutes),
        *shop.a_purchase("yesterday", minutes=minutes - 1),
        *shop.a_purchase("long ago", minutes=minutes - 8 * 1440),
    ]
    await service.record(rows)
    answer = await service.get("/analytics/tasks/purchases")
    assert [task["transaction_id"] for task in answer.json()["data"]] == ["yesterday"]
