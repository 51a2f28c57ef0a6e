"""How much of its allowance Meta says is used, in the headers of every answer, and when to stop asking.

"Rate Limits" (developers.facebook.com/docs/graph-api/overview/rate-limiting) and "Insights API Limits and Best
Practices" (developers.facebook.com/docs/marketing-api/insights/best-practices).
"""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from common.clock import now
from services.data_service.sources.vendor import LONGEST_ASKED, QuotaSpent, believed

# Per cent: who goes on to a hundred is shut out for up to an hour, with whoever else uses the same app.
STOP_AT = 90
# Limits roll over an hour; where nothing says how long, the next sync looks again.
_LOOK_AGAIN = timedelta(minutes=15)
_KINDS = ("ads_insights", "ads_management")


class _Use(NamedTuple):
    percent: float
    wait: timedelta


class Allowance:
    """What is left, as the last answer told it."""

    def __init__(self) -> None:
        self._until: datetime | None = None

    def hear(self, headers: Mapping[str, str]) -> None:
        """Take in an answer's headers."""
        spent = [use for use in _uses(headers) if use.percent >= STOP_AT or use.wait]
        if spent:
            self._until = now() + max(use.wait or _LOOK_AGAIN for use in spent)

    def check(self) -> None:
        """Before a call.

        Raises:
            QuotaSpent: the last answer said that there is no room for it.
        """
        if self._until is not None and now() < self._until:
            reason = f"Meta's limit of calls is used to {STOP_AT} % or more"
            raise QuotaSpent(reason, self._until)


def wait_told(headers: Mapping[str, str]) -> timedelta:
    """How long a refusal for too many calls lasts, as its headers estimate it."""
    return max((use.wait for use in _uses(headers)), default=timedelta()) or _LOOK_AGAIN


def _uses(headers: Mapping[str, str]) -> Iterable[_Use]:
    of_businesses = _read(headers, "X-Business-Use-Case-Usage")
    for entry in (entry for entries in of_businesses.values() if isinstance(entries, list) for entry in entries):
        if isinstance(entry, dict) and entry.get("type") in _KINDS:
            wait = min(timedelta(minutes=_number(entry, "estimated_time_to_regain_access")), LONGEST_ASKED)
            yield _Use(_most(entry, "call_count", "total_cputime", "total_time"), wait)
    yield _Use(_most(_read(headers, "X-App-Usage"), "call_count", "total_cputime", "total_time"), timedelta())
    of_account = _read(headers, "X-Ad-Account-Usage")
    percent = _most(of_account, "acc_id_util_pct")
    seconds = _number(of_account, "reset_time_duration") if percent >= STOP_AT else 0
    yield _Use(percent, timedelta(seconds=seconds))
    throttle = _read(headers, "X-Fb-Ads-Insights-Throttle")
    yield _Use(_most(throttle, "app_id_util_pct", "acc_id_util_pct"), timedelta())


def _read(headers: Mapping[str, str], name: str) -> dict[str, Any]:
    try:
        value = json.loads(headers.get(name) or "{}")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _most(entry: Mapping[str, Any], *names: str) -> float:
    return max(_number(entry, name) for name in names)


def _number(entry: Mapping[str, Any], name: str) -> float:
    value = entry.get(name, 0)
    return believed(value) if isinstance(value, int | float) else 0.0
