"""A person is taken out of everything: no row names them any more, nobody else's changes, and the figures follow."""

import asyncio
import json
from collections.abc import AsyncGenerator
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest

from common.events.contracts.data_users_changed import UsersChanged
from common.testing.company import Company
from common.testing.stack import Stack

pytestmark = [pytest.mark.xdist_group("stack"), pytest.mark.timeout(600)]

_DAY = "2024-04-29"
_TEN_IN_CHICAGO = 1_714_402_800_000_000
# What only the person has; their number is written in several ways.
_MARKS = ("zq7canary", "5559017731", "901-7731")
_NUMBER = "+1 (555) 901-7731"
_ITEM = {"item_id": "P-100", "item_name": "Sump pump", "price": 112.4, "quantity": 2}
_SUMMARIES = (
    *("buy", "day_total", "device_user", "open_cart", "sale", "session", "session_search", "user_day", "visit_day"),
    *("user_search", "user_search_word", "fact_leads", "task_status"),
)


def _event(minute: int, name: str, device: str | None, user: str | None, **more: Any) -> dict[str, Any]:
    at = {"event_name": name, "event_timestamp": _TEN_IN_CHICAGO + minute * 60_000_000, "session_id": "77"}
    return at | {"user_pseudo_id": device, "user_id": user, "location_id": "D07"} | more


# Theirs alone, a device that another signs in on too, and rows of no device.
_EVENTS = [
    _event(0, "page_view", "zq7canary phone", None, page_title="before signing in"),
    _event(1, "add_to_cart", "zq7canary phone", "zq7canary", items=[_ITEM]),
    _event(2, "no_search_results", "zq7canary phone", None, search_term="zq7canary valve"),
    _event(3, "purchase", None, "zq7canary", transaction_id="T-zq7canary", value=9, items=[_ITEM]),
    _event(4, "page_view", "counter", None),
    _event(5, "view_item", "counter", "zq7canary", items=[_ITEM]),
    _event(6, "add_to_cart", "counter", "baker", items=[_ITEM]),
    _event(7, "page_view", "baker phone", "baker"),
    _event(8, "view_cart", "zq7canary phone", "zq7canary", params={"note": "zq7canary"}),
]
_FILES = {
    "locations": "location_id,location_name\nD07,Omaha\n",
    "users": (
        "user_id,buying_company_name,email,cell_phone,office_phone,location_id,motto\n"
        f"zq7canary,Zq7canary & Sons,Me@Zq7canary.example,{_NUMBER},402-555-0199,D07,zq7canary first\n"
        "baker,Baker Heating,baker@heating.example,402-555-0122,402-555-0199,D07,\n"
        f",nobody's,me@zq7canary.example,{_NUMBER},,D07,\n"
        ",nobody's,baker@heating.example,1,,D07,\n"
    ),
    "leads": (
        "lead_id,created_at,name,email,phone,gclid,referrer,product_name,hobby\n"
        "L1,2024-04-29,Zq7canary,me@zq7canary.EXAMPLE,,zq7canary-click,https://www.google.com/zq7canary?q=1,Pump,zq7canary\n"
        "L2,2024-04-29,Baker,baker@heating.example,15559017731,click-2,,Pump,baking\n"
        "L3,2024-04-29,,,1 555 901 7731,,,Valve,\n"
        "L4,2024-04-29,Baker,baker@heating.example,,click-4,,Pump,baking\n"
        "L5,2024-04-29,Zq7canary,,(555) 901-7731,,,Valve,\n"
    ),
    "contracts": "contract_id,lead_id,signed_at,amount,remark\nC1,L1,2024-04-29,500,for zq7canary\n",
}


@pytest.fixture
async def superuser(stack: Stack) -> AsyncGenerator[asyncpg.Connection]:
    connection = await asyncpg.connect(stack.superuser_dsn)
    yield connection
    await connection.close()


async def test_a_person_is_erased_from_everything_and_nobody_else_is(stack: Stack, superuser: asyncpg.Connection):
    async with stack.company() as company, stack.company() as other:
        await asyncio.gather(*(_fill(stack, each) for each in (company, other)))
        assert await _named(superuser, company.tenant_id) != {}
        others_before = await _rows(superuser, other.tenant_id)
        before = await _rows(superuser, company.tenant_id)

        job = await _erase(company, "zq7canary")
        assert job["kind"] == "erasure"
        again = await _erase(company, "zq7canary")
        assert again["job_id"] == job["job_id"]
        receipt = await company.ended_import(job, 60)
        assert receipt["status"] == "completed", receipt
        assert receipt["counts"] == {
            "users": 1,
            "user_device": 3,
            "page_view": 1,
            "add_to_cart": 1,
            "no_search_results": 1,
            "purchase": 1,
            "view_item": 1,
            "other_event": 1,
            "import_reject": 1,
            "refused_hit": 1,
            "lead_blanked": 3,
            "lead_phone_blanked": 1,
            "contract_blanked": 1,
            "shop_order_blanked": 1,
            "shop_refund_blanked": 1,
            "webhook_delivery": 1,
            "task_status": 1,
            "report_task": 1,
            "link": 1,
        }

        assert await _named(superuser, company.tenant_id) == {}
        assert await _rows(superuser, other.tenant_id) == others_before
        # Of the company's own rows only such go, or change, that were the person's.
        after = await _rows(superuser, company.tenant_id)
        for table, rows in before.items():
            kept = {row for row in rows if "baker" in row and not any(mark in row.lower() for mark in _MARKS)}
            assert kept <= after[table], table
        leads = await superuser.fetch(
            "select lead_id, name, email, phone, gclid, referrer, product_name, attributes::text from data.lead"
            " where tenant_id = $1 order by lead_id",
            company.tenant_id,
        )
        baker = ("Baker", "baker@heating.example", None)
        assert [tuple(row) for row in leads] == [
            ("L1", None, None, None, "erased", "https://www.google.com", "Pump", "{}"),
            ("L2", *baker, "click-2", None, "Pump", '{"hobby": "baking"}'),
            ("L3", None, None, None, None, None, "Valve", "{}"),
            ("L4", *baker, "click-4", None, "Pump", '{"hobby": "baking"}'),
            ("L5", None, None, None, None, None, "Valve", "{}"),
        ]
        await _at_rest(superuser, company.tenant_id)
        assert await _summaries(superuser, company.tenant_id) == await _rebuilt(superuser, company.tenant_id)

        # The receipt stays; who was erased is known by the id that is asked for, and a stranger is nobody.
        assert await _erase(company, "zq7canary") == receipt
        unknown = await company.api.delete("/data/users/nobody")
        assert unknown.status_code == httpx.codes.NOT_FOUND
        assert (await company.api.get("/data/users/zq7canary")).status_code == httpx.codes.NOT_FOUND
        assert (await company.get("/analytics/search", q="zq7canary"))["data"] == []

        # What comes in later is new, and can be erased as well.
        await company.imported("users", b"user_id,email\nzq7canary,me@zq7canary.example\n")
        anew = await _erase(company, "zq7canary")
        assert anew["job_id"] != job["job_id"]
        assert (await company.ended_import(anew))["counts"]["users"] == 1
        assert await _named(superuser, company.tenant_id) == {}


async def _erase(company: Company, user_id: str) -> dict[str, Any]:
    answer = await company.api.delete(f"/data/users/{user_id}")
    assert answer.status_code == httpx.codes.ACCEPTED, answer.text
    return answer.json()


async def _fill(stack: Stack, company: Company) -> None:
    """Rows of every kind that name the person, beside such as do not."""
    superuser = await asyncpg.connect(stack.superuser_dsn)
    try:
        # (insights look at the figures at the next full minute, which would change rows of their own in the middle)
        await superuser.execute(
            "insert into insights.generation (tenant_id, due_at) values ($1, now() + interval '1 day')"
            " on conflict (tenant_id) do update set due_at = excluded.due_at",
            company.tenant_id,
        )
        await _fill_by_the_public_road(company)
        await _fill_shop(superuser, company.tenant_id)
        # (the search that was worked, the cart that was told of)
        followed = "select count(*) > 1 from analytics.follow_up where tenant_id = $1 and not is_compared"
        while not await superuser.fetchval(followed, company.tenant_id):
            await asyncio.sleep(0.05)
        await _at_rest(superuser, company.tenant_id)
        told = UsersChanged(user_ids=["baker", "zq7canary"])
        await superuser.execute(
            "insert into analytics.dead_letter (tenant_id, consumer, event_id, event_type, payload, cause, deliveries)"
            " values ($1, 'x', gen_random_uuid(), $2, $3, 'too bad', 8)",
            *(company.tenant_id, told.TYPE, json.dumps({"user_ids": told.user_ids})),
        )
    finally:
        await superuser.close()


async def _fill_by_the_public_road(company: Company) -> None:
    """What people, programs and files bring in, and what is made of it."""
    stream = await company.post("/data/sources", {"kind": "measurement_protocol", "name": "app"})
    hit = {"client_id": "zq7canary phone", "events": [{"name": "_refused", "params": {"of": "me@zq7canary.example"}}]}
    await company.api.post("/mp/collect", params={k: stream[k] for k in ("measurement_id", "api_secret")}, json=hit)
    for kind, content in _FILES.items():
        assert (await company.imported(kind, content.encode()))["status"] == "completed", kind
    assert (await company.post("/data/events", {"events": _EVENTS}))["accepted"] == len(_EVENTS)
    # (a file is completed only once answers include what was there before it, too)
    await company.imported("locations", b"location_id,location_name\nD08,Lincoln\n")
    [search] = [task for task in await company.tasks("search-analysis", _DAY) if "zq7canary" in task["search_term"]]
    work = {"status": "done", "note": "called Zq7canary"}
    path = f"/analytics/tasks/search-analysis/{search['task_key']}"
    (await company.api.patch(path, json=work)).raise_for_status()
    rep = {"branch_code": "D07", "branch_name": "Omaha", "sales_rep_name": "R", "sales_rep_email": "r@shop.example"}
    await company.post("/analytics/email/mappings", rep)
    await company.ended_send(await company.post("/analytics/email/send-reports", {"report_date": _DAY}))


async def _fill_shop(superuser: asyncpg.Connection, tenant_id: UUID) -> None:
    source_id = await superuser.fetchval(
        "insert into data.source (tenant_id, kind, name, status) values ($1, 'woocommerce', 'shop', 'paused')"
        " returning source_id",
        tenant_id,
    )
    for order_id, user, email, note in (
        ("1", "zq7canary", "me@zq7canary.example", "zq7canary"),
        ("2", "baker", "baker@heating.example", "baker"),
    ):
        await superuser.execute(
            "insert into data.shop_order (tenant_id, source_id, order_id, number, transaction_id, status, currency,"
            " total, total_tax, shipping_total, discount_total, customer_id, email_hash, user_id, created_at,"
            " modified_at, lines, extra)"
            " values ($1, $2, $3, $3, 'W-' || $3, 'completed', 'USD', 9, 0, 0, 0, $4 || '-17',"
            " sha256(convert_to($5, 'UTF8')), $4, '2024-04-29', '2024-04-29', $6, $7)",
            *(tenant_id, source_id, order_id, user, email),
            *(json.dumps([{"item_id": "P-100", "extra": {"engraving": note}}]), json.dumps({"customer_note": note})),
        )
        await superuser.execute(
            "insert into data.shop_refund (tenant_id, source_id, order_id, refund_id, amount, reason, created_at,"
            " lines, extra) values ($1, $2, $3, '1', 1, $4, '2024-04-30', '[]', '{}')",
            *(tenant_id, source_id, order_id, f"{note} asked"),
        )
        await superuser.execute(
            "insert into data.webhook_delivery (tenant_id, source_id, resource, resource_id, topic, deliveries,"
            " looked_at_delivery) values ($1, $2, 'customer', $3 || '-17', 'customer.updated', 1, 1)",
            *(tenant_id, source_id, user),
        )


async def _tables(superuser: asyncpg.Connection) -> list[str]:
    rows = await superuser.fetch(
        "select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace"
        " join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id'"
        " where c.relkind in ('r', 'p') and not c.relispartition and n.nspname !~ '^pg_' order by 1"
    )
    return [row[0] for row in rows]


async def _named(superuser: asyncpg.Connection, tenant_id: UUID) -> dict[str, list[str]]:
    """The rows of every table that name the person in any column."""
    marks = [f"%{mark}%" for mark in _MARKS]
    found = {
        table: [
            row[0]
            for row in await superuser.fetch(
                f"select t::text from {table} t where t.tenant_id = $1 and t::text ilike any($2)", tenant_id, marks
            )
        ]
        for table in await _tables(superuser)
    }
    return {table: rows for table, rows in found.items() if rows}


async def _rows(superuser: asyncpg.Connection, tenant_id: UUID) -> dict[str, set[str]]:
    """Every row of a tenant, but for what the machinery notes of its work."""
    passing = ("outbox", "inbox", "job", "rollup_state", "audit_entry", "session", "batch", "idempotency_key")
    # (counted some seconds later, and taken up some seconds later)
    passing += ("hit_count", "dirty_key")
    return {
        table: {
            row[0] for row in await superuser.fetch(f"select t::text from {table} t where tenant_id = $1", tenant_id)
        }
        for table in await _tables(superuser)
        if table.rpartition(".")[2] not in passing
    }


async def _summaries(superuser: asyncpg.Connection, tenant_id: UUID) -> dict[str, list[str]]:
    return {
        table: sorted(
            row[0]
            for row in await superuser.fetch(f"select t::text from analytics.{table} t where tenant_id = $1", tenant_id)
        )
        for table in _SUMMARIES
    }


async def _at_rest(superuser: asyncpg.Connection, tenant_id: UUID) -> None:
    """Nothing waits to be refreshed."""
    waits = "select exists (select from analytics.dirty_key where tenant_id = $1)"
    while await superuser.fetchval(waits, tenant_id):
        await asyncio.sleep(0.05)


async def _rebuilt(superuser: asyncpg.Connection, tenant_id: UUID) -> dict[str, list[str]]:
    """What a rebuild from all rows makes of them."""
    transaction = superuser.transaction()
    await transaction.start()
    try:
        await superuser.execute("set local role branchwise_analytics")
        await superuser.execute(f"set local app.tenant_id = '{tenant_id}'")
        await superuser.execute("select from analytics.rollup_state where tenant_id = $1 for update", tenant_id)
        assert await superuser.fetch("select * from analytics.refresh_tenant($1, true)", tenant_id)
        return await _summaries(superuser, tenant_id)
    finally:
        await transaction.rollback()
