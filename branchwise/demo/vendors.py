"""The demo company's vendors: stand-ins that run beside the stack, and answer for its own accounts and nobody else's.

Its accounts have a number that was drawn for this home, longer than any vendor's: no other tenant has it, nor comes
upon it.

They are those of the tests (tests/standins), so that what a newcomer sees is what is tested; an installation without
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
from branchwise.demo.history import all_customers
from branchwise.demo.local_zone import local_zone
from branchwise.demo.visit import BRANCH_PROPERTY
from common.embedded.private_file import write_private
from common.embedded.process import free_port, listens
from common.settings import Settings

_MODULE: Final = "tests.standins.demo"
_FOLDER: Final = Path(__file__).parents[2] / "tests" / "standins" / "demo"
_KINDS: Final = ("ga4", "meta_ads", "woocommerce")
_LONGEST_NUMBER: Final = 10**18
# Nobody is asked with it: a stand-in takes everybody.
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
    """Where each vendor listens, by its kind of source, and the files that tell them who buys what, and who visits.

    `account` is the number of its property, its ad account and its shop.
    """

    ports: dict[str, int]
    account: str
    assortment: Path
    visits: Path

    def command(self) -> list[str]:
        """How they are started: all in one process."""
        ports = (f"--{kind.replace('_', '-')}={port}" for kind, port in self.ports.items())
        files = (f"--assortment={self.assortment}", f"--visits={self.visits}")
        return [
            *(sys.executable, "-m", _MODULE, *files, *ports),
            *(f"--zone={local_zone()}", f"--account={self.account}"),
        ]

    def settings(self, given: Settings) -> dict[str, str]:
        """What the services must know to ask them: besides what was set already."""
        places = (
            f"ga4/{self.account}=127.0.0.1:{self.ports['ga4']}",
            f"meta_ads/{self.account}=http://127.0.0.1:{self.ports['meta_ads']}",
            f"woocommerce/{self._shop}=http://127.0.0.1:{self.ports['woocommerce']}",
        )
        return {"stand_ins": ", ".join(filter(None, (given.stand_ins, *places)))}

    @property
    def _shop(self) -> str:
        """The shop's host: a name that nobody can have (RFC 6761)."""
        return f"demo-{self.account}.invalid"

    def answer(self) -> bool:
        """Whether all of them do, for which they get some seconds."""
        deadline = monotonic() + _START_SECONDS
        while not all(map(listens, self.ports.values())):
            if monotonic() > deadline:
                return False
            sleep(_LOOK_SECONDS)
        return True

    def sources(self) -> list[dict[str, Any]]:
        """The demo's sources, as `POST /data/sources` takes them."""
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
    """The vendors of this home's demo, as they were before; None where they are not installed."""
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
    """The same as before, where nobody else has taken it."""
    return before if before and not listens(before) else free_port()


def _assortment() -> dict[str, Any]:
    return {
        "customers": [{"email": buyer.email, "company": buyer.company} for buyer in all_customers() if buyer.email],
        "products": [{"id": one.item_id, "name": one.name, "price": one.price} for one in PRODUCTS],
    }
