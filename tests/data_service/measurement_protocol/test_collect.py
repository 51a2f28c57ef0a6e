import asyncio
from datetime import UTC, datetime

import pytest

from services.data_service.store.events.record_events import record_events
from services.data_service.store.events.road_days import EXPORT_ROAD
from services.data_service.store.events.staged_event import EVENT_TABLES
from services.data_service.store.measurement.measurement_hits import KEPT_REFUSED
from tests.data_service.harness import Data
from tests.data_service.measurement_protocol.hits import HOUR, connect_sender, event, hit, now_us
from tests.data_service.roads.road_tenants import Hit, batch

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_purchase_is_in_with_all_that_it_says_before_the_answer(data: Data):
    sender = await connect_sender(data)
    at = now_us() - HOUR
    items = [{"item_id": "P-1", "item_name": "Pump", "price": 12.5, "quantity": 2, "item_brand": "Acme"}]
    bought = event("purchase", transaction_id="T-1", value="25.00", currency="EUR", items=items, coupon="SUMMER")
    told = hit(
        bought,
        user_id="ann",
        timestamp_micros=at,
        user_properties={"tier": {"value": "gold"}},
        user_location={"city": "Munich", "country_id": "DE"},
        device={"category": "mobile"},
        consent={"ad_user_data": "DENIED"},
        non_personalized_ads=True,
    )
    await sender.sent(told)
    (row,) = await sender.rows()
    assert (row["table"], row["road"], row["user_pseudo_id"], row["user_id"]) == (
        *("purchase", 3),
        *("1234567890.1687777777", "ann"),
    )
    assert datetime.fromisoformat(row["event_ts"]) == datetime.fromtimestamp(at / 1e6, UTC)
    assert (row["transaction_id"], row["value"], row["currency"], row["session_id"]) == ("T-1", 25, "EUR", "1687777777")
    assert row["items"] == items
    assert row["extra"]["params"]["coupon"] == "SUMMER"
    assert row["extra"]["params"]["engagement_time_msec"] == 100
    assert {name: row["extra"][name] for name in ("user_properties", "user_location", "device", "hit")} == {
        "user_properties": {"tier": "gold"},
        "user_location": {"city": "Munich", "country_id": "DE"},
        "device": {"category": "mobile"},
        "hit": {"consent": {"ad_user_data": "DENIED"}, "non_personalized_ads": True},
    }
    batch_told = await data.told(sender.company)
    assert batch_told.keys == [("1234567890.1687777777", "ann", at, at)]


async def test_each_kind_has_its_table_and_its_own_time(data: Data):
    sender = await connect_sender(data)
    at = now_us() - HOUR
    names = [*EVENT_TABLES[:-1], "login"]
    events = [event(name, search_term=" Red  Pump ") | {"timestamp_micros": at + n} for n, name in enumerate(names)]
    events[0] = event(page_location="https://shop.example/", page_title="Shop") | {"timestamp_micros": at}
    await sender.sent(hit(*events, timestamp_micros=at - HOUR))
    rows = await sender.rows()
    assert [row["table"] for row in rows] == list(EVENT_TABLES)
    assert (rows[0]["page_location"], rows[0]["page_title"]) == ("https://shop.example/", "Shop")
    assert rows[4]["search_term"] == "red pump"
    assert rows[6]["event_name"] == "login"
    assert [datetime.fromisoformat(row["event_ts"]).microsecond - at % 1_000_000 for row in rows] == list(range(7))


@pytest.mark.parametrize(
    ("body", "code", "events"),
    [
        (b"", "VALUE_INVALID", 1),
        (b"not json", "VALUE_INVALID", 1),
        (b"[]", "VALUE_INVALID", 1),
        (b"\xff\xfe", "VALUE_INVALID", 1),
        (b"[" * 100_000, "VALUE_INVALID", 1),
        (b'{"client_id": "a", "client_id": "b", "events": []}', "NAME_DUPLICATED", 1),
        ({"events": [event()]}, "VALUE_REQUIRED", 1),
        ({"client_id": "1.2"}, "VALUE_REQUIRED", 1),
        (hit(), "VALUE_REQUIRED", 1),
        ({"client_id": {"a": 1}, "events": [event()]}, "VALUE_INVALID", 1),
        (hit(*[event()] * 26), "EXCEEDED_MAX_ENTITIES", 26),
        (hit(event(), padding="x" * 130_000), "VALUE_OUT_OF_BOUNDS", 1),
    ],
)
async def test_a_hit_that_cannot_be_taken_is_answered_alike_and_kept_with_the_reason(
    data: Data, body: object, code: str, events: int
):
    sender = await connect_sender(data)
    await sender.sent(body)
    assert await sender.rows() == []
    (refused,) = await sender.refused()
    assert (refused["code"], refused["events"]) == (code, events)
    assert await sender.counted() == {"hits": 1, "taken": 0, "duplicates": 0, "superseded": 0, "refused": events}


async def test_what_cannot_be_taken_of_a_hit_keeps_nothing_else_out(data: Data):
    sender = await connect_sender(data)
    wrong = [event("_bad"), {"params": {}}, event("session_start"), event("purchase", value="a lot"), "no event"]
    ahead, in_ms = (event() | {"timestamp_micros": at} for at in (now_us() + HOUR, now_us() // 1000))
    await sender.sent(hit(event(), *wrong, ahead, in_ms, event("login")))
    assert [row["table"] for row in await sender.rows()] == ["page_view", "other_event"]
    refused = await sender.refused()
    assert [row["code"] for row in refused] == [
        *("NAME_INVALID", "VALUE_REQUIRED", "NAME_RESERVED", "VALUE_INVALID", "VALUE_INVALID"),
        *("VALUE_INVALID", "VALUE_INVALID"),
    ]
    assert '"a lot"' in refused[3]["original"]
    assert await sender.counted() == {"hits": 1, "taken": 2, "duplicates": 0, "superseded": 0, "refused": 7}


async def test_a_hit_sent_again_changes_nothing_where_it_says_when(data: Data):
    sender = await connect_sender(data)
    twice = event("add_to_cart", value=5)
    told = hit(twice, twice, event(), timestamp_micros=now_us())
    await sender.sent(told)
    await sender.sent(told | {"user_id": "ann"})
    await asyncio.gather(*(sender.sent(told) for _ in range(4)))
    assert len(await sender.rows()) == 3
    assert await sender.counted() == {"hits": 6, "taken": 3, "duplicates": 15, "superseded": 0, "refused": 0}
    await sender.sent(hit(event()))
    await sender.sent(hit(event()))
    assert len(await sender.rows()) == 5


async def test_who_names_no_source_or_not_its_secret_is_answered_alike(data: Data):
    sender, other = await connect_sender(data), await connect_sender(data)
    for names in (
        {"api_secret": "wrong"},
        {"api_secret": ""},
        {"measurement_id": "G-0000000000"},
        {"measurement_id": ""},
        {"measurement_id": other.names["measurement_id"]},
        {"measurement_id": "é\udcff".encode("utf-8", "surrogateescape").decode("latin-1")},
    ):
        answer = await sender.send(hit(event()), **names)
        assert (answer.status_code, answer.content) == (204, b"")
        (message, *more) = await sender.judged(hit(event()), **names)
        assert message["fieldPath"] in ("measurement_id", "api_secret")
        assert not more
    answer = await data.api.post(
        "/mp/collect", params={"firebase_app_id": "1:2:web:3", "api_secret": "x"}, content=b"{}"
    )
    assert answer.status_code == 204
    for one in (sender, other):
        assert (await one.rows(), await one.refused(), await one.counted()) == ([], [], {})


async def test_an_apps_library_is_given_the_measurement_id_as_the_apps_own(data: Data):
    sender = await connect_sender(data)
    names = {"firebase_app_id": sender.names["measurement_id"], "api_secret": sender.names["api_secret"]}
    told = {"app_instance_id": "a" * 32, "events": [event("screen_view")]}
    assert (await data.api.post("/mp/collect", params=names, json=told)).status_code == 204
    assert [(row["event_name"], row["user_pseudo_id"]) for row in await sender.rows()] == [("screen_view", "a" * 32)]


@pytest.mark.parametrize("rule", ["event_param:store", "user_property:branch", "geo.city"])
async def test_the_tenants_rule_says_where_it_happened(data: Data, rule: str):
    sender = await connect_sender(data, rule)
    more = {"user_properties": {"branch": {"value": "Berlin"}}, "user_location": {"city": "Berlin"}}
    await sender.sent(hit(event(store="Berlin"), **more))
    assert [row["location_id"] for row in await sender.rows()] == ["Berlin"]


async def test_addresses_and_what_is_told_for_advertisers_are_never_stored(data: Data):
    sender = await connect_sender(data)
    private = {"ip_override": "203.0.113.77", "user_data": {"sha256_email_address": "e" * 64}}
    await sender.sent(hit(event(), event("_bad"), **private))
    await sender.sent({"events": [event()], **private})
    assert len(await sender.rows()) == 1
    assert len(await sender.refused()) == 2
    stored = str(await sender.rows()) + str(await sender.refused())
    assert "203.0.113" not in stored
    assert "eeee" not in stored


async def test_hits_of_a_day_that_a_better_road_has_are_taken_silently(data: Data):
    sender = await connect_sender(data)
    tenant_id = sender.company.tenant_id
    made = batch(EXPORT_ROAD, [Hit(datetime.now(UTC))])
    await data.context.extras["months"].ensure(data.context.db, made.months)
    async with data.context.db.tenant(tenant_id) as connection:
        await record_events(connection, tenant_id, made, resolved_by=None, road=EXPORT_ROAD)
    await sender.sent(hit(event(), event("login")))
    assert [row["road"] for row in await sender.rows()] == [EXPORT_ROAD]
    assert (await sender.counted())["superseded"] == 2
    assert any("left out" in finding["text"] for finding in (await sender.tested())["findings"])


async def test_a_hit_older_than_72_hours_keeps_its_time_unless_its_sender_wants_strictness(data: Data):
    sender = await connect_sender(data)
    at = now_us() - 73 * HOUR
    await sender.sent(hit(event(), timestamp_micros=at))
    (row,) = await sender.rows()
    assert datetime.fromisoformat(row["event_ts"]) == datetime.fromtimestamp(at / 1e6, UTC)
    long = event("login", method="x" * 101)
    strict = {"validation_behavior": "ENFORCE_RECOMMENDATIONS"}
    await sender.sent(hit(event() | {"timestamp_micros": at}, long, event("sign_up"), **strict))
    assert [row["event_name"] for row in await sender.rows() if row["table"] == "other_event"] == ["sign_up"]
    assert [row["code"] for row in await sender.refused()] == ["VALUE_INVALID", "VALUE_OUT_OF_BOUNDS"]
    await sender.sent(hit(long))
    assert {row["extra"]["params"].get("method") for row in await sender.rows()} == {None, "x" * 101}


async def test_a_paused_source_takes_nothing_and_a_removed_one_is_nobodys(data: Data):
    sender = await connect_sender(data)
    url, headers = f"/data/sources/{sender.source_id}", sender.company.headers
    assert (await data.api.put(url, json={"status": "paused"}, headers=headers)).status_code == 200
    await sender.sent(hit(event(), event()))
    assert await sender.rows() == []
    assert [(row["description"], row["events"]) for row in await sender.refused()] == [("The source is paused.", 2)]
    assert (await data.api.put(url, json={"status": "active"}, headers=headers)).status_code == 200
    await sender.sent(hit(event()))
    assert len(await sender.rows()) == 1
    assert (await data.api.delete(url, headers=headers)).status_code == 204
    await sender.sent(hit(event()))
    assert len(await sender.rows()) == 1
    assert await sender.refused() == []


async def test_of_what_was_refused_the_last_hundred_are_kept(data: Data):
    sender = await connect_sender(data)
    for start in range(0, KEPT_REFUSED + 25, 25):
        await sender.sent(hit(*(event(f"_{number}") for number in range(start, start + 25))))
    refused = await sender.refused()
    assert len(refused) == KEPT_REFUSED
    assert "_25]" in refused[0]["description"]
    assert (await sender.counted())["refused"] == KEPT_REFUSED + 25


async def test_another_tenant_sees_none_of_it(data: Data):
    sender, other = await connect_sender(data), await connect_sender(data)
    await sender.sent(hit(event(), event("_bad")))
    assert (await other.rows(), await other.refused(), await other.counted()) == ([], [], {})
    async with data.context.db.tenant(other.company.tenant_id) as connection:
        for table in ("refused_hit", "hit_count"):
            assert await connection.fetchval(f"select count(*) from data.{table}") == 0
