import asyncio
import json
from dataclasses import replace

import asyncpg
import pytest
from nats.js import JetStreamContext

from common.db import Connection
from common.events import Consumer, Event, publish
from common.events import consumer as consuming
from common.events.bus import STREAM, Bus, BusNotReady
from common.http.context import ServiceContext
from common.testing.cluster import MigratedDatabase
from common.testing.probe import ProbeHappened, Run, Seen, probe_spec, some_tenant


async def test_an_event_that_committed_arrives(run: Run) -> None:
    seen = Seen()
    async with run(probe_spec(seen=seen)) as (context, _):
        async with context.db.tenant(some_tenant()) as connection:
            await publish(connection, "insights", ProbeHappened(number=7), some_tenant())
        context.wake_relay()

        await seen.until(1)

    assert seen.numbers == [7]


async def test_an_event_of_a_rolled_back_change_never_leaves(run: Run) -> None:
    seen = Seen()
    async with run(probe_spec(seen=seen)) as (context, _):
        with pytest.raises(ZeroDivisionError):
            async with context.db.tenant(some_tenant()) as connection:
                await publish(connection, "insights", ProbeHappened(number=1), some_tenant())
                raise ZeroDivisionError
        async with context.db.tenant(some_tenant()) as connection:
            await publish(connection, "insights", ProbeHappened(number=2), some_tenant())
        context.wake_relay()

        await seen.until(1)

    assert seen.numbers == [2]


async def test_a_second_delivery_has_no_effect(run: Run) -> None:
    seen = Seen()
    async with run(probe_spec(seen=seen)) as (context, _):
        async with context.db.tenant(some_tenant()) as connection:
            event_id = await publish(connection, "insights", ProbeHappened(number=1), some_tenant())
        context.wake_relay()
        await seen.until(1)
        ((subject, body),) = await _messages(context.bus.jetstream, 1)
        # The same event under another message id, as after a duplicate window that has passed.
        await context.bus.publish(subject, body, f"again-{event_id}")
        async with context.db.tenant(some_tenant()) as connection:
            await publish(connection, "insights", ProbeHappened(number=2), some_tenant())
        context.wake_relay()

        await seen.until(2)

    assert seen.numbers == [1, 2]


async def test_a_failing_handler_is_tried_again(run: Run) -> None:
    seen = Seen(failures_left=2)
    async with run(probe_spec(seen=seen)) as (context, _):
        async with context.db.tenant(some_tenant()) as connection:
            await publish(connection, "insights", ProbeHappened(number=1), some_tenant())
        context.wake_relay()

        await seen.until(1)

    assert seen.numbers == [1]


async def test_an_event_that_never_succeeds_becomes_a_dead_letter(
    run: Run, database: MigratedDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consuming, "BACKOFF_SECONDS", (0.05, 0.05))
    seen = Seen(failures_left=1000)
    async with run(probe_spec(seen=seen)) as (context, _):
        async with context.db.tenant(some_tenant()) as connection:
            event_id = await publish(connection, "insights", ProbeHappened(number=1), some_tenant())
        context.wake_relay()

        letter = await _await_row(database, "select cause, deliveries from insights.dead_letter")

    assert letter["cause"] == "RuntimeError: told to fail"
    assert letter["deliveries"] == 3
    [said] = [line for line in _errors_of(context) if "dead letter" in line["message"]]
    assert said["level"] == "ERROR"
    assert f"event {event_id} on evt.{ProbeHappened.TYPE}.{some_tenant()} " in said["message"]
    assert "told to fail" in said["message"]


async def test_an_outage_does_not_count_as_a_failure_of_the_event(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consuming, "BACKOFF_SECONDS", (0.05,))
    monkeypatch.setattr(consuming, "OUTAGE_SECONDS", 0.05)
    errors: list[Exception] = [ConnectionResetError(), ConnectionResetError(), RuntimeError("told to fail")]
    done = asyncio.Event()

    async def handle(connection: Connection, event: Event[ProbeHappened], context: ServiceContext) -> None:
        del connection, event, context
        if errors:
            raise errors.pop(0)
        done.set()

    async with run(replace(probe_spec(), consumers=[Consumer(ProbeHappened, handle)])) as (context, _):
        async with context.db.tenant(some_tenant()) as connection:
            await publish(connection, "insights", ProbeHappened(number=1), some_tenant())
        context.wake_relay()
        await asyncio.wait_for(done.wait(), 20)


async def test_an_unreadable_event_becomes_a_dead_letter_at_once(run: Run, database: MigratedDatabase) -> None:
    seen = Seen()
    async with run(probe_spec(seen=seen)) as (context, _):
        tenant = some_tenant()
        payload = (
            f'{{"id": "{tenant}", "type": "{ProbeHappened.TYPE}", "tenant_id": "{tenant}",'
            ' "occurred_at": "2026-01-01T00:00:00Z", "data": {"number": "seven"}}'
        )
        await context.bus.publish(f"evt.{ProbeHappened.TYPE}.{tenant}", payload.encode(), "x")

        letter = await _await_row(database, "select cause from insights.dead_letter")

    assert letter["cause"].startswith("unreadable")
    assert any(f"event {tenant} on evt." in line["message"] for line in _errors_of(context))
    assert seen.numbers == []


def _errors_of(context: ServiceContext) -> list[dict[str, str]]:
    """What the service wrote into the file of its errors."""
    lines = (context.settings.home / "logs" / f"{context.name}-error.log").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


async def test_what_a_dead_consumer_held_soon_goes_to_another(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert consuming.ACK_WAIT_SECONDS <= 10
    monkeypatch.setattr(consuming, "ACK_WAIT_SECONDS", 1)
    seen = Seen()
    async with run(probe_spec()) as (context, _):
        async with context.db.tenant(some_tenant()) as connection:
            await publish(connection, "insights", ProbeHappened(number=1), some_tenant())
        context.wake_relay()
        dead = await seen.consumer()._subscribe(context)
        assert len(await dead.fetch(1, timeout=30)) == 1

    async with run(probe_spec(seen=seen)):
        await seen.until(1)

    assert seen.numbers == [1]


async def test_a_consumer_at_work_keeps_what_it_holds(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consuming, "ACK_WAIT_SECONDS", 3)
    done = asyncio.Event()

    async def handle(connection: Connection, event: Event[ProbeHappened], context: ServiceContext) -> None:
        del connection, event, context
        await asyncio.sleep(4)
        done.set()

    slow = Consumer(ProbeHappened, handle)
    async with run(replace(probe_spec(), consumers=[slow])) as (context, _):
        async with context.db.tenant(some_tenant()) as connection:
            await publish(connection, "insights", ProbeHappened(number=1), some_tenant())
        context.wake_relay()
        async with asyncio.timeout(20):
            await done.wait()
        info = await context.bus.jetstream.consumer_info(STREAM, slow.durable_name("insights"))

    assert (info.num_redelivered, info.delivered.consumer_seq if info.delivered else None) == (0, 1)


async def test_an_event_that_the_bus_never_takes_holds_up_no_other(run: Run, database: MigratedDatabase) -> None:
    seen = Seen()
    async with run(probe_spec(seen=seen)) as (context, _):
        async with context.db.tenant(some_tenant(1)) as connection:
            too_large = await publish(connection, "insights", ProbeHappened(number=1), some_tenant(1))
            await connection.execute(
                "update insights.outbox set payload = jsonb_build_object('number', 1, 'x', repeat('x', 1100000))"
            )
        async with context.db.tenant(some_tenant(2)) as connection:
            await publish(connection, "insights", ProbeHappened(number=2), some_tenant(2))
        context.wake_relay()

        await seen.until(1)
        row = await _await_row(database, "select event_id, refused from insights.outbox where refused is not null")

    assert seen.numbers == [2]
    assert row["event_id"] == too_large
    assert "payload" in row["refused"].lower()


async def test_losing_the_stream_loses_no_event(run: Run) -> None:
    before, after = Seen(), Seen()
    async with run(probe_spec(seen=before)) as (context, _):
        async with context.db.tenant(some_tenant()) as connection:
            await publish(connection, "insights", ProbeHappened(number=1), some_tenant())
        context.wake_relay()
        await before.until(1)
    async with run(probe_spec()) as (context, _):
        async with context.db.tenant(some_tenant()) as connection:
            await publish(connection, "insights", ProbeHappened(number=2), some_tenant())
        context.wake_relay()
        await _messages(context.bus.jetstream, 2)
        await context.bus.jetstream.delete_stream(STREAM)

    async with run(probe_spec(seen=after)):
        await after.until(1)

    assert (before.numbers, after.numbers) == ([1], [2])


async def test_an_event_carries_the_request_that_caused_it(run: Run, database: MigratedDatabase) -> None:
    async with run(probe_spec()) as (context, client):
        answer = await client.get("/health/live", headers={"X-Request-Id": "r-42"})
        async with context.db.tenant(some_tenant()) as connection:
            await publish(connection, "insights", ProbeHappened(number=1), some_tenant())

        row = await _await_row(database, "select published_at from insights.outbox where published_at is not null")

    assert answer.headers["X-Request-Id"] == "r-42"
    assert row["published_at"] is not None


async def _messages(jetstream: JetStreamContext, count: int) -> list[tuple[str, bytes]]:
    """Subject and body of the stream's first messages, waited for."""
    async with asyncio.timeout(30):
        while (await jetstream.stream_info(STREAM)).state.messages < count:
            await asyncio.sleep(0.02)
    found = [await jetstream.get_msg(STREAM, seq) for seq in range(1, count + 1)]
    return [(message.subject or "", message.data or b"") for message in found]


async def _await_row(database: MigratedDatabase, query: str) -> asyncpg.Record:
    connection = await asyncpg.connect(database.superuser_dsn)
    try:
        async with asyncio.timeout(20):
            while True:
                row = await connection.fetchrow(query)
                if row is not None:
                    return row
                await asyncio.sleep(0.02)
    finally:
        await connection.close()


async def test_a_bus_that_does_not_answer_is_given_up_after_the_time_allowed(held_port: int) -> None:
    with pytest.raises(BusNotReady, match=f"NATS did not answer at 127.0.0.1:{held_port} within 0.6 s"):
        await Bus.connect_when_ready(f"nats://secret@127.0.0.1:{held_port}", name="test", within_seconds=0.6)
