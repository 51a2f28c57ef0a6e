"""What the analytics service says of a tenant, asked in this service's own name."""

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
# Of a long sale few of the last 30 days are old enough to be judged, and few days say little.
_WHOLE: Final = 30
_SECONDS: Final = 30
_AWAY: Final = frozenset({502, 503, 504})


Answer = TypeVar("Answer")


class BudgetAdvice(msgspec.Struct, frozen=True, kw_only=True):
    """A campaign and what to do about its budget, of `days` days; the fields are those of the answer (contract).

    These days are weeks ago, since contracts take their time; `daily_spend` is that of now, None where nobody says.
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
    # (an answer that was kept may be older than these)
    held_by: Literal["return", "certainty", "cost", "leads"] | None = None
    roas_usual: Decimal | None = None


_advice = msgspec.json.Decoder(list[BudgetAdvice])


async def budget_advice(service: ServiceContext, tenant_id: UUID, told_until: date) -> list[BudgetAdvice]:
    """What is advised for the campaigns of the last 30 days whose leads are told and had the time to become contracts.

    Those to pause and to scale stand first. From `told_until` on leads are late: what was spent since brought nobody
    knows how many.

    Raises:
        AnalyticsAway, AnalyticsRefused: as they are named.
    """
    limit = {"limit": str(_MOST_CAMPAIGNS)}
    lately = await asked(service, tenant_id, _BUDGET, limit, _advice)
    if not lately:
        return []
    last, whole = min(lately[0].last_day, told_until - timedelta(1)), timedelta(_WHOLE - 1)
    first = last - whole
    if first == lately[0].first_day:
        return lately
    # (up to yesterday all the same where that is no matter: by it analytics says what is spent now)
    is_cut = last < lately[0].last_day
    days = {"date_from": str(first), "date_to": str(last if is_cut else lately[0].first_day + whole)}
    advice = await asked(service, tenant_id, _BUDGET, {**limit, **days}, _advice)
    return _spending_as(lately, advice) if is_cut else advice


async def advice_since(
    service: ServiceContext, tenant_id: UUID, advice: Sequence[BudgetAdvice], first: date
) -> list[BudgetAdvice]:
    """The same campaigns' advice by the days from `first` on only.

    Raises:
        AnalyticsAway, AnalyticsRefused: as they are named.
    """
    platforms = ",".join(sorted({one.platform for one in advice}))
    days = {"date_from": str(first), "date_to": str(advice[0].last_day)}
    limit = {"limit": str(_MOST_CAMPAIGNS)}
    return _spending_as(
        advice, await asked(service, tenant_id, _BUDGET, {**limit, **days, "platforms": platforms}, _advice)
    )


def _spending_as(lately: Sequence[BudgetAdvice], advice: Sequence[BudgetAdvice]) -> list[BudgetAdvice]:
    """Advice by other days, which do not say what is spent now."""
    now = {(one.platform, one.campaign_ref): one.daily_spend for one in lately}
    return [
        msgspec.structs.replace(one, daily_spend=now.get((one.platform, one.campaign_ref), Decimal(0)))
        for one in advice
    ]


async def asked(
    service: ServiceContext, tenant_id: UUID, path: str, params: dict[str, str], read: msgspec.json.Decoder[Answer]
) -> Answer:
    """What it answers to a call.

    Raises:
        AnalyticsAway: it does not answer, or not now.
        AnalyticsRefused: it refuses, or answers something else than its contract says.
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
    """It answered something else than its contract says, which the error found out."""
    return AnalyticsRefused(f"the analytics service's answer to {path} is not what its contract says: {error}")
