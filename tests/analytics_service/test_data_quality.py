"""How marketing's answers describe the quality of their figures."""

import json
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from common.answers import Answers
from common.events.contracts.analytics_day_refreshed import DayRefreshed
from common.testing.cluster import MigratedDatabase
from tests.analytics_service.conftest import Service
from tests.analytics_service.marketing_books import store_books
from tests.analytics_service.marketing_reference import AdDay, Books
from tests.analytics_service.stored import as_analytics, refresh
from tests.analytics_service.test_marketing_calls import CALLS


async def test_every_marketing_answer_describes_the_quality_of_its_figures(
    service: Service, database: MigratedDatabase
) -> None:
    writer, tenant_id = service.stored.writer, service.tenant_id
    today: date = await writer.fetchval("select (now() at time zone 'America/Chicago')::date") or date.min
    first, last = today - timedelta(39), today
    asked = {"date_from": str(first), "date_to": str(last)}

    async def quality_of(path: str = "/api/analytics/products", **params: Any) -> dict[str, Any]:
        answer = await service.get(path, **(params or asked))
        header = answer.headers["X-Data-Quality"]
        assert header.isascii()
        assert len(header) < 4096
        known = {**service.people["admin"].headers, "If-None-Match": answer.headers["etag"]}
        again = await service.client.get(path, params=params or asked, headers=known)
        assert (again.status_code, again.headers["X-Data-Quality"]) == (304, header)
        return json.loads(header)

    nothing = {"total": 0, "days": []}
    fields = {"fresh_as_of": None, "is_waiting": False, "provisional_days": [str(today), str(last)]}
    fields |= {"sampled_share": 0, "thresholded_share": 0, "unconverted_days": nothing}
    fields |= {"dropped_before": {"days": None, "events": None}}
    assert await quality_of() == fields
    stats = {"start_date": str(first), "end_date": str(last)}
    assert await quality_of("/analytics/stats", **stats) == await quality_of("/analytics/stats", **stats) == fields

    insert = "insert into data.source (tenant_id, kind, name) values ($1, $2, 'x') returning source_id"
    source_id = await writer.fetchval(insert, tenant_id, "ga4")
    since = [(await quality_of())["provisional_days"][0]]
    await writer.fetchval(insert, tenant_id, "meta_ads")
    since += [(await quality_of())["provisional_days"][0]]
    assert since == [str(today - timedelta(4)), str(today - timedelta(27))]
    before = {"date_from": "2024-01-01", "date_to": str(today - timedelta(28))}
    assert (await quality_of(**before))["provisional_days"] is None

    await writer.executemany(
        "insert into data.quality_flag (tenant_id, source_id, stream, day, flag) values ($1, $2, $3, $4, $5)",
        [
            (tenant_id, source_id, stream, first + timedelta(n), flag)
            for flag, streams, days in (("sampled", "ab", 4), ("thresholded", "a", 1), ("other_row", "a", 9))
            for stream in streams
            for n in range(days)
        ],
    )
    ads = [AdDay("meta", "a", "1", "One", first + timedelta(n), Decimal(1), currency="EUR") for n in range(30)]
    await store_books(service.stored, Books([], [], ads))
    key = "insert into analytics.dirty_key (tenant_id, ad_days) values ($1, $2)"
    async with as_analytics(database, tenant_id) as connection:
        await connection.execute(key, tenant_id, [ad.day for ad in ads])
        await refresh(connection, tenant_id)
    answers: Answers = service.context.extras["answers"]
    await answers.changed(uuid4(), tenant_id, DayRefreshed(batch_ids=[], days=[]))  # as the refresher does
    note = await quality_of()
    assert (note["is_waiting"], note["sampled_share"], note["thresholded_share"]) == (False, 10, 2.5)
    assert note["fresh_as_of"].endswith("Z")
    async with writer.transaction():
        await writer.execute("insert into analytics.dirty_key (tenant_id) values ($1)", tenant_id)
        assert await writer.fetchval("select is_waiting from analytics.get_data_quality($1, $2, $2)", tenant_id, first)
        await writer.execute("delete from analytics.dirty_key where tenant_id = $1", tenant_id)
    days = [str(ad.day) for ad in ads]
    assert note["unconverted_days"] == {"total": 30, "days": days[-20:]}

    full = (await service.get("/api/analytics/quality", **asked)).json()
    more = {"sampled_days": days[:4], "thresholded_days": days[:1], "unconverted_days": {"total": 30, "days": days}}
    assert full == note | more
    for path in (*CALLS, "utm-audit"):
        assert await quality_of(f"/api/analytics/{path}") == note, path
    assert (await service.get("/api/analytics/quality", "rep of N", **asked)).status_code == 403


async def test_answers_say_which_data_of_their_range_was_dropped(service: Service) -> None:
    """A comparison includes the previous period; lists of visits name events only."""
    writer, tenant_id = service.stored.writer, service.tenant_id
    await writer.execute(
        "insert into analytics.rollup_state (tenant_id, days_from) values ($1, '2023-05-01')", tenant_id
    )
    await writer.execute("insert into data.retention (tenant_id, events_from) values ($1, '2024-02-01')", tenant_id)
    both, events = ("2023-05-01", "2024-02-01"), (None, "2024-02-01")
    for path, first, last, told in (
        ("/analytics/stats", "2024-03-01", "2024-03-30", events),
        ("/analytics/stats", "2024-03-03", "2024-03-30", (None, None)),
        ("/analytics/stats", "2023-05-02", "2023-05-30", both),
        ("/api/analytics/campaigns/v5/campaigns/wow", "2023-05-02", "2023-05-30", both),
        ("/api/analytics/dashboard/v5/kpi", "2023-05-02", "2023-05-30", events),
        ("/analytics/tasks/purchases", "2024-01-31", "2024-02-01", events),
        ("/analytics/tasks/recovery", "2024-01-31", "2024-02-01", events),
        ("/analytics/tasks/purchases", "2024-02-01", "2024-02-01", None),
    ):
        names = ("start_date", "end_date") if path.startswith("/analytics") else ("date_from", "date_to")
        answer = await service.get(path, **dict(zip(names, (first, last), strict=True)))
        header = answer.headers.get("X-Data-Quality")
        found = json.loads(header)["dropped_before"] if header else None
        assert found == (told and {"days": told[0], "events": told[1]}), (path, first)
