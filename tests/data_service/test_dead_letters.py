import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import pytest

from common.clock import now
from common.events import consumer as consuming
from common.events.contracts.analytics_day_refreshed import DayRefreshed
from common.events.contracts.auth_tenant_changed import TenantChanged
from common.events.envelope import subject_of
from tests.data_service.export_rows import ndjson, row
from tests.data_service.harness import Company, Data, publish

pytestmark = pytest.mark.asyncio(loop_scope="module")
AWAITING = "select count(*) from data.awaiting_job where tenant_id = $1"
BATCHES = "select batch_id from data.batch where tenant_id = $1"
LETTERS = "select count(*) from data.dead_letter where tenant_id = $1"
RESOLVING = "select count(*) from data.job where tenant_id = $1 and kind = 'resolve-locations'"
RULE_CHANGED = TenantChanged(changed=["google_analytics_config.location_source"])


@pytest.fixture(autouse=True)
def _bury_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first failure is the last: waiting for eight takes ten minutes."""
    monkeypatch.setattr(consuming, "BACKOFF_SECONDS", ())


@asynccontextmanager
async def broken(data: Data, table: str) -> AsyncGenerator[None]:
    """Nothing can be written into a table of the service meanwhile."""
    await data.admin.execute(f"revoke insert, update on {table} from branchwise_data")
    try:
        yield
    finally:
        await data.admin.execute(f"grant insert, update on {table} to branchwise_data")


async def until(data: Data, company: Company, query: str, expected: int) -> None:
    """Wait until a count of the company's is as expected."""
    async with asyncio.timeout(30):
        while await data.admin.fetchval(query, company.tenant_id) != expected:
            await asyncio.sleep(0.05)


async def buried(data: Data, company: Company, times: int = 1) -> None:
    """Events that another location rule is in force, which nothing could be done about."""
    async with broken(data, "data.job"):
        for _ in range(times):
            await publish(data, company.tenant_id, RULE_CHANGED)
        await until(data, company, LETTERS, times)


async def letters(data: Data, company: Company, **params: Any) -> dict[str, Any]:
    """What `GET /data/dead-letters` answers."""
    answer = await data.api.get("/data/dead-letters", params=params, headers=company.headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def replay(data: Data, company: Company, expected: int = 200, **order: Any) -> dict[str, Any]:
    """What `POST /data/dead-letters/replay` answers."""
    answer = await data.api.post("/data/dead-letters/replay", json=order, headers=company.headers)
    assert answer.status_code == expected, answer.text
    return answer.json()


async def audited(data: Data, company: Company) -> list[dict[str, Any]]:
    """What the replays of a company wrote down, by outcome."""
    rows = await data.admin.fetch(
        "select payload from data.outbox where tenant_id = $1 and payload ->> 'action' = 'dead-letter.replayed'"
        " order by payload -> 'detail' ->> 'outcome'",
        company.tenant_id,
    )
    return [json.loads(row["payload"]) for row in rows]


async def test_an_import_whose_event_was_buried_completes_after_the_replay(lonely: Data):
    company = await lonely.company(role="admin")
    job = await lonely.upload(company, "ga4-export", ndjson([row(number=1)]))
    await until(lonely, company, AWAITING, 1)
    [batch] = await lonely.admin.fetch(BATCHES, company.tenant_id)
    async with broken(lonely, "data.batch"):
        await publish(lonely, company.tenant_id, DayRefreshed(batch_ids=[batch["batch_id"]], days=["2024-04-29"]))
        await until(lonely, company, LETTERS, 1)
    [letter] = (await letters(lonely, company))["data"]
    assert (letter["event"], letter["attempts"]) == (DayRefreshed.TYPE, 1)
    assert letter["subject"] == subject_of(DayRefreshed.TYPE, company.tenant_id)
    assert letter["payload"] == {"batch_ids": [str(batch["batch_id"])], "days": ["2024-04-29"]}
    assert "permission denied" in letter["cause"]

    trial = await replay(lonely, company, ids=[letter["id"]], dry_run=True)
    assert (trial["handled"], trial["data"][0]["outcome"]) == (1, "handled")
    state = (await lonely.api.get(f"/data/ingest/jobs/{job['job_id']}", headers=company.headers)).json()
    assert state["status"] == "running"
    assert (await letters(lonely, company))["total"] == 1
    assert await audited(lonely, company) == []

    assert (await replay(lonely, company, ids=[letter["id"]]))["handled"] == 1
    assert (await lonely.ended(company, job))["status"] == "completed"
    assert (await letters(lonely, company))["total"] == 0
    [entry] = await audited(lonely, company)
    assert (entry["target"], entry["detail"]["outcome"]) == (letter["event_id"], "handled")


async def test_a_letter_replayed_many_times_at_once_has_its_effect_once(lonely: Data):
    company = await lonely.company(role="admin")
    await buried(lonely, company)
    [letter] = (await letters(lonely, company))["data"]
    answers = await asyncio.gather(*(replay(lonely, company, ids=[letter["id"]]) for _ in range(5)))
    assert sorted(answer["data"][0]["outcome"] for answer in answers) == ["gone"] * 4 + ["handled"]
    assert await lonely.admin.fetchval(RESOLVING, company.tenant_id) == 1


async def test_a_letter_whose_event_had_its_effect_otherwise_goes_without_another(lonely: Data):
    company = await lonely.company(role="admin")
    await buried(lonely, company)
    [letter] = (await letters(lonely, company))["data"]
    await lonely.admin.execute(
        "insert into data.inbox (tenant_id, consumer, event_id) values ($1, $2, $3)",
        *(company.tenant_id, letter["event"], UUID(letter["event_id"])),
    )
    answer = await replay(lonely, company, cause="Insufficient")
    assert [one["outcome"] for one in answer["data"]] == ["handled-before"]
    assert (await letters(lonely, company))["total"] == 0
    assert await lonely.admin.fetchval(RESOLVING, company.tenant_id) == 0


async def test_an_event_that_is_delivered_again_and_handled_takes_its_letter_along(lonely: Data):
    company = await lonely.company(role="admin")
    await buried(lonely, company)
    [letter] = (await letters(lonely, company))["data"]
    envelope = {
        "id": letter["event_id"],
        "type": letter["event"],
        "tenant_id": str(company.tenant_id),
        "occurred_at": now().isoformat(),
        "data": letter["payload"],
    }
    await lonely.context.bus.publish(letter["subject"], json.dumps(envelope).encode(), uuid4().hex)
    await until(lonely, company, RESOLVING, 1)
    assert (await letters(lonely, company))["total"] == 0


async def test_what_fails_again_stays_with_its_new_cause(lonely: Data):
    company = await lonely.company(role="admin")
    await buried(lonely, company)
    [before] = (await letters(lonely, company))["data"]
    async with broken(lonely, "data.inbox"):
        trial = await replay(lonely, company, ids=[before["id"]], dry_run=True)
        assert (await letters(lonely, company))["data"] == [before]
        answer = await replay(lonely, company, ids=[before["id"]])
    assert (trial["failed"], answer["failed"]) == (1, 1)
    assert "inbox" in answer["data"][0]["cause"]
    [after] = (await letters(lonely, company))["data"]
    assert (after["attempts"], after["first_seen_at"]) == (before["attempts"] + 1, before["first_seen_at"])
    assert "inbox" in after["cause"]
    assert after["last_seen_at"] > before["last_seen_at"]
    assert [entry["detail"]["outcome"] for entry in await audited(lonely, company)] == ["failed"]


async def test_letters_are_grouped_and_replayed_by_cause(lonely: Data):
    company = await lonely.company(role="admin")
    await buried(lonely, company, times=3)
    envelope = {
        "id": str(uuid4()),
        "type": DayRefreshed.TYPE,
        "tenant_id": str(company.tenant_id),
        "occurred_at": now().isoformat(),
        "data": {"batch_ids": "none", "days": [], "password": "hush"},
    }
    subject = subject_of(DayRefreshed.TYPE, company.tenant_id)
    await lonely.context.bus.publish(subject, json.dumps(envelope).encode(), uuid4().hex)
    await until(lonely, company, LETTERS, 4)
    listed = await letters(lonely, company)
    assert [(cause["event"], cause["letters"]) for cause in listed["causes"]] == [
        (TenantChanged.TYPE, 3),
        (DayRefreshed.TYPE, 1),
    ]
    assert [one["payload"] for one in (await letters(lonely, company, cause="unreadable"))["data"]] == [
        {"batch_ids": "none", "days": [], "password": "(not shown)"}
    ]
    assert (await letters(lonely, company, event=TenantChanged.TYPE, limit=2))["has_more"] is True
    unreadable = await replay(lonely, company, cause="unreadable")
    assert [one["outcome"] for one in unreadable["data"]] == ["failed"]
    answer = await replay(lonely, company, cause="InsufficientPrivilegeError")
    assert (answer["handled"], answer["left"]) == (3, 0)
    assert (await letters(lonely, company))["total"] == 1


async def test_more_letters_than_one_call_takes_are_left_for_the_next(lonely: Data):
    company = await lonely.company(role="admin")
    await lonely.admin.execute(
        "insert into data.dead_letter (tenant_id, consumer, event_id, event_type, payload, cause, deliveries)"
        " select $1, $2, gen_random_uuid(), $2, '{\"changed\": []}', 'KeyError: ' || n, 8"
        " from generate_series(1, 103) n",
        *(company.tenant_id, TenantChanged.TYPE),
    )
    trial = await replay(lonely, company, cause="KeyError", dry_run=True)
    assert (trial["handled"], trial["left"]) == (100, 3)
    async with broken(lonely, "data.inbox"):
        failing = await replay(lonely, company, cause="KeyError")
    assert (failing["failed"], failing["left"]) == (100, 3)
    # Those that were not reached come first, also where the others fail in the same words.
    await lonely.admin.execute("update data.dead_letter set cause = 'KeyError' where tenant_id = $1", company.tenant_id)
    answers = [await replay(lonely, company, cause="KeyError") for _ in range(2)]
    assert [(one["handled"], one["left"]) for one in answers] == [(100, 3), (3, 0)]
    tried = {one["id"] for one in failing["data"]}
    assert len({one["id"] for one in answers[0]["data"]} - tried) == 3


async def test_a_letter_that_nobody_reads_any_more_says_so(lonely: Data):
    company = await lonely.company(role="admin")
    await lonely.admin.execute(
        "insert into data.dead_letter (tenant_id, consumer, event_id, event_type, payload, cause, deliveries)"
        " values ($1, 'data.thing.done.v1', gen_random_uuid(), 'data.thing.done.v1', '{}', 'x', 8)",
        company.tenant_id,
    )
    assert (await replay(lonely, company, cause="x"))["data"][0]["cause"] == "ConsumerGone: data.thing.done.v1"


@pytest.mark.parametrize(
    "order",
    [
        {},
        {"ids": []},
        {"ids": [str(uuid4())], "cause": "x"},
        {"cause": ""},
        {"ids": ["x"]},
        {"cause": "x", "all": 1},
    ],
)
async def test_an_order_that_is_none_is_refused(lonely: Data, order: dict[str, Any]):
    company = await lonely.company(role="admin")
    await replay(lonely, company, expected=422, **order)


async def test_only_admins_see_and_replay_and_only_their_own(lonely: Data):
    owner, other = await lonely.company(role="admin"), await lonely.company(role="admin")
    await buried(lonely, owner)
    [letter] = (await letters(lonely, owner))["data"]
    assert (await letters(lonely, other))["total"] == 0
    assert (await replay(lonely, other, ids=[letter["id"]]))["data"][0] == {
        "id": letter["id"],
        "outcome": "gone",
        "event": "",
        "cause": "",
    }
    assert (await replay(lonely, other, cause="Insufficient"))["data"] == []
    assert (await letters(lonely, owner))["total"] == 1
    for role in ("rep", "analyst", "manager"):
        headers = await lonely.member(owner.tenant_id, role)
        answer = await lonely.api.get("/data/dead-letters", headers=headers)
        assert answer.status_code == 403, role
        answer = await lonely.api.post("/data/dead-letters/replay", json={"cause": "x"}, headers=headers)
        assert answer.status_code == 403, role
