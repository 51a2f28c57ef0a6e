import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.data_service.export_rows import NOON
from tests.data_service.harness import Company, Data

pytestmark = pytest.mark.asyncio(loop_scope="module")


def event(number: int = 0, **more: Any) -> dict[str, Any]:
    return {"event_name": "page_view", "event_timestamp": NOON + number, "user_pseudo_id": "d.1", **more}


async def post(data: Data, company: Company, events: list[Any]) -> dict[str, Any]:
    answer = await data.api.post("/data/events", json={"events": events}, headers=company.headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_posted_events_are_there_when_the_answer_comes(data: Data):
    company = await data.company()
    answer = await post(data, company, [event(number) for number in range(5)])
    assert answer == {"accepted": 5, "duplicates": 0, "rejected": []}
    assert await data.total(company.tenant_id) == 5


async def test_the_same_events_again_are_duplicates(data: Data):
    company = await data.company()
    events = [event(1), event(2, event_id="my own id"), event(3, event_id="3f0e1c9a-0000-4000-8000-000000000001")]
    await post(data, company, events)
    assert await post(data, company, events) == {"accepted": 0, "duplicates": 3, "rejected": []}
    ids = await data.admin.fetch("select event_id from data.page_view where tenant_id = $1", company.tenant_id)
    assert "3f0e1c9a-0000-4000-8000-000000000001" in {str(row[0]) for row in ids}


async def test_a_bad_event_is_named_and_the_others_go_in(data: Data):
    company = await data.company()
    bad: list[Any] = [
        event(event_name=None),
        event(event_timestamp=None),
        event(event_timestamp="2024-02-30T10:00:00Z"),
        event(event_timestamp=1_714_392_000),
        event(value="a lot", event_name="add_to_cart"),
        event(items=[{"item_id": "P1", "quantity": -1}], event_name="add_to_cart"),
        event(currency="dollars", event_name="purchase"),
        event(user_id="u" * 257),
        event(page_title="with \0 in it"),
        "not an object",
    ]
    answer = await post(data, company, [event(1), *bad, event(2)])
    assert answer["accepted"] == 2
    assert [one["index"] for one in answer["rejected"]] == list(range(1, len(bad) + 1))
    fields = [one["errors"][0]["field"] for one in answer["rejected"]]
    assert fields[:8] == [
        "event_name",
        "event_timestamp",
        "event_timestamp",
        "event_timestamp",
        "value",
        "items[0].quantity",
        "currency",
        "user_id",
    ]


async def test_a_key_given_twice_rejects_that_event_alone(data: Data):
    company = await data.company()
    body = (
        f'{{"events": [{{"event_name": "page_view", "event_name": "purchase", "event_timestamp": {NOON}}},'
        f' {{"event_name": "page_view", "event_timestamp": {NOON}}}]}}'
    )
    headers = {**company.headers, "Content-Type": "application/json"}
    answer = (await data.api.post("/data/events", content=body, headers=headers)).json()
    assert answer["accepted"] == 1
    assert answer["rejected"] == [
        {"index": 0, "errors": [{"field": "event_name", "message": "the key 'event_name' is given twice"}]}
    ]


async def test_a_time_may_be_written_in_iso_8601(data: Data):
    company = await data.company()
    texts = ["2024-04-29T12:00:00Z", "2024-04-29T07:00:00.000001-05:00", "2024-04-29T12:00:00.000002", str(NOON + 3)]
    await post(data, company, [event(event_timestamp=text) for text in texts])
    rows = await data.admin.fetch(
        "select event_ts from data.page_view where tenant_id = $1 order by event_ts", company.tenant_id
    )
    assert [row[0] for row in rows] == [datetime(2024, 4, 29, 12, 0, 0, us, UTC) for us in range(4)]


async def test_an_event_is_stored_by_the_rules_of_its_kind(data: Data):
    company = await data.company("event_param:branch")
    items = [{"item_name": "Copper pipe", "price": "12.50"}, {"item_id": "P2", "price": 3, "quantity": 0.5}]
    await post(
        data,
        company,
        [
            event(1, event_name="purchase", transaction_id="T1", value=25.5, currency="usd", items=items),
            event(2, event_name="purchase"),
            event(3, event_name="view_search_results", search_term="  Copper   PIPE ", session_id=77),
            event(4, event_name="login", params={"branch": "D07", "method": "sso"}, page_title="(not set)"),
            event(5, location_id="D01", params={"branch": "D07"}),
        ],
    )
    stored = await data.rows(company.tenant_id)
    first, second = (row[0] for row in stored["purchase"])
    assert '"value": 25.5' in first
    assert '"currency": "USD"' in first
    assert '{"price": 12.5, "item_id": "Copper pipe", "quantity": 1, "item_name": "Copper pipe"}' in first
    fallback = await data.admin.fetchrow(
        "select transaction_id = event_id::text, value from data.purchase where value = 0 and tenant_id = $1",
        company.tenant_id,
    )
    assert fallback is not None
    assert fallback[0] is True
    assert second != first
    search = await data.admin.fetchrow(
        "select search_term, session_id from data.view_search_results where tenant_id = $1", company.tenant_id
    )
    assert search is not None
    assert tuple(search) == ("copper pipe", "77")
    other = await data.admin.fetchrow(
        "select event_name, location_id, page_title, extra->'params'->>'method'"
        " from data.other_event where tenant_id = $1",
        company.tenant_id,
    )
    assert other is not None
    assert tuple(other) == ("login", "D07", None, "sso")
    located = "select location_id from data.page_view where tenant_id = $1"
    assert await data.admin.fetchval(located, company.tenant_id) == "D01"


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b'{"events": []}', "text/plain", 415),
        (b"", "application/json", 422),
        (b"{", "application/json", 422),
        (b"[]", "application/json", 422),
        (b'{"events": {}}', "application/json", 422),
        (b'{"rows": []}', "application/json", 422),
        (b'{"events": [\xff]}', "application/json", 422),
        (b"[" * 100_000, "application/json", 422),
        (b'{"events": [' + b",".join([b"{}"] * 5_001) + b"]}", "application/json", 422),
        (b" " * (33 << 20), "application/json", 413),
    ],
    ids=["text", "empty", "broken", "list", "no list", "no events", "not utf-8", "deep", "5,001", "33 MB"],
)
async def test_a_body_that_is_no_list_of_events_is_refused(data: Data, content: bytes, kind: str, status: int):
    company = await data.company()
    answer = await data.api.post("/data/events", content=content, headers={**company.headers, "Content-Type": kind})
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert await data.total(company.tenant_id) == 0


async def test_writers_of_the_same_events_in_other_orders_do_not_block_each_other(data: Data):
    company = await data.company()
    names = ["page_view", "purchase", "add_to_cart", "login"]
    events = [event(number, event_name=names[number % 4], user_id=f"u{number % 7}") for number in range(400)]
    turned = [events[start:] + events[:start] for start in range(0, 400, 50)]
    answers = await asyncio.gather(*(post(data, company, some[::step]) for some in turned for step in (1, -1)))
    assert sum(answer["accepted"] for answer in answers) == 400
    assert sum(answer["duplicates"] for answer in answers) == 400 * (len(answers) - 1)


async def test_what_is_published_names_exactly_the_new_rows(data: Data):
    company = await data.company()
    await post(data, company, [event(1, user_id="u1"), event(2)])
    await post(data, company, [event(1, user_id="u1"), event(5, user_id="u1", event_name="purchase")])
    async with asyncio.timeout(20):
        first, second = await data.told(company), await data.told(company)
    assert first.counts == {"page_view": 2}
    assert set(first.keys) == {("d.1", None, NOON + 2, NOON + 2), ("d.1", "u1", NOON + 1, NOON + 1)}
    assert (second.counts, second.keys) == ({"purchase": 1}, [("d.1", "u1", NOON + 5, NOON + 5)])
    assert (second.first_ts, second.last_ts) == (NOON + 5, NOON + 5)
