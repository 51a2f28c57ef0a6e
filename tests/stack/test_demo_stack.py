"""What `branchwise up` gives: a stack with a demo, and commands that work with it."""

import asyncio
import json
import os
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from branchwise.demo.tenant import make_demo
from branchwise.demo.vendors import DemoVendors
from common.clock import now
from common.settings import SERVICES
from common.testing.stack import Stack
from tests.stack.run_script import run_script

# One demo for all of them: it takes a while to make.
pytestmark = [pytest.mark.xdist_group("demo"), pytest.mark.timeout(300)]
KINDS = ("purchases", "cart-abandonment", "search-analysis", "repeat-visits")


@pytest.fixture(scope="module")
def stack(new_stack: Callable[[], Stack]) -> Iterator[Stack]:
    stack = new_stack()
    stack.start()
    stack.wait_until(lambda: "Demo sign-in" in stack.log.read_text())
    yield stack
    stack.stop()


@pytest.fixture
def signed_in(stack: Stack) -> dict[str, str]:
    demo = demo_of(stack)
    body = {"email": demo["email"], "password": demo["password"]}
    answer = httpx.post(f"{stack.gateway}/auth/password/login", json=body, timeout=20).raise_for_status()
    return {"Authorization": f"Bearer {answer.json()['access_token']}", "X-Tenant-Id": demo["tenant_id"]}


def demo_of(stack: Stack) -> dict[str, Any]:
    """How to sign in to the demo, once it is in."""
    return json.loads((stack.home / "demo" / "demo.json").read_text())


def get(stack: Stack, path: str, **headers: str) -> Any:
    return httpx.get(f"{stack.gateway}{path}", headers=headers, timeout=20).raise_for_status().json()


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_is_ready_on_its_port_of_the_base(stack: Stack, service: str) -> None:
    answer = httpx.get(f"{stack.url_of(service)}/health/ready", timeout=20)
    assert answer.status_code == 200
    assert answer.json()["status"] == "healthy"


def test_yesterday_has_every_kind_of_task_in_three_branches(stack: Stack, signed_in: dict[str, str]) -> None:
    assert len(_branches_with_every_kind(stack, signed_in)) >= 3


def _branches_with_every_kind(stack: Stack, signed_in: dict[str, str]) -> set[str]:
    day = demo_of(stack)["yesterday"]
    branches: list[set[str]] = [
        {
            task["location_id"]
            for task in get(stack, f"/analytics/tasks/{kind}?start_date={day}&end_date={day}&limit=500", **signed_in)[
                "data"
            ]
        }
        for kind in KINDS
    ]
    return set.intersection(*branches)


def test_a_demo_branch_has_a_report_to_look_at(stack: Stack, signed_in: dict[str, str]) -> None:
    day = demo_of(stack)["yesterday"]
    answer = httpx.get(
        f"{stack.gateway}/analytics/email/preview?branch_code=B01&report_date={day}", headers=signed_in, timeout=20
    )
    assert answer.status_code == 200
    assert "Omaha" in answer.text


def test_the_demos_sources_are_read_by_themselves(stack: Stack, signed_in: dict[str, str]) -> None:
    def sources() -> list[dict[str, Any]]:
        return get(stack, "/data/sources", **signed_in)["data"]

    stack.wait_until(lambda: all(source["last_sync_at"] for source in sources()), within=120)
    assert {(source["kind"], source["status"]) for source in sources()} == {
        ("ga4", "active"),
        ("meta_ads", "active"),
        ("woocommerce", "active"),
    }
    assert all(source["next_sync_at"] for source in sources())
    stack.wait_until(lambda: all(job["status"] == "completed" for job in _backfills(stack, signed_in)), within=120)
    assert {job["kind"]: job["progress"]["done"] for job in _backfills(stack, signed_in)} == {
        "backfill.ga4": 60,
        "backfill.meta_ads": 90,
        "backfill.woocommerce": 30,
    }
    day = demo_of(stack)["yesterday"]
    campaigns = get(stack, f"/api/campaigns?date_from={day}&date_to={day}", **signed_in)["data"]
    assert {campaign["platform"] for campaign in campaigns} == {"google", "meta"}
    assert all(campaign["metrics"]["spend"] > 0 for campaign in campaigns)


def test_a_source_that_was_not_read_while_its_vendor_was_away_is_read_at_the_next_start(
    stack: Stack, signed_in: dict[str, str]
) -> None:
    async def be_away() -> None:
        connection = await asyncpg.connect(stack.superuser_dsn)
        await connection.execute(
            "update data.source set status = 'degraded', next_sync_at = now() + interval '6 hours'"
            " where kind = 'woocommerce'"
        )
        await connection.close()

    asyncio.run(be_away())
    folder = stack.home / "demo"
    ports: dict[str, int] = json.loads((folder / "vendors.json").read_text())
    account = str(ports.pop("account"))
    vendors = DemoVendors(ports, account, folder, folder)
    make_demo(stack.home, now(), vendors)
    stack.wait_until(
        lambda: all(one["status"] == "active" for one in get(stack, "/data/sources", **signed_in)["data"]), within=120
    )


def _backfills(stack: Stack, signed_in: dict[str, str]) -> list[dict[str, Any]]:
    jobs = get(stack, "/data/ingest/jobs?limit=500", **signed_in)["data"]
    return [job for job in jobs if job["kind"].startswith("backfill.")]


def test_a_tenant_is_created_and_filled_by_the_command_line(stack: Stack, tmp_path: Path) -> None:
    owner = ("--owner-email", "owner@acme.example", "--owner-password", "four lamps and a ladder")
    created = stack.run("tenant", "create", "Acme", "--time-zone", "Europe/Berlin", "--currency", "EUR", *owner)
    assert created.returncode == 0, created.stderr
    tenant_id = json.loads(created.stdout)["tenant_id"]
    assert list(json.loads(created.stdout)) == ["tenant_id"]

    file = tmp_path / "locations.csv"
    file.write_text("location_id,location_name\nX1,First\nX2,Second\n")
    previewed = stack.run("import", "locations", str(file), "--tenant", tenant_id, "--preview")
    assert (previewed.returncode, previewed.stderr) == (0, "")
    assert "2 new, 0 changed, 0 unchanged, 0 rejected" in previewed.stdout
    imported = stack.run("import", "locations", str(file), "--tenant", tenant_id)
    assert (imported.returncode, imported.stdout) == (0, "")
    assert "locations 2" in imported.stderr

    token = stack.run("token", "--email", "owner@acme.example").stdout.strip()
    profile = get(stack, "/auth/me", Authorization=f"Bearer {token}")
    assert [(tenant["id"], tenant["role"]) for tenant in profile["tenants"]] == [(tenant_id, "admin")]


def test_reports_of_the_demo_are_written_where_no_mail_server_is_set(stack: Stack) -> None:
    demo = demo_of(stack)
    arguments = ("--tenant", demo["tenant_id"], "--date", demo["yesterday"], "--branch", "B02", "--branch", "B03")
    sent = stack.run("send-reports", *arguments)
    assert (sent.returncode, sent.stdout) == (0, ""), sent.stderr
    written = stack.home / "outbox-mail"
    assert len(list(written.rglob("*.eml"))) == 2
    again = stack.run("send-reports", *arguments)
    assert again.returncode == 0
    assert len(list(written.rglob("*.eml"))) == 2


def test_a_refusal_is_told_in_its_own_words(stack: Stack) -> None:
    owner = ("--owner-email", "owner@b.example", "--owner-password", "four lamps and a ladder")
    refused = stack.run("tenant", "create", "B", "--time-zone", "Mars/Olympus", "--currency", "EUR", *owner)
    assert refused.returncode == 1
    assert refused.stdout == ""
    assert "time_zone" in refused.stderr


def test_a_second_launcher_of_the_same_home_is_refused(stack: Stack) -> None:
    second = stack.run("up", "--no-demo")
    assert second.returncode == 1
    assert "already runs" in second.stderr


def test_the_database_of_a_running_stack_is_not_cleared(stack: Stack) -> None:
    refused = run_script("clear_db", stack.home, "--yes")
    assert refused.returncode == 1
    assert "Stop it first" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_nobody_else_can_read_what_lies_in_the_home(stack: Stack) -> None:
    ours = ("logs/data.log", "run/launcher.lock", "secrets/operator_key", "nats/nats.conf", "demo/users.csv")
    assert all((stack.home / name).exists() for name in ours)
    open_to_others = {path for path in _all_in(stack.home) if _is_open_to_others(path)}
    assert open_to_others <= {stack.log}


def _all_in(folder: Path) -> Iterator[Path]:
    # (`rglob` ends with an error where a folder is removed meanwhile, as PostgreSQL does)
    for place, folders, files in os.walk(folder):
        yield from (Path(place) / name for name in (*folders, *files))


def _is_open_to_others(path: Path) -> bool:
    try:
        return bool(path.lstat().st_mode & 0o077)
    except FileNotFoundError:  # the stack runs: PostgreSQL has temporary files
        return False


def test_logs_lie_under_the_home(stack: Stack) -> None:
    names = {path.name for path in (stack.home / "logs").iterdir()}
    assert {f"{service}.log" for service in SERVICES} <= names
    assert {f"{service}-error.log" for service in SERVICES} <= names


def test_days_later_yesterday_again_has_every_kind_of_task(stack: Stack, signed_in: dict[str, str]) -> None:
    # The last test of this file: afterwards the demo's newest day lies in the future, which no report may be of.
    before = date.fromisoformat(demo_of(stack)["yesterday"])
    demo = make_demo(stack.home, now() + timedelta(days=3))
    assert date.fromisoformat(demo.yesterday) == date.fromisoformat(demo_of(stack)["yesterday"])
    assert date.fromisoformat(demo.yesterday) - before >= timedelta(days=3)
    assert len(_branches_with_every_kind(stack, signed_in)) >= 3
