"""Counts the rows of the ledger's tables: each transaction's entries, and the totals of lines (docs/decisions/0030)."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from services.analytics_service.domain.recount.campaign_words import CampaignWords, campaign_words, fold
from services.analytics_service.domain.recount.lead_kind import platform_of
from services.analytics_service.domain.recount.ledger_lines import Entry, Line, total_of
from services.analytics_service.domain.recount.lines import cents
from services.analytics_service.store.marketing_tables import Rows
from services.analytics_service.store.raw_ledger import LedgerRows, Refund, Sale, Visit
from services.analytics_service.store.raw_rows import Lead, RawRows

_WINDOW: Final = timedelta(days=7)
_ZERO: Final = Decimal(0)


class Attribution(NamedTuple):
    """The platform and campaign ('': none) that a visit is attributed to."""

    platform: str
    campaign_ref: str


def ledger_facts(raw: RawRows, rows: LedgerRows, facts: dict[str, Rows]) -> dict[str, Rows]:
    """Return the rows that the ledger's tables should have; `facts` are marketing's rows of the same days."""
    entries = {
        (sale.transaction_id, number): entry
        for sale, entries in _OrderEntries(raw, rows).entries()
        for number, entry in enumerate(entries)
        if rows.days.first <= entry.day <= rows.days.last
    } | {key: Entry(*row) for key, row in rows.frozen.items()}
    lines: dict[tuple[date, str, str], Line] = defaultdict(Line)
    for (day, platform, ref), ads in facts["v6_campaign_roi_daily"].items():
        lines[day, platform, ref].add_campaign(ads)
    for entry in entries.values():
        lines[entry.day, entry.platform, entry.campaign_ref].add_order(entry)
    lacking = {(key[0], key[1], key[2]) for key in facts["unconverted_day"]}
    by_platform: dict[tuple[date, str], list[Line]] = defaultdict(list)
    for (day, platform, ref), line in lines.items():
        if line.is_row and rows.days.first <= day <= rows.days.last:
            line.settle(
                is_without_campaign=not ref,
                contracts_lack_rate=(day, platform, "contracts") in lacking,
                ads_lack_rate=(day, platform, "ads") in lacking,
            )
            by_platform[day, platform].append(line)
    return {
        "ledger_entry": {key: tuple(entry) for key, entry in entries.items()},
        "ledger_total": {key: total_of(platform_lines) for key, platform_lines in by_platform.items()},
    }


class _OrderEntries:
    """Computes the ledger entries of sales, on their own line and on those of campaigns clicked before."""

    def __init__(self, raw: RawRows, rows: LedgerRows) -> None:
        self._raw, self._rows = raw, rows
        self._words: CampaignWords = campaign_words(raw.campaign_names, raw.campaigns, raw.ad_objects)
        self._sessions: dict[tuple[str, str], Visit] = {
            (visit.device, visit.session_id): visit for visit in rows.visits
        }
        self._visits_of_user: dict[str, list[Visit]] = defaultdict(list)
        for visit in sorted(rows.visits, key=lambda visit: visit.first_ts):
            if visit.source is not None and visit.campaign is not None:
                self._visits_of_user[visit.u].append(visit)
        self._refunds: dict[str, list[Refund]] = defaultdict(list)
        for refund in rows.refunds:
            self._refunds[refund.transaction_id].append(refund)

    def entries(self) -> Iterator[tuple[Sale, list[Entry]]]:
        """Yield each sale with its entries, the one on the sale's own line first."""
        for sale in self._rows.sales:
            if sale.contract_of is not None:
                yield sale, [Entry(sale.day, "untracked", "", lead_day=sale.contract_of)]
            else:
                yield sale, self._entries_of(sale)

    def _entries_of(self, sale: Sale) -> list[Entry]:
        session = self._sessions.get((sale.device, sale.session_id or "")) if sale.session_id else None
        own = self._attribution(session) if session else Attribution("untracked", "")
        refunds, lacks_rate = self._refunded(sale)
        entry = Entry(sale.day, *own, is_order=True, gross=sale.value or _ZERO, refunds=refunds, lacks_rate=lacks_rate)
        if not sale.value or sale.value < 0:
            return [entry]
        others: list[Entry] = []
        clicked = self._clicked_campaigns(sale)
        if own in clicked:
            click_day, booking_day = clicked.pop(own)
            if booking_day != sale.day and click_day == sale.day:
                entry = entry._replace(zone_out=sale.value)
                others.append(Entry(booking_day, *own, zone_in=sale.value))
            elif booking_day != sale.day:
                entry = entry._replace(moved_out=sale.value)
                others.append(Entry(booking_day, *own, moved_in=sale.value))
        for attribution, (_, booking_day) in sorted(clicked.items()):
            amount = {"shared" if own.campaign_ref else "moved_in": sale.value}
            others.append(Entry(booking_day, *attribution)._replace(**amount))
        return [entry, *others]

    def _clicked_campaigns(self, sale: Sale) -> dict[Attribution, tuple[date, date]]:
        """Return, by campaign, the day of its last click and the day on which its platform books the order."""
        clicked: dict[Attribution, tuple[date, date]] = {}
        for visit in self._visits_of_user.get(sale.u or "", ()):
            attribution = self._attribution(visit)
            if attribution.campaign_ref and sale.event_ts - _WINDOW < visit.first_ts <= sale.event_ts:
                account = self._words.campaigns[attribution].account_id
                zone = self._rows.zones.get((attribution.platform, account))
                booking_day = visit.first_ts.astimezone(ZoneInfo(zone)).date() if zone else visit.day
                clicked[attribution] = (visit.day, booking_day)
        return clicked

    def _attribution(self, visit: Visit) -> Attribution:
        lead = Lead("", visit.day, utm_source=fold((visit.source or "")[:300]))
        platform, campaign = platform_of(lead, self._raw.rules), fold(visit.campaign or "")
        return Attribution(platform, self._words.of_lead(platform, campaign, campaign) if campaign else "")

    def _refunded(self, sale: Sale) -> tuple[Decimal, bool]:
        """Return the amount refunded, rounded to cents, and whether part of it or the order itself lacks a rate."""
        if sale.value is None:
            return _ZERO, True
        if (shop := self._rows.shop_refunds.get(sale.transaction_id)) is not None:
            return cents(shop * (1 if sale.rate is None else sale.rate)), False
        amount, is_whole, lacks_rate = _ZERO, False, False
        for refund in self._refunds[sale.transaction_id]:
            if refund.amount is None:
                is_whole = True
            elif (rate := self._raw.rate(sale.day, refund.currency or sale.currency)) is None:
                lacks_rate = True
            else:
                amount += refund.amount * rate
        return cents(max(amount, sale.value) if is_whole else amount), lacks_rate
