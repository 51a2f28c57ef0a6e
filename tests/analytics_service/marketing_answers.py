"""The reference of marketing's calls: from facts to the answer of each endpoint."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from math import exp, lgamma, log
from statistics import median
from typing import Any

from tests.analytics_service.marketing_reference import (
    Fact,
    Platforms,
    Range,
    Sums,
    days_of,
    grouped,
    money,
    ratio,
    summed,
    within,
)

Row = dict[str, Any]


@dataclass
class Answers:
    """A company's facts and the names of its campaigns, products and branches (name, city)."""

    facts: Sequence[Fact]
    names: dict[tuple[str, str], str]
    products: dict[str, str]
    branches: dict[str, tuple[str, str | None]]

    def kpi(self, days: Range, platforms: Platforms) -> Row:
        sums = summed(within(self.facts, days, platforms))
        return {
            "leads": sums.leads, "n_contracts": sums.contracts, "revenue": money(sums.revenue),
            "spend": money(sums.spend), "cpl": sums.cpl, "roas": sums.roas,
        }  # fmt: skip

    def trend(self, days: Range, platforms: Platforms) -> list[Row]:
        by_day = grouped(within(self.facts, days, platforms), lambda fact: fact.day)
        return [_metrics(day.isoformat(), summed(by_day.get(day, []))) for day in days_of(days)]

    def campaigns(self, days: Range, platforms: Platforms) -> list[Row]:
        rows = self._by_campaign(days, platforms)
        rows.sort(key=lambda one: (-one[2].spend, -one[2].leads, *self._place(one)))
        return [
            self._named(one, "leads cpl roas")
            | {"n_contracts": one[2].contracts, "revenue": money(one[2].revenue), "spend": money(one[2].spend)}
            for one in rows
        ]

    def scatter(self, days: Range, platforms: Platforms) -> list[Row]:
        rows = [one for one in self._by_campaign(days, platforms) if one[2].leads >= 3]
        rows.sort(key=lambda one: (-one[2].leads, -one[2].spend, *self._place(one)))
        return [self._named(one, "leads cpl roas") | {"spend": money(one[2].spend)} for one in rows]

    def changes(self, days: Range, platforms: Platforms) -> list[Row]:
        current = {one[:2]: one[2] for one in self._by_campaign(days, platforms)}
        previous = {one[:2]: one[2] for one in self._by_campaign(_before(days), platforms)}
        nothing = summed([])
        rows = [
            (*key, current.get(key, nothing), previous.get(key, nothing)) for key in current.keys() | previous.keys()
        ]
        rows.sort(key=lambda one: (-abs(one[2].leads - one[3].leads), -one[2].leads, *self._place(one)))
        return [
            self._named(one, "")
            | {
                "leads_cur": one[2].leads, "leads_prev": one[3].leads, "cpl_cur": one[2].cpl, "cpl_prev": one[3].cpl,
                "leads_diff_pct": ratio(100 * (one[2].leads - one[3].leads), one[3].leads, 1),
            }
            for one in rows
        ]  # fmt: skip

    def shares(self, days: Range, platforms: Platforms) -> list[Row]:
        by_platform = grouped(within(self.facts, days, platforms), lambda fact: fact.platform)
        rows = sorted((-summed(facts).leads, platform) for platform, facts in by_platform.items())
        total = -sum(leads for leads, _ in rows)
        given = {platform: (-leads * 1000 // total if total else 0) for leads, platform in rows}
        # The sort is stable, so equal ones remain in order of leads, then name.
        lost = sorted(rows, key=lambda row: -(-row[0] * 1000 % total) if total else 0)
        for _, platform in lost[: (1000 - sum(given.values())) if total else 0]:
            given[platform] += 1
        return [
            {"platform": platform, "leads": -leads, "share_pct": Decimal(given[platform]) / 10}
            for leads, platform in rows
        ]

    def paid_split(self, days: Range, platforms: Platforms) -> list[Row]:
        by_platform = grouped(within(self.facts, days, platforms), lambda fact: fact.platform)
        rows = sorted((-summed(facts).leads, platform, summed(facts).paid) for platform, facts in by_platform.items())
        return [
            {
                "platform": platform, "paid_leads": paid, "organic_leads": -leads - paid, "total_leads": -leads,
                "paid_pct": ratio(100 * paid, -leads, 1), "organic_pct": 100 - ratio(100 * paid, -leads, 1),
            }
            for leads, platform, paid in rows if leads
        ]  # fmt: skip

    def utm_sources(self, days: Range, platforms: Platforms) -> list[Row]:
        leads = [fact for fact in within(self.facts, days, platforms) if fact.leads]
        rows = [(*key, summed(facts)) for key, facts in grouped(leads, lambda one: (one.platform, one.source)).items()]
        rows.sort(key=lambda row: (-row[2].leads, -row[2].revenue, row[0], row[1]))
        return [
            {
                "platform": platform, "utm_source": source or None, "leads": sums.leads, "n_contracts": sums.contracts,
                "revenue": money(sums.revenue),
            }
            for platform, source, sums in rows
        ]  # fmt: skip

    def products_of_leads(self, days: Range, platforms: Platforms) -> list[Row]:
        leads = [one for one in within(self.facts, days, platforms) if one.product_id or one.product_name]
        rows: list[Row] = []
        for (product, only_name), facts in grouped(
            leads, lambda one: (one.product_id, "" if one.product_id else one.product_name)
        ).items():
            name = self.products.get(product) or only_name or max(one.product_name for one in facts) or None
            rows.append({"product_id": product or None, "product_name": name, **_converted(summed(facts))})
        return rows

    def branches_of_leads(self, days: Range, platforms: Platforms) -> list[Row]:
        leads = [one for one in within(self.facts, days, platforms) if one.location_id]
        return [
            {"location_id": branch, "location_name": name, "city": city, **_converted(summed(facts))}
            for branch, facts in grouped(leads, lambda one: one.location_id).items()
            for name, city in [self.branches.get(branch, (branch, None))]
        ]

    def anomalies(self, days: Range, platforms: Platforms) -> list[Row]:
        length = len(days_of(days))
        window = (days[0] - timedelta(30), days[0] - timedelta(1))
        found: list[tuple[Any, Row]] = []
        for key, now in self._campaigns_of((window[0], days[1]), days, platforms):
            facts = [one for one in self._own(key) if window[0] <= one.day <= window[1] and _has_something(one)]
            if len({one.day for one in facts}) < 7:
                continue
            before = summed(facts)
            began = max(window[0], min(one.day for one in self._own(key) if _has_something(one)))
            for kind, pace, is_up in _paces(now, before, Fraction((days[0] - began).days, length)):
                high, medium = (2, Fraction(3, 2)) if is_up else (Fraction(-1, 4), Fraction(-1, 2))
                towards = pace if is_up else -pace
                if towards >= medium:
                    severity = "high" if towards >= high else "medium"
                    row = {
                        "anomaly_type": kind, "severity": severity, "platform": key[0],
                        "campaign_name": self.names[key], "leads": now.leads, "spend": money(now.spend),
                        "current_cpl": now.cpl, "baseline_cpl": before.cpl,
                    }  # fmt: skip
                    found.append(((severity == "medium", -now.spend, key, kind), row))
        return [row for _, row in sorted(found, key=lambda one: one[0])]

    def performance(self, days: Range, platforms: Platforms) -> list[Row]:
        rows = [one for one in self._by_campaign(days, None) if one[1] and one[2].contracts]
        rate: Callable[[Sums], Fraction] = lambda sums: Fraction(sums.contracts, sums.leads)  # noqa: E731
        usual_rate = median([rate(one[2]) for one in rows]) if rows else 0
        usual_revenue = median([one[2].revenue for one in rows]) if rows else 0
        usual_leads = median([one[2].leads for one in rows]) if rows else 0
        kinds = ("high_performer", "medium_performer", "volume_driver", "needs_attention")
        placed: list[tuple[Any, Row]] = []
        for platform, ref, sums in rows:
            often = rate(sums) >= usual_rate
            kind = (0 if sums.revenue >= usual_revenue else 1) if often else (2 if sums.leads >= usual_leads else 3)
            row = {
                "performance_category": kinds[kind], "platform": platform, "campaign_name": self.names[platform, ref],
                "leads": sums.leads, "contracts": sums.contracts, "revenue": money(sums.revenue),
                "conversion_rate": ratio(100 * sums.contracts, sums.leads, 1),
                "avg_contract_value": ratio(sums.revenue, sums.contracts),
            }  # fmt: skip
            if platforms is None or platform in platforms:
                placed.append(((kind, -sums.revenue, -sums.contracts, platform, ref), row))
        return [row for _, row in sorted(placed, key=lambda one: one[0])]

    def budget(self, days: Range, platforms: Platforms) -> dict[tuple[str, str], tuple[str, float]]:
        """Return, by (platform, campaign), the action and its confidence."""
        verdicts: dict[tuple[str, str], tuple[str, float]] = {}
        for platform, facts in grouped(within(self.facts, days, platforms), lambda fact: fact.platform).items():
            whole = summed(facts)
            own = {ref: summed(of_it) for ref, of_it in grouped(facts, lambda one: one.campaign).items() if ref}
            own = {ref: sums for ref, sums in own.items() if sums.spend > 0}
            for ref, sums in own.items():
                verdicts[platform, ref] = _verdict(sums, whole, list(own.values()))
        return verdicts

    def _by_campaign(self, days: Range, platforms: Platforms) -> list[tuple[str, str, Sums]]:
        facts = grouped(within(self.facts, days, platforms), lambda fact: (fact.platform, fact.campaign))
        return [(*key, summed(of_it)) for key, of_it in facts.items()]

    def _campaigns_of(self, known: Range, days: Range, platforms: Platforms) -> list[tuple[tuple[str, str], Sums]]:
        keys = {(one.platform, one.campaign) for one in within(self.facts, known, platforms) if one.campaign}
        return [(key, summed(within(self._own(key), days, None))) for key in keys]

    def _own(self, key: tuple[str, str]) -> list[Fact]:
        return [fact for fact in self.facts if (fact.platform, fact.campaign) == key]

    def _place(self, one: tuple[Any, ...]) -> tuple[Any, ...]:
        name = self.names.get((one[0], one[1]))
        return one[0], name is None, name or "", one[1]

    def _named(self, one: tuple[Any, ...], fields: str) -> Row:
        row: Row = {"platform": one[0], "campaign_name": self.names.get((one[0], one[1]))}
        return row | {name: getattr(one[2], name) for name in fields.split()}


def _before(days: Range) -> Range:
    return days[0] - timedelta(len(days_of(days))), days[0] - timedelta(1)


def _metrics(day: str, sums: Sums) -> Row:
    return {
        "dt": day, "leads": sums.leads, "clicks": sums.clicks, "impressions": sums.impressions,
        "spend": money(sums.spend), "cpl": sums.cpl, "cpc": ratio(sums.spend, sums.clicks),
        "ctr": ratio(100 * sums.clicks, sums.impressions), "cpm": ratio(1000 * sums.spend, sums.impressions),
    }  # fmt: skip


def _converted(sums: Sums) -> Row:
    rate = ratio(100 * sums.contracts, sums.leads, 1)
    return {
        "leads": sums.leads, "contracts": sums.contracts, "revenue": money(sums.revenue), "conversion_rate": rate,
    }  # fmt: skip


def _has_something(fact: Fact) -> bool:
    return any((fact.leads, fact.spend, fact.impressions, fact.clicks))


def _paces(now: Sums, before: Sums, daily: Fraction) -> list[tuple[str, Fraction, bool]]:
    """Return (kind, multiple of the baseline, whether higher values are the anomaly)."""
    paces: list[tuple[str, Fraction, bool]] = []
    if before.leads >= 10:
        if before.spend > 0 and now.leads:
            cpl = Fraction(now.spend) / now.leads / (Fraction(before.spend) / before.leads)
            paces.append(("spike_cpl", cpl, True))
        paces.append(("drop_leads", Fraction(now.leads, before.leads) * daily, False))
    if before.spend > 0:
        paces.append(("spike_spend", Fraction(now.spend) / Fraction(before.spend) * daily, True))
    return paces


def _verdict(own: Sums, whole: Sums, all_of_them: list[Sums]) -> tuple[str, float]:
    if whole.leads <= 0 or whole.spend <= 0:
        return "monitor", 0
    leads, spend = sum(one.leads for one in all_of_them), float(sum(one.spend for one in all_of_them))
    mean = leads / spend
    spread = sum(float(one.spend) * (one.leads / float(one.spend) - mean) ** 2 for one in all_of_them)
    weight = spend - sum(float(one.spend) ** 2 for one in all_of_them) / spend
    variance = (spread - (len(all_of_them) - 1) * mean) / weight if len(all_of_them) > 1 else 0
    shape, scale = leads + 0.5, spend
    if variance > 0:
        shape, scale = mean**2 / variance + own.leads, mean / variance + float(own.spend)
    usual = whole.leads / float(whole.spend)
    dear, cheap = gamma_below(shape, scale * usual / 1.3), 1 - gamma_below(shape, scale * usual * 1.3)
    roas, usual_roas = Fraction(own.revenue) / Fraction(own.spend), Fraction(whole.revenue) / Fraction(whole.spend)
    if dear >= 0.9 and roas <= usual_roas:
        return "pause", dear
    if cheap >= 0.9 and roas >= usual_roas:
        return "scale", cheap
    # Either the cost is certain but the return contradicts it, or the cost is uncertain.
    return "monitor", max(dear, cheap) if max(dear, cheap) >= 0.9 else 1 - dear - cheap


def gamma_below(shape: float, x: float) -> float:
    """Compute the regularised lower incomplete gamma function by its series."""
    if x <= 0:
        return 0
    term = total = exp(shape * log(x) - x - lgamma(shape + 1))
    if not total:  # x is too far from the shape for a float
        return float(x > shape)
    step = shape
    while term > total * 1e-17:
        step += 1
        term *= x / step
        total += term
    return min(1.0, total)
