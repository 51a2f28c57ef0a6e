"""Connect the demo tenant's sources through the API, and request the days before they were connected."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, Final

from branchwise.demo.vendors import DemoVendors
from branchwise.progress import console
from branchwise.stack_client import TenantClient

# The states of a source after the stack has run without its vendors. Such a source is read again at once.
_FAILING: Final = ("degraded", "needs_attention")
# The backfilled days cover all days with leads, because without the spend of a day its leads would seem free.
_PAST_DAYS: Final = {"ga4": 60, "meta_ads": 90, "woocommerce": 30}


def connect(client: TenantClient, vendors: DemoVendors, before: tuple[str, ...], yesterday: date) -> Iterator[str]:
    """Connect the sources whose kinds are not in `before`. Yields each kind after its past days were requested.

    If this fails, the next call starts again with the failed kind. A source that somebody has removed stays removed.
    """
    existing = {source["name"]: source for source in client.get("/data/sources", params={"limit": 500})["data"]}
    for wanted in vendors.sources():
        source = existing.get(wanted["name"])
        if wanted["kind"] not in before:
            _request_backfill(client, source or client.post("/data/sources", json=wanted), yesterday)
            console.print(f"  Demo: connected {wanted['name']} ({wanted['kind']}), read every 15 minutes from now on.")
            yield wanted["kind"]
        elif source is not None and source["status"] in _FAILING:
            client.post(f"/data/sources/{source['id']}/test")


def _request_backfill(client: TenantClient, source: dict[str, Any], yesterday: date) -> None:
    first = yesterday - timedelta(days=_PAST_DAYS[source["kind"]] - 1)
    body = {"source_id": source["id"], "start_date": str(first), "end_date": str(yesterday)}
    client.post("/data/backfill", json=body)
