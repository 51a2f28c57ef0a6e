"""The rows of the ledger's tables (docs/decisions/0030): what each transaction adds to which lines, and their sums."""

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


class Place(NamedTuple):
    """What a visit is of."""

    platform: str
    campaign_ref: str


def ledger_facts(raw: RawRows, rows: LedgerRows, facts: dict[str, Rows]) -> dict[str, Rows]:
    """Every row that the ledger's tables should hold of the days; `facts` are marketing's of the same."""
    entries = {
        (sale.transaction_id, number): entry
        for sale, entries in _Places(raw, rows).entries()
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
                is_of_none=not ref,
                contracts_lack=(day, platform, "contracts") in lacking,
                ads_lack=(day, platform, "ads") in lacking,
            )
            by_platform[day, platform].append(line)
    return {
        "ledger_entry": {key: tuple(entry) for key, entry in entries.items()},
        "ledger_total": {key: total_of(of_it) for key, of_it in by_platform.items()},
    }


class _Places:
    """Where orders and clicks belong."""

    def __init__(self, raw: RawRows, rows: LedgerRows) -> None:
        self._raw, self._rows = raw, rows
        self._words: CampaignWords = campaign_words(raw.told, raw.campaigns, raw.ad_objects)
        self._own: dict[tuple[str, str], Visit] = {(visit.device, visit.session_id): visit for visit in rows.visits}
        self._of_user: dict[str, list[Visit]] = defaultdict(list)
        for visit in sorted(rows.visits, key=lambda visit: visit.first_ts):
            if visit.source is not None and visit.campaign is not None:
                self._of_user[visit.u].append(visit)
        self._refunds: dict[str, list[Refund]] = defaultdict(list)
        for refund in rows.refunds:
            self._refunds[refund.transaction_id].append(refund)

    def entries(self) -> Iterator[tuple[Sale, list[Entry]]]:
        """Each sale with what it adds, its own line first."""
        for sale in self._rows.sales:
            if sale.contract_of is not None:
                yield sale, [Entry(sale.day, "untracked", "", lead_day=sale.contract_of)]
            else:
                yield sale, self._of(sale)

    def _of(self, sale: Sale) -> list[Entry]:
        session = self._own.get((sale.device, sale.session_id or "")) if sale.session_id else None
        own = self._place(session) if session else Place("untracked", "")
        refunds, lacks_rate = self._given_back(sale)
        entry = Entry(sale.day, *own, is_order=True, gross=sale.value or _ZERO, refunds=refunds, lacks_rate=lacks_rate)
        if not sale.value or sale.value < 0:
            return [entry]
        more: list[Entry] = []
        clicked = self._clicked(sale)
        if own in clicked:
            click_day, booked = clicked.pop(own)
            if booked != sale.day and click_day == sale.day:
                entry = entry._replace(zone_out=sale.value)
                more.append(Entry(booked, *own, zone_in=sale.value))
            elif booked != sale.day:
                entry = entry._replace(moved_out=sale.value)
                more.append(Entry(booked, *own, moved_in=sale.value))
        for place, (_, booked) in sorted(clicked.items()):
            amount = {"shared" if own.campaign_ref else "moved_in": sale.value}
            more.append(Entry(booked, *place)._replace(**amount))
        return [entry, *more]

    def _clicked(self, sale: Sale) -> dict[Place, tuple[date, date]]:
        """By campaign the day of the last click, and that on which its platform books the order."""
        clicked: dict[Place, tuple[date, date]] = {}
        for visit in self._of_user.get(sale.u or "", ()):
            place = self._place(visit)
            if place.campaign_ref and sale.event_ts - _WINDOW < visit.first_ts <= sale.event_ts:
                account = self._words.campaigns[place].account_id
                zone = self._rows.zones.get((place.platform, account))
                booked = visit.first_ts.astimezone(ZoneInfo(zone)).date() if zone else visit.day
                clicked[place] = (visit.day, booked)
        return clicked

    def _place(self, visit: Visit) -> Place:
        lead = Lead("", visit.day, utm_source=fold((visit.source or "")[:300]))
        platform, campaign = platform_of(lead, self._raw.rules), fold(visit.campaign or "")
        return Place(platform, self._words.of_lead(platform, campaign, campaign) if campaign else "")

    def _given_back(self, sale: Sale) -> tuple[Decimal, bool]:
        """In cents, and whether some of it, or the order itself, has no rate."""
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
