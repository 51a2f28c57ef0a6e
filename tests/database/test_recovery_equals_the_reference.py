"""The closed loop of the database against the plain reference: random reports, works and late sign-ins."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import msgspec
import pytest

from common.db import Connection
from common.testing.cluster import MigratedDatabase
from tests.analytics_service.histories import Histories
from tests.analytics_service.recovery_reference import SENT, RecoveryReference, ReportedTask, Result, Subject, Work
from tests.analytics_service.reference import Reference
from tests.analytics_service.stored import Stored, as_analytics, refresh, stored_tenant

FORTNIGHT = range(16)
REPS = ("ann@x.example", "kim@x.example")
STATUSES = ("sent",) * 5 + ("written", "unknown", "refused", "failed", "nothing_to_report")
_TASKS = """
    select 'cart-abandonment' as kind, task_key, location_id, user_pseudo_id, user_id, last_ts from analytics.open_cart
    union all select 'search-analysis', task_key, location_id, user_pseudo_id, user_id, last_ts
    from analytics.session_search
    union all select 'repeat-visits', task_key, last_location_id, user_pseudo_id, user_id, last_ts
    from analytics.session where prev_day is not null
    order by 2
"""


class Teller:
    """Makes random reports of a company's tasks, and stores them in the database."""

    def __init__(self, histories: Histories, stored: Stored) -> None:
        self.random = histories.random
        self.begin = histories.begin
        self.stored = stored
        self.reported_tasks: list[ReportedTask] = []
        self.works: list[Work] = []
        self._written = 0, 0

    async def tell(self, tasks: list[Subject], days: range = FORTNIGHT) -> None:
        """A report every few days to each of one or two reps, often with a task that was reported before."""
        pick = self.random
        for n, day in enumerate(
            sorted(pick.choice(days) for _ in range(len(days) * 9 // 16)), len(self.reported_tasks)
        ):
            # (no two at one moment, but the two reps of one)
            at = self.begin + timedelta(days=day, hours=pick.choice((6, 7, 20)), microseconds=n)
            percent, branch = pick.choice((0, 20)), pick.choice(("N", "S"))
            held = {task.key for task in tasks if percent and task.device in ("d1", "d3")}
            reported = pick.sample(tasks, min(len(tasks), pick.choice((1, 4, 8))))
            for rep in pick.sample(REPS, pick.choice((1, 2))):
                status = pick.choice(STATUSES)
                made = at + timedelta(seconds=pick.choice((0, 0, 3)))
                settled = {task.key for task in reported if percent and pick.random() < 0.3}
                self.reported_tasks += [
                    ReportedTask(task, made, branch, rep, status, task.key in held, percent, task.key in settled)
                    for task in reported
                ]

    def work(self, tasks: list[Subject], days: range = FORTNIGHT) -> None:
        """Some tasks are worked for the first time, reported or not."""
        tasks = [task for task in tasks if task.key not in {work.task.key for work in self.works}]
        for task in self.random.sample(tasks, len(tasks) // 3):
            at = self.begin + timedelta(days=self.random.choice(days), hours=self.random.choice((6, 9, 21)))
            self.works.append(Work(task, at, self.random.choice(REPS)))

    async def store(self) -> None:
        """Write the reports as the email service does, each row with what it then finds, and tell the summaries."""
        deliveries: dict[tuple[Any, ...], list[ReportedTask]] = defaultdict(list)
        reported_tasks, works = self.reported_tasks[self._written[0] :], self.works[self._written[1] :]
        self._written = len(self.reported_tasks), len(self.works)
        for reported in reported_tasks:
            deliveries[reported.at, reported.branch, reported.rep, reported.status, reported.hold_out_pct].append(
                reported
            )
        for (at, branch, rep, status, percent), reported_tasks in deliveries.items():
            delivery_id = uuid4()
            await self.stored.writer.execute(
                "insert into email.delivery (tenant_id, delivery_id, job_id, report_date, branch_code, branch_name,"
                " sales_rep_name, sales_rep_email, is_forced, route, status, as_of, created_at, hold_out_pct)"
                " values ($1, $2, gen_random_uuid(), '2024-01-01', $3, $3, '', $4, true, 'smtp', $5, $6, $6, $7)",
                *(self.stored.tenant_id, delivery_id, branch, rep.title(), status, at, percent),
            )
            await self.stored.writer.executemany(
                "insert into email.report_task (tenant_id, delivery_id, task_no, customer_no, kind, task_key, user_key,"
                " last_activity_at, task, user_pseudo_id, user_id, is_held_out, is_first)"
                " values ($1, $2, $3, $4, $5, $6, 'whoever', $7, '{}', $8, $9, $10, $11)",
                [
                    (
                        *(
                            self.stored.tenant_id,
                            delivery_id,
                            number,
                            number if reported.was_sent else 0,
                            reported.task.kind,
                        ),
                        *(
                            reported.task.key,
                            reported.task.last_activity_at,
                            reported.task.device,
                            reported.task.user_id,
                        ),
                        *(reported.held_out, self._is_first(reported)),
                    )
                    for number, reported in enumerate(reported_tasks, 1)
                ],
            )
        await self.stored.writer.executemany(
            "insert into analytics.task_status (tenant_id, kind, task_key, status, worked_by, worked_at,"
            " first_worked_at, first_worked_by, location_id, user_pseudo_id, user_id, last_activity_at)"
            " values ($1, $2, $3, 'open', 'somebody else', now(), $4, $5, $6, $7, $8, $9)",
            [
                (
                    *(self.stored.tenant_id, work.task.kind, work.task.key, work.at, work.by, work.task.location_id),
                    *(work.task.device, work.task.user_id, work.task.last_activity_at),
                )
                for work in works
            ],
        )

        await self.stored.writer.execute(
            "insert into analytics.dirty_key (tenant_id, delivery_ids, task_keys)"
            " select $1, array(select delivery_id from email.delivery where tenant_id = $1), $2",
            *(self.stored.tenant_id, [work.task.key for work in works]),
        )

    def _is_first(self, reported: ReportedTask) -> bool:
        a_day_before = reported.at - timedelta(hours=24)
        return not any(work.task.key == reported.task.key and work.at < reported.at for work in self.works) and not any(
            other.task.key == reported.task.key and other.at < a_day_before and other.was_sent and other.status in SENT
            for other in self.reported_tasks
        )


async def tasks_of(connection: Connection) -> list[Subject]:
    return [Subject(*row) for row in await connection.fetch(_TASKS)]


async def recovery(connection: Connection, stored: Stored, days: tuple[date, date], places: Any) -> Any:
    rows = await connection.fetch(
        "select * from analytics.get_recovery($1, $2, $3, $4)", *(stored.tenant_id, *days, places)
    )
    columns = {"total": "kind", "branch": "location_id", "rep": "rep", "reason": "kind", "day": "day"}
    found = {
        (row["grouped_by"], row[columns[row["grouped_by"]]]): Result(row["tasks"], row["recovered"], row["revenue"])
        for row in rows
    }
    assert len(found) == len(rows)
    total = next(row for row in rows if row["grouped_by"] == "total")
    unconverted = msgspec.json.decode(total["unconverted"] or "{}")
    assert bool(unconverted) is (total["unconverted_rows"] > 0)
    return found, {currency: round(float(amount), 2) for currency, amount in unconverted.items()}


async def agree(
    connection: Connection, stored: Stored, reference: RecoveryReference, days: tuple[date, date], places: Any
) -> int:
    """Every figure of some days equals the reference's; how many were recovered."""
    expected, left_out = reference.recovery(*days, places)
    expected.setdefault(("total", None), Result())
    found = await recovery(connection, stored, days, places)
    assert found == (expected, {currency: float(amount) for currency, amount in left_out.items()})
    sides = await connection.fetch(
        "select * from analytics.get_hold_out($1, $2, $3, $4)", *(stored.tenant_id, *days, places)
    )
    assert {row[0]: tuple(row)[1:] for row in sides} == reference.hold_out(*days, places)
    return expected["total", None].recovered


@pytest.mark.parametrize("seed", range(400, 404))
async def test_every_figure_equals_the_reference_for_everybody_and_after_late_sign_ins(
    database: MigratedDatabase, seed: int
) -> None:
    histories = Histories(seed)
    first = histories.begin.date()
    one = first + timedelta(days=histories.random.randrange(3, 12))
    ranges = [
        (first - timedelta(days=2), first + timedelta(days=30)),
        (one, one),
        (first, one),
        (one, one + timedelta(5)),
    ]
    recovered = 0
    async with stored_tenant(database) as stored:
        await stored.settings(histories.company)
        await stored.homes(histories.company)
        await stored.rates(histories.company)
        rows = histories.rows(140)
        await stored.add(rows)
        await stored.mark(rows)
        teller = Teller(histories, stored)
        async with as_analytics(database, stored.tenant_id) as connection:
            await refresh(connection, stored.tenant_id)
            tasks = await tasks_of(connection)
        await teller.tell(tasks)
        teller.work(tasks)
        await teller.store()
        async with as_analytics(database, stored.tenant_id) as connection:
            await refresh(connection, stored.tenant_id)
        for _ in range(2):
            reference = RecoveryReference(Reference(histories.company), teller.reported_tasks, teller.works)
            async with as_analytics(database, stored.tenant_id) as connection:
                for days in ranges:
                    recovered += await agree(connection, stored, reference, days, None)
                    await agree(connection, stored, reference, days, ["S"])
                own = await recovery(connection, stored, ranges[0], ["N"])
                # The fence alone says what the filter does: also where the purchase lies at another branch.
                await connection.execute("select set_config('app.branch_codes', '{N}', true)")
                assert await recovery(connection, stored, ranges[0], None) == own
                await connection.execute("select set_config('app.branch_codes', '{}', true)")
                assert (await recovery(connection, stored, ranges[0], None))[0] == {("total", None): Result()}
            # Whose devices they are changes, carts are bought, purchases come and go: tasks were reported all the same.
            more = histories.rows(60)
            await stored.add(more)
            await stored.mark(more)
            await stored.restate(histories.restated(10))
            async with as_analytics(database, stored.tenant_id) as connection:
                await refresh(connection, stored.tenant_id)
    assert recovered > 0


async def test_nothing_told_is_nothing_recovered(database: MigratedDatabase) -> None:
    histories = Histories(1)
    async with stored_tenant(database) as stored:
        await stored.settings(histories.company)
        async with as_analytics(database, stored.tenant_id) as connection:
            days = (date(2024, 1, 1), date(2024, 3, 1))
            assert await recovery(connection, stored, days, None) == ({("total", None): Result()}, {})
            assert (
                await connection.fetch("select * from analytics.get_hold_out($1, $2, $3)", stored.tenant_id, *days)
                == []
            )


async def test_reps_who_are_told_before_and_after_midnight_are_told_of_one_task(database: MigratedDatabase) -> None:
    histories = Histories(1)
    histories.company.zone = ZoneInfo("UTC")
    async with stored_tenant(database) as stored:
        await stored.settings(histories.company)
        midnight = datetime(2024, 3, 5, tzinfo=UTC)
        task = Subject("repeat-visits", "k" * 32, "N", "d1", None, midnight)
        teller = Teller(histories, stored)
        teller.reported_tasks = [
            ReportedTask(task, midnight + timedelta(seconds=seconds), "N", rep, "sent", hold_out_pct=10)
            for seconds, rep in ((-2, REPS[1]), (1, REPS[0]))
        ]
        await teller.store()
        async with as_analytics(database, stored.tenant_id) as connection:
            await refresh(connection, stored.tenant_id)
            for day, tasks in ((midnight.date() - timedelta(days=1), 1), (midnight.date(), 0)):
                found, _ = await recovery(connection, stored, (day, day), None)
                assert found["total", None].tasks == tasks
                assert (("rep", REPS[1]) in found) is bool(tasks)
                sides = await connection.fetch(
                    "select tasks from analytics.get_hold_out($1, $2, $2)", *(stored.tenant_id, day)
                )
                assert [row[0] for row in sides] == [1] * tasks
