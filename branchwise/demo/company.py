"""The branches, reps, products and customers of the demo company, all of them fictitious."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True)
class Branch:
    """A branch and the sales rep who gets its report."""

    code: str
    city: str
    state: str
    rep: str

    @property
    def name(self) -> str:
        """The name in lists and reports."""
        return f"{self.city} branch"

    @property
    def rep_email(self) -> str:
        """The recipient of the branch's report, in a domain that receives no mail."""
        return f"{self.rep.lower().replace(' ', '.')}@demo.example"


@dataclass(frozen=True)
class Product:
    """A product of the shop."""

    item_id: str
    name: str
    price: float


@dataclass(frozen=True)
class Customer:
    """A buyer at another company. `reachable` is whether the demo company has their phone number and email."""

    user_id: str
    company: str
    device: str
    branch: Branch
    visits_a_week: float
    reachable: bool
    number: int

    @property
    def email(self) -> str:
        """The email in the demo company's records, or an empty string if it has none."""
        if not self.reachable:
            return ""
        slug = "".join(letter if letter.isalnum() else "-" for letter in self.company.lower()).replace("--", "-")
        return f"buying@{slug}.example"


BRANCHES = tuple(
    Branch(f"B{number:02}", city, state, rep)
    for number, (city, state, rep) in enumerate(
        [
            ("Omaha", "NE", "Maria Lindqvist"),
            ("Des Moines", "IA", "Tom Okafor"),
            ("Kansas City", "MO", "Ruth Abernathy"),
            ("Wichita", "KS", "Daniel Cho"),
            ("Tulsa", "OK", "Priya Raman"),
            ("Lincoln", "NE", "Ben Sorensen"),
            ("Sioux Falls", "SD", "Helen Park"),
            ("Cedar Rapids", "IA", "Victor Almeida"),
            ("Springfield", "MO", "Nora Whitfield"),
            ("Topeka", "KS", "Sam Delgado"),
            ("Fargo", "ND", "Ingrid Moen"),
            ("Rapid City", "SD", "Luke Hartman"),
        ],
        start=1,
    )
)

PRODUCTS = tuple(
    Product(f"P{number:03}", name, price)
    for number, (name, price) in enumerate(
        [
            ('Copper pipe 1/2", 10 ft', 18.90),
            ('Copper pipe 3/4", 10 ft', 29.75),
            ('Press elbow 1/2"', 6.40),
            ('Press tee 3/4"', 11.20),
            ('Ball valve 1/2"', 14.60),
            ('Ball valve 1"', 27.30),
            ("Circulator pump, 3-speed", 189.00),
            ("Expansion tank 4.5 gal", 64.50),
            ("Water heater 40 gal", 612.00),
            ("Water heater 50 gal", 698.00),
            ("Heat pump water heater 50 gal", 1649.00),
            ("Condensate pump", 79.90),
            ("Thermostat, wired", 54.00),
            ("Thermostat, connected", 149.00),
            ("Zone valve 24 V", 96.40),
            ("Backflow preventer 3/4 in", 132.75),
            ("Pressure reducing valve", 88.20),
            ("Sump pump 1/2 HP", 214.00),
            ("Utility sink", 119.00),
            ("Kitchen faucet, commercial", 268.00),
            ("Toilet, high efficiency", 231.50),
            ("Flush valve", 142.00),
            ("Pipe insulation 3/4 in, 6 ft", 5.85),
            ("Solder, lead-free, 1 lb", 38.70),
        ],
        start=1,
    )
)

SEARCHES_FOUND = ("water heater", "ball valve", "press fittings", "sump pump", "thermostat", "copper pipe", "faucet")
SEARCHES_EMPTY = ("union nut", "heat tape 30 ft", "descaling kit", "recirculation kit", "tankless 199k", "grease trap")

_FIRST = ("Prairie", "Bluestem", "Cottonwood", "Ridgeline", "Meadowlark", "Ironwood", "Riverbend", "Granite", "Harvest")
_SECOND = ("Plumbing", "Mechanical", "Heating & Air", "Contracting", "Facilities", "Property Services", "Builders")


def customers_of(branch: Branch, count: int, random: Random) -> list[Customer]:
    """Invent the customers of a branch. Most visit rarely, a few often, and about one in ten is not reachable."""
    branch_index = BRANCHES.index(branch)
    customers: list[Customer] = []
    for index in range(count):
        number = branch_index * count + index
        first = _FIRST[(index + branch_index) % len(_FIRST)]
        second = _SECOND[(index + index // len(_FIRST)) % len(_SECOND)]
        customers.append(
            Customer(
                user_id=f"C{number + 1:04}",
                company=f"{first} {second} {branch.city}",
                device=f"{random.randrange(10**8, 10**9)}.{random.randrange(16 * 10**8, 17 * 10**8)}",
                branch=branch,
                visits_a_week=random.choice((0.2, 0.3, 0.5, 0.8, 1.5)),
                reachable=random.randrange(10) > 0,
                number=number,
            )
        )
    return customers
