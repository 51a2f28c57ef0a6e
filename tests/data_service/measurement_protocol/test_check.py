import pytest

from services.data_service.domain.measurement_protocol.event_of_hit import session_of
from tests.data_service.harness import Data
from tests.data_service.measurement_protocol.hits import connect_sender, event, hit

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_source_that_nobody_posts_to_says_where_to_post(data: Data):
    sender = await connect_sender(data)
    tested = await sender.tested()
    text = tested["findings"][0]["text"]
    assert (tested["ok"], "No hit has come yet" in text) == (True, True)
    assert sender.names["measurement_id"] in text
    assert sender.names["api_secret"] not in text


async def test_it_says_when_the_last_hit_came_and_how_many_today(data: Data):
    sender = await connect_sender(data)
    await sender.sent(hit(event(), event("login")))
    await sender.sent(hit(event()))
    tested = await sender.tested()
    assert tested["ok"]
    assert "today 2 hits with 3 events, of which 3 were new and 0 were refused" in tested["findings"][0]["text"]


async def test_it_says_what_was_refused_lately_and_why(data: Data):
    sender = await connect_sender(data)
    await sender.sent(hit(event("_bad"), event()))
    await data.admin.execute(
        "update data.refused_hit set refused_at = now() - interval '2 days' where source_id = $1", sender.source_id
    )
    await sender.sent(hit(event("error")))
    tested = await sender.tested()
    assert not tested["ok"]
    (wrong,) = [finding["text"] for finding in tested["findings"] if not finding["ok"]]
    assert "[error] is reserved" in wrong


async def test_each_refused_hit_can_be_fetched_with_its_reason(data: Data):
    sender, other = await connect_sender(data), await connect_sender(data)
    await sender.sent(hit(event("_first"), event("_second")))
    url = f"/data/sources/{sender.source_id}/refused-hits"
    answer = await data.api.get(url, params={"limit": 1}, headers=sender.company.headers)
    assert (answer.json()["total"], answer.json()["has_more"]) == (2, True)
    (latest,) = answer.json()["data"]
    assert (latest["field_path"], latest["code"], latest["events"]) == ("events", "NAME_INVALID", 1)
    assert "[_second]" in latest["description"]
    assert '"_second"' in latest["original"]
    assert (await data.api.get(url, headers=other.company.headers)).status_code == 404
    assert (await data.api.get(url)).status_code == 401


async def test_it_says_what_this_road_cannot_know(data: Data):
    sender = await connect_sender(data)
    assert "timestamp_micros" in (await sender.tested())["findings"][-1]["text"]


@pytest.mark.parametrize(
    ("given", "session_id"),
    [
        (1687777777, "1687777777"),
        ("1687777777", "1687777777"),
        ("GS1.1.1687777777.5.1.1687778888.0.0.0", "1687777777"),
        ("GS2.1.s1747323152$o28$g0$t1747323152$j60$l0$h69286059", "1747323152"),
        ("(not set)", ""),
        (None, ""),
        ("anything", "anything"),
    ],
)
async def test_a_session_has_the_id_that_the_export_gives_it(given: object, session_id: str):
    assert session_of(given) == session_id
