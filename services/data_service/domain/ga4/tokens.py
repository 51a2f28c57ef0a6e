"""Spending a property's token quota: reserved before a call, settled by what the answers report.

All workers of the tenant share one ledger, so two at once cannot both take the last tokens.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from common.clock import now
from services.data_service.domain.syncs.sync_run import SourceAccess
from services.data_service.sources.ga4.report import Page
from services.data_service.sources.ga4.windows import day_of, hour_of, next_day, next_hour
from services.data_service.sources.vendor import QuotaSpent
from services.data_service.store.syncs import quota_ledger
from services.data_service.store.syncs.quota_ledger import Spent, Window

# "Most requests consume fewer than 10 tokens" (PropertyQuota): until this property's answers show their cost.
TOKENS_A_REPORT: Final = 10
# What backfills leave of each quota for daily syncs.
KEPT_FOR_TODAY: Final = 0.1
_SPANS: Final = ("hour", "project_hour", "day")
_SAID: Final = {
    "hour": "GA4's tokens of this property for this hour",
    "project_hour": "GA4's tokens of this property for this hour (of the service account's project)",
    "day": "GA4's tokens of this property for today (Pacific time)",
}


class Tokens:
    """The quotas of one property; `kept` is the share of each that is not spent."""

    def __init__(self, access: SourceAccess, property_id: str, kept: float = 0.0) -> None:
        self._access = access
        self._account = f"ga4:{property_id}"
        self._kept = kept

    async def take(self, reports: int) -> "PutAside":
        """Reserve in each quota what so many reports may cost, at the highest cost in its hour or day.

        In an unused hour or day a daily sync calls in any case: the highest cost may have been an exception, and only
        an answer can show that.

        Raises:
            QuotaSpent: not enough is left until the next hour or the next Pacific day.
        """
        async with self._access.service.db.tenant(self._access.tenant_id) as connection:
            windows = await self._lock(connection)
            tokens = [reports * cost_of_a_report([window]) for window in windows]
            for window, needed in zip(windows, tokens, strict=True):
                left = window.left()
                kept = round((window.ceiling or 0) * self._kept)
                is_first = window.is_untouched() and not kept
                if left is not None and left - kept < needed and not is_first:
                    raise QuotaSpent(_reason(window, left, kept), _end_of(window))
            await quota_ledger.reserve(connection, self._access.tenant_id, self._account, windows, tokens)
        return PutAside(self._access, self._account, windows, tokens)

    async def windows(self) -> list[Window]:
        """The current quotas."""
        async with self._access.service.db.tenant(self._access.tenant_id) as connection:
            return await self._lock(connection)

    async def _lock(self, connection: quota_ledger.Connection) -> list[Window]:
        at = now()
        began = [(span, day_of(at) if span == "day" else hour_of(at)) for span in _SPANS]
        return await quota_ledger.lock_windows(connection, self._access.tenant_id, self._account, began)


class PutAside:
    """Tokens reserved for a call."""

    def __init__(self, access: SourceAccess, account: str, windows: Sequence[Window], tokens: Sequence[int]) -> None:
        self._access = access
        self._account = account
        self._windows = windows
        self._tokens = tokens

    async def settle(self, pages: Sequence[Page] = ()) -> None:
        """Store what the answers reported, if any, and release the reservation."""
        told = [page.quota for page in pages if page.quota]
        by_span = (
            [_spent(span, [(of[at].consumed, of[at].remaining) for of in told]) for at, span in enumerate(_SPANS)]
            if told
            else []
        )
        async with self._access.service.db.tenant(self._access.tenant_id) as connection:
            await quota_ledger.settle(
                connection, self._access.tenant_id, self._account, self._windows, self._tokens, len(told), by_span
            )


def cost_of_a_report(windows: Sequence[Window]) -> int:
    """What a report of this property may cost: the costliest of these windows, or the usual maximum."""
    return max((window.dearest for window in windows), default=0) or TOKENS_A_REPORT


def _spent(span: str, said: Sequence[tuple[int, int]]) -> Spent:
    consumed = [one for one, _ in said]
    return Spent(span, sum(consumed), min(left for _, left in said), max(consumed))


def _reason(window: Window, left: int, kept: int) -> str:
    rest = f", of which {kept} are kept for today's syncs" if kept else ""
    return f"{_SAID[window.span]} are spent: {max(left, 0)} are left{rest}."


def _end_of(window: Window) -> datetime:
    return next_day(window.began_at) if window.span == "day" else next_hour(window.began_at)
