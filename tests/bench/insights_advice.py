"""Benchmark of budget advice: how often it is wrong, where the true costs are known: `make bench-insights`.

Simulated companies have thirty campaigns on two platforms, each with its own true cost of a lead. A month of leads,
contracts and revenue is drawn from it and given to `recommend_budget`. Advice to pause is wrong if a lead of the
campaign does not truly cost over 1.3 times as much as on its platform, and advice to scale if it does not truly cost
less by that factor. It is badly wrong if the lead is not even more expensive, or cheaper, at all.
"""

import time
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import numpy as np
from rich.console import Console
from rich.table import Table

from services.analytics_service.domain.recommend_budget import MARGIN, recommend_budget
from services.analytics_service.store.campaigns import CampaignTotals

TENANTS: Final = 400
CAMPAIGNS: Final = 30
_DAYS: Final = 30
_PLATFORMS: Final = ("google", "meta")


@dataclass(frozen=True)
class World:
    """A kind of company: how much campaigns differ (standard deviation of the logarithm of a lead's cost), and more.

    `bunching` is the variance of a month's leads relative to their mean, beyond that of a Poisson process.
    """

    name: str
    spread: float
    bunching: float = 0.0


WORLDS: Final = (
    World("as definitions have it", 0.5),
    World("leads come in bunches", 0.5, 1 / 150),
    World("far apart, in bunches", 0.8, 1 / 150),
    World("hardly apart", 0.25),
)


@dataclass
class Advice:
    """Counts of an action: how often it was advised, was wrong and badly wrong, and how many campaigns it would fit."""

    advised: int = 0
    wrong: int = 0
    badly_wrong: int = 0
    fitting: int = 0
    found: int = 0

    @property
    def wrong_pct(self) -> float:
        """The percentage of advice that was wrong."""
        return 100 * self.wrong / max(self.advised, 1)


def simulate(world: World, tenants: int, seed: int) -> dict[str, Advice]:
    """Simulate companies, and return the counts of their advice by action."""
    chance = np.random.default_rng(seed)
    by_action = {"pause": Advice(), "scale": Advice()}
    for _ in range(tenants):
        campaigns, costs = _company(chance, world)
        for row in recommend_budget(campaigns, _DAYS):
            cost = costs[row["campaign_ref"]]
            for action, is_right, is_so in (
                ("pause", cost > MARGIN, cost > 1),
                ("scale", cost < 1 / MARGIN, cost < 1),
            ):
                advice = by_action[action]
                is_advised = row["action"] == action
                advice.fitting += is_right
                advice.found += is_right and is_advised
                advice.advised += is_advised
                advice.wrong += is_advised and not is_right
                advice.badly_wrong += is_advised and not is_so
    return by_action


def _company(chance: np.random.Generator, world: World) -> tuple[list[CampaignTotals], dict[str, float]]:
    """Return the totals of a company's campaigns, and the true cost of each one's lead relative to the platform's."""
    campaigns: list[CampaignTotals] = []
    costs: dict[str, float] = {}
    for platform in _PLATFORMS:
        number = CAMPAIGNS // len(_PLATFORMS)
        usual = chance.lognormal(np.log(40), 0.6)
        cost = usual * chance.lognormal(0, world.spread, number)
        spend = chance.lognormal(np.log(20 * usual), 1.2, number)
        mean = spend / cost
        if world.bunching:
            mean = mean * chance.gamma(1 / world.bunching, world.bunching, number)
        leads = chance.poisson(mean)
        contracts = chance.binomial(leads, chance.beta(4, 36, number))
        worth = chance.lognormal(np.log(12 * usual), 0.5)
        whole = spend.sum() / (spend / cost).sum()
        for index in range(number):
            revenue = chance.lognormal(np.log(worth), 0.7, contracts[index]).sum()
            name = f"{platform} {index}"
            costs[name] = float(cost[index] / whole)
            sums = int(leads[index]), int(contracts[index]), Decimal(f"{revenue:.2f}"), Decimal(f"{spend[index]:.2f}")
            campaigns.append(CampaignTotals(platform, name, name, *sums))
    return campaigns, costs


def main() -> None:
    """Simulate each world and print the result."""
    table = Table(title=f"Budget advice: {TENANTS} tenants × {CAMPAIGNS} campaigns")
    for column in ("world", "action", "advised", "wrong", "badly", "found", "ms CPU a tenant"):
        table.add_column(column, justify="left" if column in ("world", "action") else "right")
    for world in WORLDS:
        began = time.process_time()
        by_action = simulate(world, TENANTS, seed=1)
        spent = 1000 * (time.process_time() - began) / TENANTS
        for action, advice in by_action.items():
            badly = 100 * advice.badly_wrong / max(advice.advised, 1)
            table.add_row(
                world.name,
                action,
                str(advice.advised),
                f"{advice.wrong_pct:.1f} %",
                f"{badly:.1f} %",
                f"{100 * advice.found / max(advice.fitting, 1):.0f} %",
                f"{spent:.1f}",
            )
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
