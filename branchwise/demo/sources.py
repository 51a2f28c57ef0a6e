"""Connecting the demo tenant's sources by the API, and asking for the days before they were connected."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, Final

from branchwise.demo.vendors import DemoVendors
from branchwise.progress import console
from branchwise.stack_client import TenantClient

# As a source is once the stack has run without its vendors: read again at once.
_NOT_READ: Final = ("degraded", "needs_attention")
# (as far back as there are leads: of days without their spend every lead seems free)
_PAST_DAYS: Final = {"ga4": 60, "meta_ads": 90, "woocommerce": 30}


def connect(client: TenantClient, vendors: DemoVendors, before: tuple[str, ...], yesterday: date) -> Iterator[str]:
    """Connect what was not `before`; gives each kind once it is connected and its past was asked for.

    Whoever fails in between begins with that kind again. A source that somebody has removed stays removed.
    """
    there = {source["name"]: source for source in client.get("/data/sources", params={"limit": 500})["data"]}
    for wanted in vendors.sources():
        source = there.get(wanted["name"])
        if wanted["kind"] not in before:
            _ask_for_the_past(client, source or client.post("/data/sources", json=wanted), yesterday)
            console.print(f"  Demo: connected {wanted['name']} ({wanted['kind']}), read every 15 minutes from now on.")
            yield wanted["kind"]
        elif source is not None and source["status"] in _NOT_READ:
            client.post(f"/data/sources/{source['id']}/test")


def _ask_for_the_past(client: TenantClient, source: dict[str, Any], yesterday: date) -> None:
    first = yesterday - timedelta(days=_PAST_DAYS[source["kind"]] - 1)
    body = {"source_id": source["id"], "start_date": str(first), "end_date": str(yesterday)}
    client.post("/data/backfill", json=body)
