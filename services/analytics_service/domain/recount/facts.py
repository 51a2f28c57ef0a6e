"""Counts the rows of marketing's tables from raw rows: by table, then by key, as in store/marketing_tables.py."""

from collections import defaultdict
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from services.analytics_service.domain.recount.campaign_words import CampaignWords, campaign_words, fold, ref_of
from services.analytics_service.domain.recount.lead_kind import channel_of, is_paid, platform_of
from services.analytics_service.store.marketing_tables import Rows
from services.analytics_service.store.raw_rows import AdDay, Contract, Lead, RawRows


def marketing_facts(raw: RawRows) -> dict[str, Rows]:
    """Return the rows that marketing's tables should have, by table."""
    words = campaign_words(raw.campaign_names, raw.campaigns, raw.ad_objects)
    facts = _fact_leads(raw, words)
    roi = _campaign_days(raw, words, facts)
    platform_days = _platform_days(roi, facts)
    return {
        "campaign": {
            (platform, ref): (known.account_id, known.external_id, known.name)
            for (platform, ref), known in words.campaigns.items()
        },
        "campaign_word": {
            (platform, kind, word): (ref,)
            for kind, found in (("key", words.by_key), ("id", words.by_id), ("name", words.by_name))
            for (platform, word), ref in found.items()
        },
        "campaign_month": _campaign_months(raw),
        "fact_leads": {(day, lead): tuple(fact.values()) for (day, lead), fact in facts.items()},
        "fact_leads_month": _summed(
            facts,
            lambda day, fact: (
                _month(day),
                *(fact[name] for name in ("platform", "channel", "utm_source", "is_paid", "campaign_ref")),
            ),
        ),
        "stray_lead_month": _summed(
            facts,
            lambda day, fact: (
                None
                if fact["campaign_ref"]
                else (_month(day), *(fact[name] for name in ("platform", "utm_source", "utm_campaign", "utm_id")))
            ),
        ),
        "lead_channel_day": _summed(facts, lambda day, fact: (day, fact["channel"])),
        "lead_hour": _hours(facts),
        "v6_product_performance": _products(facts),
        "v6_branch_performance": _summed(
            facts,
            lambda day, fact: (_month(day), fact["platform"], fact["location_id"]) if fact["location_id"] else None,
        ),
        "v6_campaign_roi_daily": roi,
        "v6_campaign_roi_monthly": _grouped(roi, lambda key: (_month(key[0]), *key[1:])),
        "platform_day": platform_days,
        "platform_month": _grouped(platform_days, lambda key: (_month(key[0]), key[1])),
        "unconverted_day": _unconverted(raw, facts),
    }


def _month(day: date) -> date:
    return day.replace(day=1)


def _signed(raw: RawRows) -> dict[str, list[Contract]]:
    of_lead: dict[str, list[Contract]] = defaultdict(list)
    for contract in raw.contracts:
        if contract.status == "signed":
            of_lead[contract.lead_id].append(contract)
    return of_lead


def _fact_leads(raw: RawRows, words: CampaignWords) -> dict[tuple[date, str], dict[str, Any]]:
    signed = _signed(raw)
    return {(lead.created_day, lead.lead_id): _fact(raw, words, lead, signed[lead.lead_id]) for lead in raw.leads}


def _fact(raw: RawRows, words: CampaignWords, lead: Lead, signed: list[Contract]) -> dict[str, Any]:
    platform = platform_of(lead, raw.rules)
    campaign, utm_id = (lead.utm_campaign or "").lower(), (lead.utm_id or "").lower()
    hour = None
    if lead.created_at is not None:
        local = lead.created_at.astimezone(raw.zone)
        hour = lead.created_at - timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
    revenue = Decimal(0)
    for contract in signed:
        revenue += contract.amount * (raw.rate(contract.signed_day, contract.currency) or 0)
    return {
        "hour": hour,
        "platform": platform,
        "channel": channel_of(lead, raw.rules),
        "utm_source": (lead.utm_source or "").lower(),
        "utm_campaign": campaign,
        "utm_id": utm_id,
        "is_paid": is_paid(lead, raw.rules),
        "campaign_ref": words.of_lead(platform, utm_id, campaign),
        "product_id": lead.product_id,
        "product_name": lead.product_name,
        "location_id": lead.location_id,
        "contracts": len(signed),
        "revenue": revenue,
    }


def _summed(
    facts: dict[tuple[date, str], dict[str, Any]], key_of: Callable[[date, dict[str, Any]], tuple[Any, ...] | None]
) -> Rows:
    """Sum leads, contracts and revenue by a key; leads whose key is None are left out."""
    sums: dict[tuple[Any, ...], list[Any]] = defaultdict(lambda: [0, 0, Decimal(0)])
    for (day, _), fact in facts.items():
        if (key := key_of(day, fact)) is not None:
            _add(sums[key], (1, fact["contracts"], fact["revenue"]))
    return {key: tuple(row) for key, row in sums.items()}


def _add(row: list[Any], amounts: tuple[Any, ...]) -> None:
    for column, amount in enumerate(amounts):
        row[column] += amount


def _grouped(rows: Rows, key_of: Callable[[tuple[Any, ...]], tuple[Any, ...]]) -> Rows:
    sums: dict[tuple[Any, ...], list[Any]] = {}
    for key, row in rows.items():
        _add(sums.setdefault(key_of(key), [0] * len(row)), row)
    return {key: tuple(row) for key, row in sums.items()}


def _hours(facts: dict[tuple[date, str], dict[str, Any]]) -> Rows:
    by_day = _summed(facts, lambda day, fact: (fact["hour"], fact["channel"], day) if fact["hour"] else None)
    return {(hour, channel): (day, *row) for (hour, channel, day), row in by_day.items()}


def _products(facts: dict[tuple[date, str], dict[str, Any]]) -> Rows:
    def key_of(day: date, fact: dict[str, Any]) -> tuple[Any, ...] | None:
        if fact["product_id"] is None and fact["product_name"] is None:
            return None
        return (_month(day), fact["platform"], fact["product_id"], None if fact["product_id"] else fact["product_name"])

    names: dict[tuple[Any, ...], set[str]] = defaultdict(set)
    for (day, _), fact in facts.items():
        if (key := key_of(day, fact)) is not None and fact["product_name"] is not None:
            names[key].add(fact["product_name"])
    return {(*key[:3], max(names[key], default=None)): row for key, row in _summed(facts, key_of).items()}


def _campaign_months(raw: RawRows) -> Rows:
    ads_by_key: dict[tuple[Any, ...], list[AdDay]] = defaultdict(list)
    for ad in raw.ads:
        ads_by_key[_month(ad.day), ad.platform, ad.account_id, fold(ad.campaign_id)].append(ad)
    found: Rows = {}
    for key, ads in ads_by_key.items():
        last = min(ads, key=lambda ad: (-ad.day.toordinal(), ad.campaign_id))
        names = sorted({fold(ad.campaign_name) for ad in ads})
        found[key] = (last.campaign_id, last.campaign_name, names, min(ad.day for ad in ads))
    return found


def _campaign_days(raw: RawRows, words: CampaignWords, facts: dict[tuple[date, str], dict[str, Any]]) -> Rows:
    sums: dict[tuple[Any, ...], list[Any]] = defaultdict(lambda: [0, 0, Decimal(0), Decimal(0), 0, 0, 0, Decimal(0)])
    for (day, _), fact in facts.items():
        row = sums[day, fact["platform"], fact["campaign_ref"]]
        _add(row, (1, fact["contracts"], fact["revenue"]))
    for ad in raw.ads:
        rate = raw.rate(ad.day, ad.currency) or Decimal(0)
        row = sums[ad.day, ad.platform, words.by_key[ad.platform, ref_of(ad.account_id, fold(ad.campaign_id))]]
        _add(row, (0, 0, 0, ad.spend * rate, ad.impressions, ad.clicks, ad.conversions, ad.revenue * rate))
    return {key: tuple(row) for key, row in sums.items()}


def _platform_days(roi: Rows, facts: dict[tuple[date, str], dict[str, Any]]) -> Rows:
    paid: dict[tuple[date, str], int] = defaultdict(int)
    for (day, _), fact in facts.items():
        paid[day, fact["platform"]] += fact["is_paid"]
    rolled = _grouped(roi, lambda key: key[:2])
    return {key: (paid[key[0], key[1]], *row) for key, row in rolled.items()}


def _unconverted(raw: RawRows, facts: dict[tuple[date, str], dict[str, Any]]) -> Rows:
    lacking: dict[tuple[Any, ...], list[Any]] = defaultdict(lambda: [0, Decimal(0)])
    signed = _signed(raw)
    for (day, lead_id), fact in facts.items():
        for contract in signed[lead_id]:
            if raw.rate(contract.signed_day, contract.currency) is None:
                key = (day, fact["platform"], "contracts", (contract.currency or "").upper(), contract.signed_day)
                _add(lacking[key], (1, contract.amount))
    for ad in raw.ads:
        if raw.rate(ad.day, ad.currency) is None:
            _add(lacking[ad.day, ad.platform, "ads", (ad.currency or "").upper(), ad.day], (1, ad.spend))
    return {key: tuple(row) for key, row in lacking.items()}
