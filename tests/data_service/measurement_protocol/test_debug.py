from typing import Any

import pytest

from tests.data_service.harness import Data
from tests.data_service.measurement_protocol.hits import HOUR, connect_sender, event, hit, now_us

pytestmark = pytest.mark.asyncio(loop_scope="module")
OLD = now_us() - 73 * HOUR
MANY = {f"p{number}": 1 for number in range(24)}


@pytest.mark.parametrize(
    ("body", "field_path", "code"),
    [
        (b"nothing", "", "VALUE_INVALID"),
        ({"events": [event()]}, "client_id", "VALUE_REQUIRED"),
        (hit(event(), client_id=17), "client_id", "VALUE_INVALID"),
        (hit(), "events", "VALUE_REQUIRED"),
        ({"client_id": "1.2", "events": {"name": "x"}}, "events", "VALUE_INVALID"),
        (hit(*[event()] * 26), "events", "EXCEEDED_MAX_ENTITIES"),
        (hit({"params": {}}), "events", "VALUE_REQUIRED"),
        (hit(event("_badEventName")), "events", "NAME_INVALID"),
        (hit(event("a b")), "events", "NAME_INVALID"),
        (hit(event("x" * 41)), "events", "NAME_INVALID"),
        (hit(event("session_start")), "events", "NAME_RESERVED"),
        (hit({"name": "login", "params": []}), "events", "VALUE_INVALID"),
        (hit(event("login", **MANY)), "events", "EXCEEDED_MAX_ENTITIES"),
        (hit(event("login", **{"x" * 41: 1})), "events", "NAME_INVALID"),
        (hit(event(google_x=1)), "events", "NAME_RESERVED"),
        (hit(event(method="x" * 101)), "events", "VALUE_OUT_OF_BOUNDS"),
        (hit(event(page_title="x" * 301)), "events", "VALUE_OUT_OF_BOUNDS"),
        (hit(event(method={"a": 1})), "events", "VALUE_INVALID"),
        (hit(event("purchase", items=[{"item_name": "x" * 101}])), "events", "VALUE_OUT_OF_BOUNDS"),
        (hit(event("purchase", items=[{f"own{n}": 1 for n in range(11)}])), "events", "EXCEEDED_MAX_ENTITIES"),
        (hit(event("purchase", items="P-1")), "events", "VALUE_INVALID"),
        (hit(event("purchase", currency="Euro")), "events", "VALUE_INVALID"),
        (hit(event(), timestamp_micros=OLD), "events", "VALUE_INVALID"),
        (hit(event(), timestamp_micros="soon"), "events", "VALUE_INVALID"),
        (hit(event(timestamp_micros=now_us() + 24 * HOUR)), "events", "VALUE_INVALID"),
        (hit(event(), user_properties={"user_id": {"value": 1}}), "user_properties.user_id", "NAME_RESERVED"),
        (hit(event(), user_properties={"x" * 25: {"value": 1}}), "user_properties." + "x" * 25, "NAME_INVALID"),
        (hit(event(), user_properties={"a": {"value": "x" * 37}}), "user_properties.a", "VALUE_OUT_OF_BOUNDS"),
        (hit(event(), user_properties={"a": 1}), "user_properties.a", "VALUE_REQUIRED"),
        (hit(event(), user_properties=[1]), "user_properties", "VALUE_INVALID"),
        (hit(event(), consent={"ad_user_data": {}}), "consent.ad_user_data", "VALUE_INVALID"),
        (hit(event(), validation_behavior="HARSH"), "validation_behavior", "VALUE_INVALID"),
        (hit(event(), x="y" * 130_000), "", "VALUE_OUT_OF_BOUNDS"),
    ],
)
async def test_each_fault_has_the_vendors_code_and_nothing_is_recorded(
    data: Data, body: Any, field_path: str, code: str
):
    sender = await connect_sender(data)
    (message,) = await sender.judged(body)
    assert set(message) == {"fieldPath", "description", "validationCode"}
    assert (message["fieldPath"], message["validationCode"]) == (field_path, code)
    assert message["description"]
    assert (await sender.rows(), await sender.refused(), await sender.counted()) == ([], [], {})


@pytest.mark.parametrize(
    "body",
    [
        hit(event()),
        hit(event("añadir_1", page_location="https://shop.example/" + "x" * 900, session_id="GS2.1.s1747$o28$g0")),
        hit({"name": "login"}, user_id="17", timestamp_micros=str(now_us() - HOUR)),
        hit(event("purchase", value=9.99, items=[{"item_id": "P", "size": "M"}]), consent={"ad_user_data": "GRANTED"}),
        hit(*[event()] * 25, validation_behavior="RELAXED"),
    ],
)
async def test_a_good_hit_has_no_message(data: Data, body: Any):
    sender = await connect_sender(data)
    assert await sender.judged(body) == []


async def test_every_fault_of_a_hit_is_told(data: Data):
    sender = await connect_sender(data)
    messages = await sender.judged(hit(event("_a", _b=1), event(), event("ok", c="x" * 101)), api_secret="")
    assert [message["validationCode"] for message in messages] == [
        *("VALUE_REQUIRED", "NAME_INVALID", "NAME_RESERVED", "VALUE_OUT_OF_BOUNDS"),
    ]
    assert "Event 0" in messages[1]["description"]


async def test_an_apps_own_events_are_an_apps_alone(data: Data):
    sender = await connect_sender(data)
    (message,) = await sender.judged(hit(event("screen_view")))
    assert message["validationCode"] == "NAME_RESERVED"
    app = {"app_instance_id": "a" * 32, "events": [event("screen_view")]}
    names = {"measurement_id": "", "firebase_app_id": sender.names["measurement_id"]}
    assert await sender.judged(app, **names) == []
    (message,) = await sender.judged(app, measurement_id="", firebase_app_id="1:1234:android:5678")
    assert (message["fieldPath"], message["validationCode"]) == ("measurement_id", "VALUE_INVALID")
