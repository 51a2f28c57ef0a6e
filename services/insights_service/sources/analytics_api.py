"""Calls to the analytics service about a tenant, authenticated as this service."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Final, Literal, TypeVar
from uuid import UUID

import httpx
import msgspec

from common.auth.service_tokens import service_token
from common.http.context import ServiceContext
from common.logging import request_id_var
from services.insights_service.errors import AnalyticsAway, AnalyticsRefused

_BUDGET: Final = "/api/analytics/sales/v6/reco/budget"
_MOST_CAMPAIGNS: Final = 500
# Advice always covers this many days. If leads take long to become contracts, they end earlier, because few of the last
# 30 days are old enough then, and few days say little.
_WINDOW_DAYS: Final = 30
_SECONDS: Final = 30
_AWAY: Final = frozenset({502, 503, 504})


Answer = TypeVar("Answer")


class BudgetAdvice(msgspec.Struct, frozen=True, kw_only=True):
    """Advice about a campaign's budget, judged by `days` days; the fields are those of analytics' answer.

    The days may be weeks ago, because contracts take time. `daily_spend` is the present one, None if it is not known.
    """

    action: Literal["pause", "scale", "monitor"]
    platform: str
    campaign_ref: str
    campaign_name: str | None
    leads_cur: int
    contracts_cur: int | None
    spend_cur: Decimal
    cpl_cur: Decimal
    cpl_usual: Decimal
    roas_cur: Decimal | None
    confidence: Decimal
    reason: str
    days: int
    first_day: date
    last_day: date
    daily_spend: Decimal | None
    leads_low: Decimal
    leads_high: Decimal
    leads_needed: int | None
    spend_needed: Decimal | None
    # A cached answer may have been computed before these fields existed.
    held_by: Literal["return", "certainty", "cost", "leads", "days"] | None = None
    roas_usual: Decimal | None = None


_advice = msgspec.json.Decoder(list[BudgetAdvice])


async def budget_advice(service: ServiceContext, tenant_id: UUID, told_until: date) -> list[BudgetAdvice]:
    """Return advice for campaigns, from the last 30 days whose leads are reported and had time to become contracts.

    Advice to pause and to scale comes first. Leads are late from `told_until` on, so that day and later ones are left
    out.

    Raises:
        AnalyticsAway: the analytics service is unavailable.
        AnalyticsRefused: it refused the call, or its answer does not match its contract.
    """
    limit = {"limit": str(_MOST_CAMPAIGNS)}
    recent = await asked(service, tenant_id, _BUDGET, limit, _advice)
    if not recent:
        return []
    last, window = min(recent[0].last_day, told_until - timedelta(1)), timedelta(_WINDOW_DAYS - 1)
    first = last - window
    if first == recent[0].first_day:
        return recent
    # Unless late leads cut the window short, the range ends yesterday, because analytics takes the present daily spend
    # from it and leaves out the days that are too young by itself.
    is_cut = last < recent[0].last_day
    days = {"date_from": str(first), "date_to": str(last if is_cut else recent[0].first_day + window)}
    advice = await asked(service, tenant_id, _BUDGET, {**limit, **days}, _advice)
    if not is_cut:
        return advice
    return _with_daily_spend_of(recent, advice) + _not_judged_yet(recent, advice, first, last)


async def advice_since(
    service: ServiceContext, tenant_id: UUID, advice: Sequence[BudgetAdvice], first: date
) -> list[BudgetAdvice]:
    """Return advice for the platforms of `advice`, from the days between `first` and its last day.

    Raises:
        AnalyticsAway: the analytics service is unavailable.
        AnalyticsRefused: it refused the call, or its answer does not match its contract.
    """
    platforms = ",".join(sorted({campaign.platform for campaign in advice}))
    days = {"date_from": str(first), "date_to": str(advice[0].last_day)}
    query = {"limit": str(_MOST_CAMPAIGNS), **days, "platforms": platforms}
    return _with_daily_spend_of(advice, await asked(service, tenant_id, _BUDGET, query, _advice))


def _not_judged_yet(
    recent: Sequence[BudgetAdvice], judged: Sequence[BudgetAdvice], first: date, last: date
) -> list[BudgetAdvice]:
    """Return advice to leave the campaigns of `recent` that spent only on days since leads are late.

    As in analytics' answer about days that are too young, the figures are those of the days judged: zeros.
    """
    known = {(campaign.platform, campaign.campaign_ref) for campaign in judged}
    usual = {campaign.platform: (campaign.cpl_usual, campaign.roas_usual) for campaign in judged}
    zeros = dict.fromkeys(("spend_cur", "cpl_cur", "roas_cur", "confidence", "leads_low", "leads_high"), Decimal(0))
    days = (judged[0].first_day, judged[0].last_day) if judged else (first, last)
    rows = list[BudgetAdvice]()
    for campaign in recent:
        if (campaign.platform, campaign.campaign_ref) in known:
            continue
        cpl_usual, roas_usual = usual.get(campaign.platform, (Decimal(0), Decimal(0)))
        row = msgspec.structs.replace(
            campaign,
            **zeros,
            action="monitor",
            leads_cur=0,
            contracts_cur=0,
            cpl_usual=cpl_usual,
            roas_usual=roas_usual,
            reason="It spent only on days for which leads are late, so it cannot be judged until they arrive.",
            days=(days[1] - days[0]).days + 1,
            first_day=days[0],
            last_day=days[1],
            leads_needed=None,
            spend_needed=None,
            held_by="days",
        )
        rows.append(row)
    return rows


def _with_daily_spend_of(recent: Sequence[BudgetAdvice], advice: Sequence[BudgetAdvice]) -> list[BudgetAdvice]:
    """Give `advice` the present daily spend, which only the advice of recent days knows; 0 for campaigns not in it."""
    daily_spends = {(campaign.platform, campaign.campaign_ref): campaign.daily_spend for campaign in recent}
    return [
        msgspec.structs.replace(
            campaign, daily_spend=daily_spends.get((campaign.platform, campaign.campaign_ref), Decimal(0))
        )
        for campaign in advice
    ]


async def asked(
    service: ServiceContext, tenant_id: UUID, path: str, params: dict[str, str], read: msgspec.json.Decoder[Answer]
) -> Answer:
    """Call the analytics service with GET and decode its answer.

    Raises:
        AnalyticsAway: it does not answer, or is unavailable.
        AnalyticsRefused: it refused the call, or its answer does not match its contract.
    """
    headers = {
        "Authorization": f"Service {service_token(service.settings, service.name, 'analytics', tenant_id)}",
        "X-Tenant-Id": str(tenant_id),
        "X-Request-Id": request_id_var.get(),
    }
    url = service.settings.url_of("analytics") + path
    try:
        answer = await service.http.get(url, params=params, headers=headers, timeout=_SECONDS)
    except httpx.TransportError as error:
        message = f"the analytics service does not answer ({type(error).__name__})"
        raise AnalyticsAway(message) from error
    if answer.status_code in _AWAY:
        message = f"the analytics service cannot answer now ({answer.status_code})"
        raise AnalyticsAway(message)
    if not answer.is_success:
        message = f"the analytics service answered {answer.status_code} to {path}"
        raise AnalyticsRefused(message)
    try:
        return read.decode(answer.content)
    except msgspec.DecodeError as error:
        raise odd_answer(path, error) from error


def odd_answer(path: str, error: Exception) -> AnalyticsRefused:
    """Return the error for an answer that does not match the contract; `error` says why."""
    return AnalyticsRefused(f"the analytics service's answer to {path} is not what its contract says: {error}")
