"""Reasons read from a company's rows: the first one names the segment that was changed."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import asyncpg
import numpy as np
import pytest
import pytest_asyncio

from common.testing.cluster import MigratedDatabase
from common.testing.people import add_tenant
from services.insights_service.domain.anomalies.episode import Episode
from services.insights_service.domain.anomalies.judged_series import JudgedSeries
from services.insights_service.domain.anomalies.series_grid import days_between
from services.insights_service.domain.reasons.drill_down import question_of
from services.insights_service.domain.reasons.leaves import Mask
from services.insights_service.store.leaves import LeafRow, get_leaves
from tests.insights_service.conftest import Company
from tests.insights_service.cubes import Cube, cubes, others_of
from tests.insights_service.made_leads import Leads, first_reason, named_by, named_first

MIDNIGHT = datetime(2026, 5, 15, tzinfo=UTC)
YESTERDAY = date(2026, 5, 14)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def writer(database: MigratedDatabase) -> AsyncGenerator[asyncpg.Connection]:
    connection = await asyncpg.connect(database.superuser_dsn)
    yield connection
    await connection.close()


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def reader(database: MigratedDatabase) -> AsyncGenerator[asyncpg.Connection]:
    """Connect as the service's own role."""
    connection = await asyncpg.connect(database.settings.dsn("insights"))
    yield connection
    await connection.close()


@pytest.mark.asyncio(loop_scope="module")
async def test_the_first_reason_names_the_segment_that_changed_in_nine_of_ten(
    database: MigratedDatabase, writer: asyncpg.Connection, reader: asyncpg.Connection
) -> None:
    random = np.random.default_rng(30)
    named = list[bool]()
    for company in cubes(random, 2, 600):
        named += await named_first(writer, reader, await add_tenant(database.superuser_dsn), random, company)
    assert np.mean(named) >= 0.9


@pytest.mark.asyncio(loop_scope="module")
async def test_a_sample_of_a_days_many_leads_names_the_segment_that_changed(
    database: MigratedDatabase, writer: asyncpg.Connection, reader: asyncpg.Connection
) -> None:
    random, leads_a_day = np.random.default_rng(31), 8_000
    tenant_id, named = await add_tenant(database.superuser_dsn), list[bool]()
    [company] = cubes(random, 1, leads_a_day)
    injected = list(others_of(random, company, 2))
    for factor, cube in zip((0.3, 2.5), injected, strict=True):
        leads, grid = Leads(date(2026, 3, 2)), days_between(date(2026, 3, 2), date(2026, 3, 10), ZoneInfo("UTC"))
        leads.add(random, company, 0, 1.0)
        leads.add(random, cube, 7, factor)
        await leads.store(writer, tenant_id)
        counts = np.bincount(np.concatenate(leads.day), minlength=8).astype(float)
        counts[1:7] = leads_a_day
        usual = np.full(1, float(leads_a_day))
        series = JudgedSeries("leads", "company", "", "", counts)
        episode = Episode(series, grid, 7, 8, False, 9.0, 7, usual, usual, usual)
        question = question_of(episode, {"leads": leads_a_day}, 3_000)
        assert question is not None
        named.append(named_by(cube, await first_reason(reader, tenant_id, episode, question)))
        async with reader.transaction():
            await reader.execute(f"set local app.tenant_id = '{tenant_id}'")
            rows = await get_leaves(reader, tenant_id, question)
        # About that many leads were counted and extrapolated, with an error of a few percent that the variance states.
        counted = np.array([row.expected + row.actual for row in rows]) * question.sampled_share
        assert (np.allclose(counted, np.round(counted)), counted.sum() < 3_300) == (True, True)
        assert sum(row.actual for row in rows) == pytest.approx(counts[7], rel=0.1)
        assert sum(row.variance for row in rows) == pytest.approx(counted.sum() / question.sampled_share**2)
    assert named == [True] * 2


# A small company has four campaigns on two platforms, four branches and three products.
_SHARES = [np.array([0.5, 0.2, 0.2, 0.1]), np.array([0.5, 0.25, 0.15, 0.1]), np.array([0.6, 0.3, 0.1])]
_WEEK = np.array([1.0, 1.1, 1.0, 1.05, 0.9, 0.5, 0.4])


def small_company(a_day: float) -> Cube:
    campaign, branch, product = (each.ravel() for each in np.meshgrid(*map(np.arange, (4, 4, 3)), indexing="ij"))
    volume = a_day * _SHARES[0][campaign] * _SHARES[1][branch] * _SHARES[2][product]
    codes = np.stack([campaign // 2, campaign, branch, product], axis=1)
    return Cube(codes, volume, np.ones(len(codes)), np.zeros(len(codes), dtype=np.bool_))


def leads_until_yesterday(random: np.random.Generator, mask: Mask, factor: float, days: int = 110) -> Leads:
    leads, cube = Leads(YESTERDAY - timedelta(days - 1)), small_company(160)
    for day in range(days):
        usual = cube.leads * _WEEK[(leads.first + timedelta(day)).weekday()]
        leads.add(random, replace(cube, leads=usual, mask=mask), day, factor if day >= days - 2 else 1.0)
    return leads


@pytest.mark.asyncio(loop_scope="module")
async def test_alerts_with_the_same_origin_are_reported_once_and_name_it(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.insights_service.domain.look.now", lambda: MIDNIGHT)
    _, campaign, branch, product = small_company(1).codes.T
    for mask, factor, place in (
        ((product == 1) & (branch == 1), 5.0, {("product", "Product 1"), ("branch", "Branch 1")}),
        ((campaign == 0) & (branch == 0), 0.0, {("campaign", "Campaign 0"), ("branch", "Branch 0")}),
    ):
        await leads_until_yesterday(np.random.default_rng(8), mask, factor).store(company.superuser, company.tenant_id)
        for _ in range(2):
            await company.generate()
        [insight] = await company.insights()
        where = [*insight["evidence"]["segment"], *insight["evidence"]["reasons"][0]["segment"]]
        assert {(part["dimension"], part["members"][0]["name"]) for part in where} == place
    # If the figures are the same as before, the leaves are not read again.
    read = list[object]()

    async def reads(*question: object) -> list[LeafRow]:
        read.append(question)
        return []

    monkeypatch.setattr("services.insights_service.domain.reasons.find_reasons.get_leaves", reads)
    await company.generate()
    [unchanged] = await company.insights()
    assert (unchanged["evidence"]["reasons"], read) == (insight["evidence"]["reasons"], [])
