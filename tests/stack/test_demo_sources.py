"""Connecting the demo's sources, whatever fails in between."""

from datetime import date
from pathlib import Path
from typing import Any, cast

import pytest

from branchwise.demo.sources import connect
from branchwise.demo.vendors import DemoVendors
from branchwise.stack_client import Refused, TenantClient
from common.settings import Settings
from common.stand_ins import stand_in_places

VENDORS = DemoVendors({"ga4": 1, "meta_ads": 2, "woocommerce": 3}, "123456789012345678", Path(), Path())
YESTERDAY = date(2026, 3, 31)


class Api:
    """The stack as far as it is asked here; it takes as many backfills as `takes`."""

    def __init__(self) -> None:
        self.sources: list[dict[str, Any]] = []
        self.backfills: list[str] = []
        self.tested: list[str] = []
        self.takes = 9

    def get(self, _path: str, **_: Any) -> dict[str, Any]:
        return {"data": self.sources}

    def post(self, path: str, **request: Any) -> dict[str, Any]:
        if path == "/data/sources":
            self.sources.append({**request["json"], "id": request["json"]["kind"], "status": "active"})
            return self.sources[-1]
        if path == "/data/backfill":
            if len(self.backfills) == self.takes:
                raise Refused("not now")
            self.backfills.append(request["json"]["source_id"])
            return {}
        self.tested.append(path)
        return {}


def connected(api: Api, before: list[str]) -> None:
    """Note in `before` what was connected, as the demo's record does."""
    before.extend(connect(cast("TenantClient", api), VENDORS, tuple(before), YESTERDAY))


def test_a_past_that_could_not_be_asked_for_is_asked_for_at_the_next_start() -> None:
    api, known = Api(), list[str]()
    api.takes = 1
    with pytest.raises(Refused):
        connected(api, known)
    assert (known, api.backfills) == (["ga4"], ["ga4"])
    api.takes = 9
    connected(api, known)
    connected(api, known)
    assert known == api.backfills == [source["kind"] for source in api.sources] == ["ga4", "meta_ads", "woocommerce"]


def test_a_source_that_somebody_removed_stays_removed_and_one_that_was_not_read_is_tested() -> None:
    api, known = Api(), list[str]()
    connected(api, known)
    del api.sources[0]
    api.sources[0]["status"] = "degraded"
    connected(api, known)
    assert [source["kind"] for source in api.sources] == ["meta_ads", "woocommerce"]
    assert api.tested == ["/data/sources/meta_ads/test"]


def test_the_demos_places_are_open_to_its_own_accounts_alone() -> None:
    told = VENDORS.settings(Settings(stand_ins="ga4/7=127.0.0.1:9"))
    assert list(told) == ["stand_ins"]
    assert {(kind, account) for kind, account in stand_in_places(told["stand_ins"]) if account != "7"} == {
        ("ga4", "123456789012345678"),
        ("meta_ads", "123456789012345678"),
        ("woocommerce", "demo-123456789012345678.invalid"),
    }
