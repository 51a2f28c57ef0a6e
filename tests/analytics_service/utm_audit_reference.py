"""The reference of the UTM audit: campaigns with spend and no leads, and leads without a campaign, with the reason."""

from __future__ import annotations

from collections import Counter, defaultdict
from decimal import Decimal
from typing import Any

from tests.analytics_service.marketing_reference import Books, Fact, Platforms, Range, grouped, money, summed, within

Row = dict[str, Any]


def utm_audit(books: Books, days: Range, platforms: Platforms) -> Row:
    """Return the whole answer, without paging."""
    facts = within(books.facts(), days, platforms)
    names = {(one.platform, one.ref): one for one in books.campaigns()}
    by_campaign = [(names.get(key), summed(of_it)) for key, of_it in grouped(facts, _campaign).items()]
    idle = [(campaign, sums) for campaign, sums in by_campaign if campaign and not sums.leads and sums.spend > 0]
    idle.sort(key=lambda one: (-one[1].spend, one[0].platform, one[0].name, one[0].ref))
    spend = [
        {
            "platform": campaign.platform, "campaign_id": campaign.campaign_id, "campaign_name": campaign.name,
            "spend": money(sums.spend), "impressions": sums.impressions, "clicks": sums.clicks,
        }
        for campaign, sums in idle
    ]  # fmt: skip
    stray = _stray(books, days, platforms)
    reasons: Counter[str] = Counter()
    for row in stray:
        reasons[row["reason"]] += row["leads"]
    whole = summed(facts)
    totals = {
        "campaigns": len(spend), "spend_without_leads": sum((row["spend"] for row in spend), Decimal(0)),
        "spend": money(whole.spend), "kinds": len(stray), "leads_without_campaign": sum(row["leads"] for row in stray),
        "leads_without_ads": sum(row["leads"] for row in stray if not row["platform_has_ads"]),
        "leads": whole.leads, "by_reason": dict(reasons),
    }  # fmt: skip
    return {"spend_without_leads": spend, "leads_without_campaign": stray, "totals": totals}


def _stray(books: Books, days: Range, platforms: Platforms) -> list[Row]:
    kinds: dict[tuple[str, str, str, str], list[Fact]] = defaultdict(list)
    for lead, fact in zip(books.leads, (fact for fact in books.facts() if fact.leads), strict=True):
        if not fact.campaign and within([fact], days, platforms):
            said = (lead.utm_source.lower(), lead.utm_campaign.lower(), lead.utm_id.lower())
            kinds[(fact.platform, *said)].append(fact)
    advertised, campaigns = {ad.platform for ad in books.ads}, books.campaigns()
    rows: list[Row] = []
    for (platform, source, name, number), alike in kinds.items():
        sums = summed(alike)
        others = [one for one in campaigns if one.platform != platform]
        is_other = any((number and one.campaign_id == number) or (name and name in one.words) for one in others)
        row = {
            "platform": platform, "utm_source": source or None, "utm_campaign": name or None, "utm_id": number or None,
            "leads": sums.leads, "n_contracts": sums.contracts, "revenue": money(sums.revenue),
            "platform_has_ads": platform in advertised,
            "reason": _reason(source, name, number, is_other=is_other, has_ads=platform in advertised),
        }  # fmt: skip
        rows.append(row)
    texts = ("platform", "utm_source", "utm_campaign", "utm_id")
    rows.sort(key=lambda row: (-row["leads"], *(row[text] or "" for text in texts)))
    return rows


def _campaign(fact: Fact) -> tuple[str, str]:
    return fact.platform, fact.campaign


def _reason(source: str, name: str, number: str, *, is_other: bool, has_ads: bool) -> str:
    if not source + name + number:
        return "no_utm"
    if is_other:
        return "other_platform"
    if not has_ads:
        return "no_ads"
    if not name + number:
        return "no_campaign"
    return "unknown_id" if number else "unknown_name"
