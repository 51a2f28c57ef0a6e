"""A preview takes a place, a transaction and locks: for a while only, and not from other companies."""

import asyncio
from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from services.data_service.api.preview_places import PreviewPlaces
from services.data_service.domain.files import preview_file
from services.data_service.errors import PreviewRunning, PreviewsBusy
from services.data_service.store.ads.ad_performance import record_ad_performance
from services.data_service.store.events.months import KnownMonths, MonthNotMade
from services.data_service.store.files import undone
from tests.data_service.ads import ad_day, connect_source
from tests.data_service.export_rows import ndjson, row
from tests.data_service.files.uploads import imported, lines, previewed, send
from tests.data_service.harness import Company, Data

pytestmark = pytest.mark.asyncio(loop_scope="module")
ADS = "date,platform,campaign_id,campaign_name,impressions,clicks,spend,account_id"


def product(name: str) -> bytes:
    return lines("product_id,product_name", f"{name},Lamp of {name}")


async def kept_files(data: Data, company: Company) -> list[str]:
    kept = data.context.extras["files"].untouched_for(-60)
    return [name for name in kept if name.startswith(str(company.tenant_id))]


async def is_blocking_somebody(data: Data) -> bool:
    waits: Any = await data.admin.fetchval(
        "select exists (select from pg_locks where not granted and pg_backend_pid() = any(pg_blocking_pids(pid)))"
    )
    return waits


async def test_a_company_has_one_place_and_the_others_wait_a_while():
    places = PreviewPlaces(places=1, wait_seconds=0)
    one, other = uuid4(), uuid4()
    async with places.of(one):
        with pytest.raises(PreviewRunning) as running:
            places.refuse_second(one)
        with pytest.raises(PreviewsBusy) as busy:
            async with places.of(other):
                pass
    assert [(problem.value.status, "Retry-After" in problem.value.headers) for problem in (running, busy)] == [
        (429, True),
        (503, True),
    ]
    async with places.of(other):
        places.refuse_second(one)


async def test_a_second_preview_is_refused_and_a_caller_who_leaves_ends_the_first(
    data: Data, monkeypatch: pytest.MonkeyPatch
):
    # It shall not end by itself.
    monkeypatch.setattr(undone, "LOCK_SECONDS", 60)
    monkeypatch.setattr(preview_file, "PREVIEW_SECONDS", 60)
    company = await data.company()
    await imported(data, company, "products", product("P1"))
    changed = product("P1").replace(b"Lamp", b"Light")
    async with data.admin.transaction(), asyncio.timeout(20):
        await data.admin.execute("select from data.product where tenant_id = $1 for update", company.tenant_id)
        first = asyncio.ensure_future(send(data, company, "products/preview", changed))
        while not await is_blocking_somebody(data):
            await asyncio.sleep(0.01)
        second = await send(data, company, "products/preview", product("P2"))
        assert (second.status_code, second.json()["type"]) == (429, "urn:branchwise:problem:preview-running")
        first.cancel()
        while (await send(data, company, "products/preview", product("P2"))).status_code != 200:
            await asyncio.sleep(0.02)
    assert await kept_files(data, company) == []


async def test_a_file_that_takes_too_long_is_answered_with_what_was_seen(data: Data, monkeypatch: pytest.MonkeyPatch):
    company = await data.company()
    with monkeypatch.context() as patched:
        patched.setattr(preview_file, "PREVIEW_SECONDS", 0)
        preview = await previewed(data, company, "products", product("P1"))
    assert "longer to read than the 0 seconds of a preview" in preview["problem"]
    assert (preview["encoding"], preview["new"], preview["rows"]) == ("utf-8", 0, [])
    assert (await previewed(data, company, "products", product("P1")))["new"] == 1


async def test_a_preview_of_ads_keeps_their_other_writers_waiting_for_less(data: Data, monkeypatch: pytest.MonkeyPatch):
    company = await data.company()
    monkeypatch.setattr(preview_file, "AD_TURN_SECONDS", 0)
    preview = await previewed(data, company, "campaign-performance", lines(ADS, "2026-11-01,meta,C1,Spring,1,1,1.00,"))
    assert "for days of ads 0 seconds" in preview["problem"]
    assert preview["new"] == 0


async def test_an_upload_past_the_bound_is_refused_and_not_kept(data: Data, monkeypatch: pytest.MonkeyPatch):
    company = await data.company()
    monkeypatch.setattr(data.context.settings, "max_import_mb", 1)
    for path in ("products", "products/preview"):
        answer = await send(data, company, path, product("P1") + bytes(1 << 20))
        assert (answer.status_code, answer.json()["type"]) == (413, "urn:branchwise:problem:payload-too-large")
    assert await kept_files(data, company) == []


async def test_a_preview_makes_the_months_that_its_rows_fall_in(data: Data):
    company = await data.company()
    content = ndjson([row(number=1, event_timestamp="1520000000000000", event_date="20180302")])
    assert (await previewed(data, company, "ga4-export", content))["new"] == 1
    assert await data.admin.fetchval("select to_regclass('data.page_view_2018_03')::text") == "data.page_view_2018_03"


async def test_making_a_month_waits_for_nobody_long(data: Data):
    months, db, month = KnownMonths(), data.context.db, date(2017, 5, 1)
    async with data.admin.transaction():
        await data.admin.execute("lock table data.page_view_default in access share mode")
        with pytest.raises(MonthNotMade):
            await months.ensure(db, [month], tries=1)
    await months.ensure(db, [month], tries=1)
    assert await data.admin.fetchval("select to_regclass('data.page_view_2017_05') is not null")


async def test_a_preview_leaves_out_the_days_that_a_connected_source_tells_of(data: Data):
    company = await data.company()
    source = await connect_source(data.admin, company.tenant_id)
    async with data.context.db.tenant(company.tenant_id) as connection:
        await record_ad_performance(connection, company.tenant_id, [ad_day(account_id="7712")], source)
    content = lines(ADS, "2026-11-01,meta,C1,Spring,1,1,1.00,act_7712", "2026-11-02,meta,C1,Spring,1,1,2.00,act_7712")
    preview = await previewed(data, company, "campaign-performance", content)
    assert (preview["new"], preview["rejected"]) == (1, 1)
    assert [(shown["day"], shown["spend"]) for shown in preview["rows"]] == [("2026-11-02", 2)]
