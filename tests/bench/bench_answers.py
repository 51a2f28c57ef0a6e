"""Benchmark of answers: computed ones relative to their statement in pgbench, cached ones relative to an answer from
memory, and the hit rate of the cache.

Cached answers are compared by the server's CPU time, because the client takes as long as the server that answers from
memory.
"""

import random
from datetime import date, timedelta
from itertools import accumulate
from statistics import median
from typing import cast
from uuid import UUID, uuid4

import uvloop
from answers_bed import BRANCHES, answers_bed

from common.answers import Answer, Answers, Question, Span
from common.answers.in_process import InProcess
from common.events.bus import Bus
from common.events.contracts.analytics_day_refreshed import DayRefreshed
from common.testing.measure import Measure
from services.analytics_service.domain.outdated_answers import CHANGED_BY

_SECONDS, _ROUNDS = 3.0, 5

# A thousand users with five seconds' think time, over two hours: twice the time that an answer may be kept.
_REQUESTS_A_SECOND, _TRAFFIC_SECONDS = 200, 7_200
_TENANTS, _CALLS, _RANGES, _ZIPF = 60, 13, 40, 1.1
# One of ten ranges ends today. Dashboards open with whole days, which end yesterday.
_TODAYS_RANK = 3
_CACHE_BYTES = 64 << 20
_TODAY = date(2024, 5, 15)


def measure() -> list[Measure]:
    """Measure ratios of answers a second, and the share of answers that came from the cache."""
    with answers_bed() as bed:
        rounds = [
            (
                bed.answers(bed.computing, _SECONDS).a_second,
                bed.answers(bed.keeping, _SECONDS).a_second_of_work,
                bed.answers(bed.from_memory, _SECONDS).a_second_of_work,
                bed.statements(_SECONDS),
            )
            for _ in range(_ROUNDS)
        ]
    computed, cached, limit, statement = (median(column) for column in zip(*rounds, strict=True))
    label, note = f"{BRANCHES}-row answer", "64 connections; the list of branches"
    rows = [
        Measure(f"{label}, {how}", rate, unit, hold, aim, baseline, baseline_what, note=note)
        for how, rate, unit, hold, aim, baseline, baseline_what in (
            ("computed", computed, "answers/s", 0.12, 0.20, statement, "pgbench, 8 clients"),
            ("kept", cached, "answers/s of CPU", 0.5, 1.0, limit, "the same from memory in the same server"),
        )
    ]
    return [*rows, uvloop.run(_hit_rate())]


class _Bus:
    """An event bus that is always connected."""

    gaps = 0
    hears = True


async def _hit_rate() -> Measure:
    """Measure the hit rate with Zipf weights of tenants and ranges, once the cache is full and answers expire."""
    second = 0
    answers = Answers(InProcess(_CACHE_BYTES, lambda: float(second)), cast("Bus", _Bus()), CHANGED_BY)
    chance = random.Random(7)
    tenants, tenant_weights = [UUID(int=number) for number in range(_TENANTS)], _weights(_TENANTS)
    ranges, range_weights = _ranges(), _weights(_RANGES)
    refreshed = DayRefreshed(batch_ids=[], days=[_TODAY.isoformat()])
    bodies = [_campaigns(chance) for _ in range(50)]
    hits = questions = of_today = 0
    for second in range(_TRAFFIC_SECONDS):
        whose = chance.choices(tenants, cum_weights=tenant_weights, k=_REQUESTS_A_SECOND)
        which = chance.choices(ranges, cum_weights=range_weights, k=_REQUESTS_A_SECOND)
        for tenant_id, span in zip(whose, which, strict=True):
            question = Question(tenant_id, f"/call/{chance.randrange(_CALLS)}", None, span)
            found = await answers.find(question)
            if found is None:
                await answers.keep(question, chance.choice(bodies), span, await answers.begin(tenant_id))
            if second >= _TRAFFIC_SECONDS // 2:
                questions += 1
                hits += found is not None
                of_today += span.last == _TODAY
        for tenant_id in tenants:
            await answers.changed(uuid4(), tenant_id, refreshed)
    possible = _TENANTS * _RANGES * _CALLS
    note = (
        f"Zipf (s = {_ZIPF}) over {_TENANTS} tenants and {_RANGES} ranges of {_CALLS} calls: {possible:,} answers,"
        f" {possible * len(bodies[0].body) / 1e6:.0f} MB, in {_CACHE_BYTES >> 20} MB;"
        f" {of_today / questions:.0%} of the questions include today, which is refreshed every second"
    )
    return Measure("answers that were kept", 100 * hits / questions, "%", 85, 90, note=note)


def _campaigns(chance: random.Random) -> Answer:
    """Return a list of 50 campaigns, as long as those of the dashboard."""
    return Answer.of(
        [
            {
                "platform": chance.choice(["google", "meta", "naver"]),
                "campaign_name": f"Spring {chance.randrange(1000)} {chance.choice(['brand', 'retargeting'])}",
                "leads": chance.randrange(500),
                "n_contracts": chance.randrange(50),
                "revenue": chance.randrange(10**7) / 100,
                "spend": chance.randrange(10**6) / 100,
                "cpl": chance.randrange(10**4) / 100,
                "roas": chance.randrange(1000) / 100,
            }
            for _ in range(50)
        ]
    )


def _ranges() -> list[Span]:
    """Return ranges in the order of their frequency; every tenth ends today, the others on an earlier day."""
    chance = random.Random(3)
    made: list[Span] = []
    for number in range(_RANGES):
        end = _TODAY if number % 10 == _TODAYS_RANK else _TODAY - timedelta(days=chance.choice([1, 1, 2, 8]))
        made.append(Span(end - timedelta(days=7 * number + 7), end))
    return made


def _weights(count: int) -> list[float]:
    return list(accumulate((rank + 1) ** -_ZIPF for rank in range(count)))
