"""Create the demo tenant in a running stack through its APIs, and add the days that have passed since."""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from branchwise.demo.company import BRANCHES
from branchwise.demo.files import write_enquiries, write_files, write_later_days
from branchwise.demo.history import DAYS, History
from branchwise.demo.local_zone import local_zone
from branchwise.demo.sources import connect
from branchwise.demo.vendors import DemoVendors
from branchwise.demo.visit import BRANCH_PROPERTY, CURRENCY
from branchwise.jobs import upload_and_follow
from branchwise.progress import console, step
from branchwise.stack_client import StackClient, TenantClient
from common.embedded.private_file import write_private

_EMAIL: Final = "demo@branchwise.example"


@dataclass(frozen=True)
class Demo:
    """The credentials of the demo and the progress of its creation, which continues at the next start if interrupted.

    `yesterday` is the newest day with data, `connected` the kinds of source that were ever connected.
    """

    email: str
    password: str
    time_zone: str
    yesterday: str
    tenant_id: str = ""
    complete: bool = False
    connected: tuple[str, ...] = ()


def make_demo(home: Path, at: datetime, vendors: DemoVendors | None = None) -> Demo:
    """Return the demo of this home. Creates it, completes it, or adds the days until the day before `at`, as needed.

    Raises StackNotRunning, Refused, JobDidNotComplete.
    """
    record = home / "demo" / "demo.json"
    demo = _recorded(record) or _new(at)
    if not demo.complete:
        demo = _make(home, record, demo)
    yesterday = _day_before(at, demo.time_zone)
    newest = date.fromisoformat(demo.yesterday)
    if newest < yesterday:
        # At most as many days as a new demo has, however long the stack was stopped.
        first = max(newest + timedelta(days=1), yesterday - timedelta(days=DAYS - 1))
        with step(f"Demo: inventing the days since {newest}"):
            zone = ZoneInfo(demo.time_zone)
            visits = write_later_days(home / "demo", first, yesterday, zone)
            files = [("ga4-export", visits), *write_enquiries(home / "demo", first, yesterday, zone)]
        with StackClient(home) as stack:
            for kind, file in files:
                upload_and_follow(stack.in_tenant(UUID(demo.tenant_id)), kind, file)
        demo = replace(demo, yesterday=yesterday.isoformat())
        _record(record, demo)
    if vendors is not None and vendors.answer():
        with StackClient(home) as stack:
            for kind in connect(stack.in_tenant(UUID(demo.tenant_id)), vendors, demo.connected, yesterday):
                demo = replace(demo, connected=(*demo.connected, kind))
                _record(record, demo)
    return demo


def _make(home: Path, record: Path, demo: Demo) -> Demo:
    with StackClient(home) as stack:
        if not demo.tenant_id:
            # Stored before it is used, because the owner's account is created only once, with this password.
            _record(record, demo)
            demo = replace(demo, tenant_id=_create_tenant(stack, demo))
            _record(record, demo)
        _fill(stack.in_tenant(UUID(demo.tenant_id)), home / "demo", demo)
    demo = replace(demo, complete=True)
    _record(record, demo)
    return demo


def _new(at: datetime) -> Demo:
    zone = local_zone()
    return Demo(_EMAIL, secrets.token_urlsafe(9), zone, _day_before(at, zone).isoformat())


def _day_before(at: datetime, zone: str) -> date:
    return at.astimezone(ZoneInfo(zone)).date() - timedelta(days=1)


def _create_tenant(stack: StackClient, demo: Demo) -> str:
    body = {
        "name": "Demo Supply Co.",
        "time_zone": demo.time_zone,
        "currency": CURRENCY,
        "owner_email": demo.email,
        "owner_password": demo.password,
        "google_analytics_config": {"location_source": f"user_property:{BRANCH_PROPERTY}"},
    }
    return str(stack.operator("/tenants", body)["tenant_id"])


def _fill(client: TenantClient, folder: Path, demo: Demo) -> None:
    """Import the files and set the branches' reps. Existing reps are not changed."""
    with step("Demo: inventing two months of a shop with 12 branches"):
        files = write_files(folder, History(date.fromisoformat(demo.yesterday), ZoneInfo(demo.time_zone)))
    for kind, file in files:
        upload_and_follow(client, kind, file)
    mapped = {row["branch_code"] for row in client.get("/analytics/email/mappings", params={"limit": 500})["data"]}
    for branch in BRANCHES:
        if branch.code not in mapped:
            mapping = {
                "branch_code": branch.code,
                "branch_name": branch.name,
                "sales_rep_name": branch.rep,
                "sales_rep_email": branch.rep_email,
                "is_enabled": True,
            }
            client.post("/analytics/email/mappings", json=mapping)
    console.print("  Demo data is in.")


def _recorded(record: Path) -> Demo | None:
    try:
        fields: dict[str, Any] = json.loads(record.read_text(encoding="utf-8"))
        fields["connected"] = tuple(fields.get("connected", ()))
        return Demo(**fields)
    except FileNotFoundError:
        return None


def _record(record: Path, demo: Demo) -> None:
    write_private(record, json.dumps(asdict(demo), indent=2))
