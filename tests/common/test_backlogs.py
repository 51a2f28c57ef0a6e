"""What waits in a service's database, as `/metrics` tells it."""

import asyncpg
import pytest

from common.http.context import ServiceContext
from common.settings import SERVICES_WITH_DATABASE
from common.testing.cluster import MigratedDatabase
from common.testing.probe import Run, probe_spec

_ROWS = """
insert into insights.outbox (tenant_id, event_type, payload, occurred_at, published_at, refused)
select gen_random_uuid(), 'x', '{}', now() - age, published_at, refused
from (values
    (interval '20 seconds', null::timestamptz, null),
    (interval '90 seconds', null, null),
    (interval '1 hour', null, 'too large'),
    (interval '2 hours', now(), null)
) as row (age, published_at, refused);

insert into insights.job (tenant_id, kind, status, awaiting, finished_at)
select gen_random_uuid(), kind, status, awaiting, now() - age
from (values
    ('slow', 'queued', false, null),
    ('slow', 'queued', false, null),
    ('slow', 'running', false, null),
    ('slow', 'running', true, null),
    ('slow', 'failed', false, interval '23 hours'),
    ('quick', 'queued', false, null),
    ('quick', 'completed', false, interval '1 hour'),
    ('quick', 'cancelled', false, interval '1 hour'),
    ('quick', 'failed', false, interval '0'),
    ('quick', 'failed', false, interval '1 hour'),
    ('quick', 'failed', false, interval '25 hours')
) as row (kind, status, awaiting, age);

insert into insights.dead_letter (tenant_id, consumer, event_id, event_type, payload, cause, deliveries)
select gen_random_uuid(), consumer, gen_random_uuid(), event_type, '{}', 'a cause', 8
from (values ('one', 'a.v1'), ('another', 'a.v1'), ('one', 'b.v1')) as row (consumer, event_type);
"""


def _told(text: str, name: str) -> dict[str, float]:
    """The lines of a metric, by their labels."""
    lines = [line for line in text.splitlines() if line.startswith(name + "{")]
    return {line.rsplit(" ", 1)[0].removeprefix(name): float(line.rsplit(" ", 1)[1]) for line in lines}


async def test_events_and_jobs_of_all_tenants_that_wait_are_told_while_the_database_answers(
    run: Run, database: MigratedDatabase
) -> None:
    async def hold_the_relay(context: ServiceContext) -> None:
        async def nothing() -> int:
            return 0

        context.relay.publish_batch = nothing

    owner = await asyncpg.connect(database.superuser_dsn)
    async with run(probe_spec(on_start=hold_the_relay)) as (context, client):
        none = await client.get("/metrics")
        await owner.execute(_ROWS)
        some = await client.get("/metrics")
        await context.db.close()
        away = await client.get("/metrics")
    await owner.close()

    service = '{service="insights"}'
    assert _told(none.text, "outbox_oldest_waiting_seconds") == {service: 0}
    assert _told(none.text, "jobs_unfinished") == {}
    assert 90 <= _told(some.text, "outbox_oldest_waiting_seconds")[service] < 3600
    assert _told(some.text, "jobs_unfinished") == {
        '{kind="quick",service="insights",status="queued"}': 1,
        '{kind="slow",service="insights",status="queued"}': 2,
        '{kind="slow",service="insights",status="running"}': 1,
    }
    assert _told(none.text, "dead_letters") == {}
    assert _told(some.text, "dead_letters") == {
        '{event="a.v1",service="insights"}': 2,
        '{event="b.v1",service="insights"}': 1,
    }
    assert _told(none.text, "failed_jobs") == {}
    assert _told(some.text, "failed_jobs") == {
        '{kind="quick",service="insights"}': 2,
        '{kind="slow",service="insights"}': 1,
    }
    assert away.status_code == 200
    assert "process_resident_memory_bytes" in away.text
    assert _told(away.text, "outbox_oldest_waiting_seconds") == _told(away.text, "jobs_unfinished") == {}


_LETTER = (
    "(tenant_id, consumer, event_id, event_type, payload, cause, deliveries)"
    " select gen_random_uuid(), 'c', gen_random_uuid(), 'x.v1', '{}', 'a cause', 8"
)
_FAILED_JOB = "(tenant_id, kind, status, finished_at) values (gen_random_uuid(), 'x.v1', 'failed', now())"


@pytest.mark.parametrize("service", SERVICES_WITH_DATABASE)
@pytest.mark.parametrize(
    ("table", "row", "count", "lookup"),
    [
        ("dead_letter", _LETTER, "letters from {}.count_dead_letters() where event_type", "dead_letters_counted"),
        ("job", _FAILED_JOB, "jobs from {}.count_failed_jobs() where kind", "failed_jobs_counted"),
    ],
)
async def test_who_counts_what_failed_reads_none(
    database: MigratedDatabase, service: str, table: str, row: str, count: str, lookup: str
) -> None:
    owner = await asyncpg.connect(database.superuser_dsn)
    await owner.execute(f"insert into {service}.{table} {row}")
    await owner.close()
    connection = await asyncpg.connect(database.settings.dsn(service))
    counted = f"select {count.format(service)} = 'x.v1'"
    assert await connection.fetchval(counted) is None
    await connection.execute(f"set app.lookup = '{lookup}'")
    assert await connection.fetchval(counted) == 1
    assert await connection.fetchval(f"select count(*) from {service}.{table}") == 0
    for other in SERVICES_WITH_DATABASE:
        if other != service:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(f"select {count.format(other)} = 'x.v1'")
    await connection.close()
