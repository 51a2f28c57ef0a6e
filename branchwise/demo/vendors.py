"""The demo company's vendors: stand-ins that run beside the stack and answer only for the demo's own accounts.

The accounts have a random number for this home, which is longer than those of any vendor, so that no other tenant has
or guesses it.

The stand-ins are those of the tests (tests/standins), so that the demo shows what is tested. An installation without
the tests has a demo without connected sources.
"""

from __future__ import annotations

import json
import secrets
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from time import monotonic, sleep
from typing import Any, Final

from branchwise.demo.company import PRODUCTS
from branchwise.demo.files import write_coming_visits
from branchwise.demo.history import casual_customers
from branchwise.demo.local_zone import local_zone
from branchwise.demo.visit import BRANCH_PROPERTY
from common.embedded.private_file import write_private
from common.embedded.process import free_port, listens
from common.settings import Settings

_MODULE: Final = "tests.standins.demo"
_FOLDER: Final = Path(__file__).parents[2] / "tests" / "standins" / "demo"
_KINDS: Final = ("ga4", "meta_ads", "woocommerce")
_LONGEST_NUMBER: Final = 10**18
# The stand-in does not check the credentials.
_KEY: Final = {"type": "service_account", "client_email": "demo@demo.example", "private_key": "none"}
_DIMENSIONS: Final = {
    "user_pseudo_id": "customUser:client_id",
    "user_id": "customUser:crm_id",
    "ga_session_id": "customEvent:ga_session_id",
    BRANCH_PROPERTY: f"customUser:{BRANCH_PROPERTY}",
}
_START_SECONDS: Final = 30
_LOOK_SECONDS: Final = 0.1


@dataclass(frozen=True)
class DemoVendors:
    """The vendors' ports by kind of source, and the files with the assortment and the visits from which they answer.

    `account` is the number of the demo's property, its ad account and its shop.
    """

    ports: dict[str, int]
    account: str
    assortment: Path
    visits: Path

    def command(self) -> list[str]:
        """Return the command that starts all vendors in one process."""
        ports = (f"--{kind.replace('_', '-')}={port}" for kind, port in self.ports.items())
        files = (f"--assortment={self.assortment}", f"--visits={self.visits}")
        return [
            *(sys.executable, "-m", _MODULE, *files, *ports),
            *(f"--zone={local_zone()}", f"--account={self.account}"),
        ]

    def settings(self, given: Settings) -> dict[str, str]:
        """Return the settings by which the services find the vendors, in addition to those in `given`."""
        addresses = (
            f"ga4/{self.account}=127.0.0.1:{self.ports['ga4']}",
            f"meta_ads/{self.account}=http://127.0.0.1:{self.ports['meta_ads']}",
            f"woocommerce/{self._shop}=http://127.0.0.1:{self.ports['woocommerce']}",
        )
        return {"stand_ins": ", ".join(filter(None, (given.stand_ins, *addresses)))}

    @property
    def _shop(self) -> str:
        """The host of the shop, under a domain that nobody can register (RFC 6761)."""
        return f"demo-{self.account}.invalid"

    def answer(self) -> bool:
        """Wait until all vendors listen. Returns False if they do not within some seconds."""
        deadline = monotonic() + _START_SECONDS
        while not all(map(listens, self.ports.values())):
            if monotonic() > deadline:
                return False
            sleep(_LOOK_SECONDS)
        return True

    def sources(self) -> list[dict[str, Any]]:
        """Return the demo's sources as bodies of `POST /data/sources`."""
        return [
            {
                "kind": "ga4",
                "name": "Demo analytics",
                "config": {"property_id": self.account, "custom_dimensions": _DIMENSIONS},
                "secrets": {"credentials": json.dumps(_KEY)},
            },
            {
                "kind": "meta_ads",
                "name": "Demo ads",
                "config": {"account_id": self.account},
                "secrets": {"access_token": f"token-of-{self.account}"},
            },
            {
                "kind": "woocommerce",
                "name": "Demo shop",
                "config": {"store_url": f"https://{self._shop}", "item_id": "sku"},
                "secrets": {"consumer_key": "ck_stand_in", "consumer_secret": "cs_stand_in"},
            },
        ]


def demo_vendors(home: Path, at: datetime) -> DemoVendors | None:
    """Return the vendors of this home's demo, with the same account as before; None if they are not installed."""
    if not _FOLDER.is_dir():
        return None
    record = home / "demo" / "vendors.json"
    known: dict[str, int] = json.loads(record.read_text(encoding="utf-8")) if record.exists() else {}
    ports = {kind: _free_port(known.get(kind, 0)) for kind in _KINDS}
    account = known.get("account") or _LONGEST_NUMBER // 10 + secrets.randbelow(_LONGEST_NUMBER * 9 // 10)
    write_private(record, json.dumps(ports | {"account": account}))
    assortment = home / "demo" / "assortment.json"
    write_private(assortment, json.dumps(_assortment()))
    visits = write_coming_visits(home / "demo", at)
    return DemoVendors(ports, str(account), assortment, visits)


def _free_port(before: int) -> int:
    """Return the port used before if it is free, or else another free port."""
    return before if before and not listens(before) else free_port()


def _assortment() -> dict[str, Any]:
    return {
        "customers": [{"email": buyer.email, "company": buyer.company} for buyer in casual_customers() if buyer.email],
        "products": [{"id": product.item_id, "name": product.name, "price": product.price} for product in PRODUCTS],
    }
