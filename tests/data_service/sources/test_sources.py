import json
import re
from typing import Any
from uuid import UUID

import httpx
import pytest

from common.sealing import unseal
from services.data_service.domain.syncs.new_measurement_id import hash_of_secret
from services.data_service.store.measurement.measurement_streams import Stream, stream_of_secret
from tests.data_service.harness import Company, Data
from tests.data_service.sources.connected import META, Vendor, connect

pytestmark = pytest.mark.asyncio(loop_scope="module")
KEY_FILE = {
    "type": "service_account",
    "client_email": "reader@project.iam.gserviceaccount.com",
    "private_key": "-----BEGIN PRIVATE KEY-----\nsecretly\n-----END PRIVATE KEY-----\n",
    "token_uri": "https://oauth2.googleapis.com/token",
    "auth_uri": "https://accounts.google.com/o/oauth2/auth",
}
WOO_SECRETS = {"consumer_key": "ck_1", "consumer_secret": "cs_1", "webhook_secret": "wh_1"}
GA4 = {"kind": "ga4", "name": "Our website", "config": {"property_id": "properties/123"}}
SHOP = {"kind": "woocommerce", "name": "Our shop", "secrets": WOO_SECRETS}
STREAM = {"kind": "measurement_protocol", "name": "Our app"}


@pytest.fixture(autouse=True)
def _no_source_is_left(vendor: Vendor) -> Vendor:
    return vendor


async def post(data: Data, company: Company, body: dict[str, Any]) -> httpx.Response:
    return await data.api.post("/data/sources", json=body, headers=company.headers)


def wrong_fields(answer: httpx.Response) -> set[str]:
    assert answer.status_code == 422, answer.text
    return {error["field"] for error in answer.json()["errors"]}


async def test_a_source_is_listed_as_it_was_made_and_without_its_secrets(data: Data, vendor: Vendor):
    ours = await connect(data, vendor)
    listed = (await data.api.get("/data/sources", headers=ours.company.headers)).json()
    assert (listed["total"], listed["has_more"]) == (1, False)
    [source] = listed["data"]
    assert (source["id"], source["kind"], source["name"]) == (ours.source["id"], "meta_ads", "Our ads")
    assert source["config"] == META["config"]
    assert set(source) == {
        *("id", "kind", "name", "config", "status", "reason"),
        *("last_sync_at", "next_sync_at", "created_at", "updated_at"),
    }
    assert source == await ours.state()
    assert "EAAsecret" not in json.dumps([ours.source, listed])


async def test_what_google_also_writes_is_taken_and_kept_plain(data: Data):
    company = await data.company(role="admin")
    for credentials in (KEY_FILE, json.dumps(KEY_FILE)):
        made = await post(data, company, {**GA4, "secrets": {"credentials": credentials}})
        assert made.status_code == 201, made.text
        assert made.json()["config"]["property_id"] == "123"
        source_id = made.json()["id"]
        sealed: Any = await data.admin.fetchval(
            "select secrets_sealed from data.source where source_id = $1", source_id
        )
        assert "secretly" not in sealed
        opened = json.loads(unseal(data.context.settings, sealed, f"data.source/{source_id}"))
        kept = json.loads(opened["credentials"])
        assert kept["private_key"] == KEY_FILE["private_key"]
        assert "auth_uri" not in kept


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({**GA4, "secrets": {}}, {"secrets.credentials"}),
        ({**GA4, "config": {}, "secrets": {"credentials": KEY_FILE}}, {"config.property_id"}),
        ({**GA4, "config": {"property_id": "x"}, "secrets": {"credentials": KEY_FILE}}, {"config.property_id"}),
        ({**GA4, "config": {"property_id": "1", "site": "x"}, "secrets": {"credentials": KEY_FILE}}, {"config.site"}),
        ({**GA4, "secrets": {"credentials": KEY_FILE, "password": "x"}}, {"secrets.password"}),
        ({**GA4, "secrets": {"credentials": "not a key file"}}, {"secrets.credentials"}),
        (
            {**GA4, "secrets": {"credentials": KEY_FILE | {"token_uri": "http://169.254.169.254/token"}}},
            {"secrets.credentials"},
        ),
        ({**SHOP, "config": {"store_url": "not a url"}}, {"config.store_url"}),
        ({**SHOP, "config": {"store_url": "http://shop.example.com"}}, {"config.store_url"}),
        ({**SHOP, "config": {"store_url": "https://u:p@shop.example.com"}}, {"config.store_url"}),
        ({**STREAM, "config": {"measurement_id": "G-1234567890"}}, {"config.measurement_id"}),
        ({**STREAM, "secrets": {"api_secret": "mine"}}, {"secrets.api_secret"}),
        ({**STREAM, "kind": "fax"}, {"kind"}),
        ({**STREAM, "name": " "}, {"name"}),
        ({**STREAM, "status": "active"}, {"status"}),
    ],
)
async def test_what_a_kind_does_not_take_is_named(data: Data, body: dict[str, Any], fields: set[str]):
    answer = await post(data, await data.company(role="admin"), body)
    assert wrong_fields(answer) == fields
    assert "secretly" not in answer.text


@pytest.mark.parametrize(
    "url",
    [
        *("https://127.0.0.1", "https://localhost/shop", "https://[::1]:8443", "https://169.254.169.254"),
        *("https://10.1.2.3", "https://0x7f000001", "https://2130706433", "https://127.1"),
    ],
)
async def test_a_shop_that_points_inside_is_refused_when_it_is_saved(data: Data, url: str):
    company = await data.company(role="admin")
    assert wrong_fields(await post(data, company, {**SHOP, "config": {"store_url": url}})) == {"config.store_url"}
    outside = await post(data, company, {**SHOP, "config": {"store_url": "https://shop.nowhere.invalid/"}})
    assert outside.status_code == 201, outside.text
    assert outside.json()["config"] == {"store_url": "https://shop.nowhere.invalid"}
    changed = {"config": {"store_url": url}, "secrets": WOO_SECRETS}
    url_of_source = f"/data/sources/{outside.json()['id']}"
    answer = await data.api.put(url_of_source, json=changed, headers=company.headers)
    assert wrong_fields(answer) == {"config.store_url"}


async def test_stored_secrets_are_not_sent_to_another_shop(data: Data):
    company = await data.company(role="admin")
    made = await post(data, company, {**SHOP, "config": {"store_url": "https://shop.nowhere.invalid"}})
    url, elsewhere = f"/data/sources/{made.json()['id']}", {"store_url": "https://thief.invalid"}
    some = {"config": elsewhere, "secrets": {"consumer_key": "ck_2"}}
    answer = await data.api.put(url, json=some, headers=company.headers)
    assert wrong_fields(answer) == {"secrets.consumer_secret", "secrets.webhook_secret"}
    same_place = {"config": {"store_url": "https://shop.nowhere.invalid/blog"}}
    assert (await data.api.put(url, json=same_place, headers=company.headers)).status_code == 200
    all_anew = {"config": elsewhere, "secrets": WOO_SECRETS}
    assert (await data.api.put(url, json=all_anew, headers=company.headers)).status_code == 200


async def test_a_change_keeps_what_it_does_not_name(data: Data):
    company = await data.company(role="admin")
    made = await post(data, company, {**SHOP, "config": {"store_url": "https://shop.nowhere.invalid"}})
    source_id = made.json()["id"]
    for change, secrets in (
        ({"name": "Renamed"}, WOO_SECRETS),
        ({"secrets": {"consumer_key": "ck_2"}}, WOO_SECRETS | {"consumer_key": "ck_2"}),
        ({"secrets": {"webhook_secret": None}}, {"consumer_key": "ck_2", "consumer_secret": "cs_1"}),
    ):
        answer = await data.api.put(f"/data/sources/{source_id}", json=change, headers=company.headers)
        assert answer.status_code == 200, answer.text
        assert (answer.json()["name"], answer.json()["config"]) == ("Renamed", made.json()["config"])
        sealed: Any = await data.admin.fetchval(
            "select secrets_sealed from data.source where source_id = $1", source_id
        )
        assert json.loads(unseal(data.context.settings, sealed, f"data.source/{source_id}")) == secrets
    needed = await data.api.put(
        f"/data/sources/{source_id}", json={"secrets": {"consumer_key": None}}, headers=company.headers
    )
    assert wrong_fields(needed) == {"secrets.consumer_key"}
    other_kind = await data.api.put(f"/data/sources/{source_id}", json={"kind": "ga4"}, headers=company.headers)
    assert other_kind.json()["type"] == "urn:branchwise:problem:source-kind-stays"


async def test_the_secret_of_the_measurement_protocol_is_told_once_and_kept_as_a_hash(data: Data):
    company = await data.company(role="admin")
    made = (await post(data, company, STREAM)).json()
    measurement_id, api_secret = made["measurement_id"], made["api_secret"]
    assert re.fullmatch(r"G-[A-Z0-9]{10}", measurement_id)
    assert re.fullmatch(r"[\w-]{22,}", api_secret)
    assert (made["config"], made["next_sync_at"]) == ({"measurement_id": measurement_id}, None)
    read = await data.api.get(f"/data/sources/{made['id']}", headers=company.headers)
    assert read.json() == {name: made[name] for name in read.json()}
    assert "api_secret" not in read.json()
    async with data.context.db.lookup("measurement_id", token_hash=hash_of_secret(api_secret)) as connection:
        stream = await stream_of_secret(connection)
    assert stream == Stream(company.tenant_id, UUID(made["id"]), measurement_id)
    async with data.context.db.lookup("measurement_id", token_hash=hash_of_secret("another")) as connection:
        assert await stream_of_secret(connection) is None
    for table in ("source", "measurement_stream", "outbox", "job", "idempotency_key"):
        rows = await data.admin.fetch(f"select t::text from data.{table} t")
        assert all(api_secret not in row[0] for row in rows), table
    tested = await data.api.post(f"/data/sources/{made['id']}/test", headers=company.headers)
    assert tested.json()["ok"] is True
    again = {"name": "Renamed", "config": read.json()["config"], "secrets": {}}
    assert (await data.api.put(f"/data/sources/{made['id']}", json=again, headers=company.headers)).status_code == 200
    another = {"config": {"measurement_id": "G-AAAAAAAAAA"}}
    answer = await data.api.put(f"/data/sources/{made['id']}", json=another, headers=company.headers)
    assert wrong_fields(answer) == {"config.measurement_id"}


async def test_the_secret_is_told_again_to_the_same_request_only_and_kept_nowhere(data: Data):
    company = await data.company(role="admin")
    headers = {**company.headers, "Idempotency-Key": "once"}
    first, again = [await data.api.post("/data/sources", json=STREAM, headers=headers) for _ in range(2)]
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    [kept] = await data.admin.fetch("select body from data.idempotency_key where tenant_id = $1", company.tenant_id)
    assert len(kept["body"]) > len(first.content)
    assert first.json()["api_secret"].encode() not in kept["body"]
    assert await data.admin.fetchval("select count(*) from data.source where tenant_id = $1", company.tenant_id) == 1


# How each way of reading leaves its trace.
TRACES = {
    "a sync": "update data.source set last_sync_at = now() where tenant_id = $1 and source_id = $2",
    "a page": "insert into data.source_cursor (tenant_id, source_id, stream, position) values ($1, $2, 'days', '1')",
    "a backfill": (
        "with job as (insert into data.job (tenant_id, job_id, kind, status) values"
        " ($1, gen_random_uuid(), 'backfill.ga4', 'completed') returning job_id)"
        " insert into data.backfill_piece (tenant_id, job_id, source_id, first_day, last_day, state)"
        " select $1, job_id, $2, '2026-03-01', '2026-03-02', 'done' from job"
    ),
}


@pytest.mark.parametrize("trace", TRACES)
@pytest.mark.parametrize(
    ("source", "elsewhere"),
    [
        ({**GA4, "secrets": {"credentials": KEY_FILE}}, {"property_id": "124"}),
        ({**SHOP, "config": {"store_url": "https://shop.nowhere.invalid"}}, {"store_url": "https://other.invalid"}),
        ({"kind": "meta_ads", "name": "Our ads", **META}, {"account_id": "4343"}),
    ],
)
async def test_the_account_of_a_source_is_put_right_until_something_was_read_and_stays_then(
    data: Data, vendor: Vendor, source: dict[str, Any], elsewhere: dict[str, str], trace: str
):
    vendor.is_open.clear()
    company = await data.company(role="admin")
    made = (await post(data, company, source)).json()
    url, change = f"/data/sources/{made['id']}", {"config": elsewhere, "secrets": source["secrets"]}
    await data.api.put(url, json={"status": "paused"}, headers=company.headers)
    right = await data.api.put(url, json=change, headers=company.headers)
    await data.admin.execute(TRACES[trace], company.tenant_id, UUID(made["id"]))

    back = await data.api.put(url, json={"config": made["config"]}, headers=company.headers)
    same = await data.api.put(url, json={**change, "name": "Renamed"}, headers=company.headers)

    vendor.is_open.set()
    assert (right.status_code, same.status_code) == (200, 200)
    assert wrong_fields(back) == {f"config.{name}" for name in elsewhere}


async def test_a_removed_source_is_gone_and_what_it_brought_stays(data: Data, vendor: Vendor):
    ours = await connect(data, vendor)
    await ours.first_sync()
    assert (await data.api.delete(ours.url, headers=ours.company.headers)).status_code == 204
    for method in ("GET", "DELETE"):
        assert (await data.api.request(method, ours.url, headers=ours.company.headers)).status_code == 404
    assert (await data.api.post(f"{ours.url}/test", headers=ours.company.headers)).status_code == 404
    assert await data.admin.fetchval("select count(*) from data.source_cursor where source_id = $1", ours.id) == 0
    jobs = (await data.api.get("/data/ingest/jobs", headers=ours.company.headers)).json()
    assert jobs["total"] == 1


async def test_another_tenant_sees_and_changes_nothing_of_a_source(data: Data, vendor: Vendor):
    ours = await connect(data, vendor)
    theirs = (await data.company(role="admin")).headers
    assert (await data.api.get("/data/sources", headers=theirs)).json()["total"] == 0
    for method, path in (("GET", ours.url), ("PUT", ours.url), ("DELETE", ours.url), ("POST", f"{ours.url}/test")):
        answer = await data.api.request(method, path, json={}, headers=theirs)
        assert (answer.status_code, answer.json()["type"]) == (404, "urn:branchwise:problem:source-not-found"), method
    assert (await ours.state())["status"] == "active"


async def test_a_manager_reads_and_syncs_and_an_admin_keeps_the_sources(data: Data, vendor: Vendor):
    ours = await connect(data, vendor)
    await ours.first_sync()
    manager = await data.member(ours.company.tenant_id, "manager")
    assert (await data.api.get(ours.url, headers=manager)).status_code == 200
    assert (await data.api.post("/api/sync/meta-ads", headers=manager)).status_code == 202
    for method, path in (
        ("POST", "/data/sources"),
        ("PUT", ours.url),
        ("DELETE", ours.url),
        ("POST", f"{ours.url}/test"),
    ):
        assert (await data.api.request(method, path, json={}, headers=manager)).status_code == 403, method


async def test_no_secret_reaches_the_log_the_audit_or_a_job(data: Data, vendor: Vendor):
    ours = await connect(data, vendor)
    await ours.first_sync()
    vendor.answers = [KeyError("impressions")]
    await ours.fell_due()
    await ours.put(secrets={"access_token": "EAAchanged"})
    said = [file.read_text(encoding="utf-8") for file in (data.context.settings.home / "logs").glob("*")]
    assert any("reading source" in text for text in said)
    for table in ("outbox", "job", "pgqueuer", "source"):
        said += [row[0] for row in await data.admin.fetch(f"select t::text from data.{table} t")]
    assert not any("EAAsecret" in text or "EAAchanged" in text for text in said)


async def test_what_people_do_with_a_source_is_written_down(data: Data, vendor: Vendor):
    ours = await connect(data, vendor)
    await ours.first_sync()
    await ours.put(name="Renamed", secrets={"access_token": "EAAchanged"})
    await data.api.post(f"{ours.url}/test", headers=ours.company.headers)
    await ours.asked()
    await data.api.delete(ours.url, headers=ours.company.headers)
    rows = await data.admin.fetch(
        "select payload from data.outbox where tenant_id = $1 and event_type like 'audit.%' order by occurred_at",
        ours.company.tenant_id,
    )
    entries = [json.loads(row[0]) for row in rows]
    done = ["source.added", "source.changed", "source.tested", "sync.requested", "source.removed"]
    assert [entry["action"] for entry in entries] == done
    changed = entries[1]["detail"]
    assert (changed["before"]["name"], changed["after"]["name"]) == ("Our ads", "Renamed")
    assert changed["secrets"] == ["access_token"]
