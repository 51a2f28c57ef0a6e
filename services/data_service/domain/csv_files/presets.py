"""Presets for known exports: the names of their headers, and the values that hold for all their rows.

Header names are those of Meta Ads Manager ("Export table data"), Google Ads (campaign reports, English and
Vietnamese), Shopee Ads (Seller Centre, "Export data", English and Vietnamese) and Lazada Sponsored Solutions (English).
"""

import re
import unicodedata
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from services.data_service.domain.csv_files.currency_names import names_currency
from services.data_service.domain.csv_files.kinds import CAMPAIGN_PERFORMANCE, FILE_KINDS, FX_RATES

GENERIC: Final = "generic"
# None of our names is longer. Normalising a text with thousands of combining marks on one letter would take minutes
# and block everybody else.
_MAX_NAME_CHARACTERS: Final = 200
_CURRENCY_AFTER: Final = re.compile(r"(.*?)\s*\(([A-Z]{3})\)")


class Preset(NamedTuple):
    """A known export.

    `headers` maps each of our columns to its possible headers, best first. An export with `marks` is recognised
    without being chosen only by one of these headers. `values` hold for every row. `dates` is the date order, if the
    export always writes the same. `day_of_period`: the export may lack a date column, and a report of one day names
    that day above its header. `periods`: if the first header of a pair is read as the date, the second one holds the
    end of the row's period.
    """

    name: str
    headers: dict[str, tuple[str, ...]]
    marks: tuple[str, ...] = ()
    values: Mapping[str, str] = MappingProxyType({})
    dates: str = ""
    day_of_period: bool = False
    periods: tuple[tuple[str, str], ...] = ()


_META: Final = Preset(
    "meta-ads",
    {
        "date": ("Day", "Reporting starts", "Ngày", "Bắt đầu báo cáo"),
        "campaign_id": ("Campaign ID", "ID chiến dịch"),
        "campaign_name": ("Campaign name", "Tên chiến dịch"),
        "impressions": ("Impressions", "Lượt hiển thị"),
        "clicks": ("Clicks (all)", "Link clicks", "Số lần nhấp (tất cả)", "Số lượt click vào liên kết"),
        "spend": ("Amount spent", "Số tiền đã chi tiêu"),
        "account_id": ("Account ID", "ID tài khoản"),
        "conversions": ("Purchases", "Results", "Lượt mua", "Kết quả"),
        "revenue": ("Purchases conversion value", "Giá trị chuyển đổi từ lượt mua"),
        "currency": ("Currency", "Đơn vị tiền tệ"),
    },
    marks=("Reporting starts", "Amount spent", "Bắt đầu báo cáo", "Số tiền đã chi tiêu"),
    values={"platform": "meta"},
    dates="ymd",
    periods=(("Reporting starts", "Reporting ends"), ("Bắt đầu báo cáo", "Kết thúc báo cáo")),
)
_GOOGLE: Final = Preset(
    "google-ads",
    {
        "date": ("Day", "Ngày"),
        "campaign_id": ("Campaign ID", "ID chiến dịch"),
        "campaign_name": ("Campaign", "Chiến dịch"),
        "impressions": ("Impr.", "Impressions", "Lượt hiển thị"),
        "clicks": ("Clicks", "Lượt nhấp"),
        "spend": ("Cost", "Chi phí"),
        "account_id": ("Customer ID", "Account ID", "ID khách hàng"),
        "conversions": ("Conversions", "Lượt chuyển đổi"),
        "revenue": ("Conv. value", "Conversion value", "Giá trị chuyển đổi"),
        "currency": ("Currency code", "Mã đơn vị tiền tệ"),
    },
    marks=("Impr.", "Chiến dịch"),
    values={"platform": "google"},
)
_SHOPEE: Final = Preset(
    "shopee-ads",
    {
        "date": ("Date", "Ngày"),
        "campaign_id": ("Ad ID", "Campaign ID", "Mã quảng cáo"),
        "campaign_name": ("Ad Name", "Tên Dịch vụ Hiển thị", "Tên quảng cáo"),
        "impressions": ("Impression", "Impressions", "Số lượt xem"),
        "clicks": ("Clicks", "Số lượt click"),
        "spend": ("Expense", "Chi phí"),
        "account_id": ("Shop ID",),
        "conversions": ("Conversions", "Lượt chuyển đổi"),
        "revenue": ("GMV", "Doanh số"),
        "currency": ("Currency",),
    },
    marks=("Expense", "Tên Dịch vụ Hiển thị", "Tên quảng cáo"),
    values={"platform": "shopee"},
    dates="dmy",
    day_of_period=True,
)
_LAZADA: Final = Preset(
    "lazada-ads",
    {
        "date": ("Date",),
        "campaign_id": ("Campaign ID",),
        "campaign_name": ("Campaign Name",),
        "impressions": ("Impressions", "Impression"),
        "clicks": ("Clicks",),
        "spend": ("Spend", "Est. Spend", "Spending"),
        "account_id": ("Seller ID",),
        "conversions": ("Store Orders", "Orders"),
        "revenue": ("Store Revenue", "Revenue"),
        "currency": ("Currency",),
    },
    marks=("Store Revenue", "Store Orders", "Est. Spend"),
    values={"platform": "lazada"},
)
# One line per day and one column per currency: see wide_rates.py.
ECB: Final = "ecb"
_ECB: Final = Preset(ECB, {})
_AD_PRESETS: Final = (_META, _GOOGLE, _SHOPEE, _LAZADA)
# Additional names for our own columns.
_ALIASES: Final[dict[str, dict[str, tuple[str, ...]]]] = {FX_RATES: {"date": ("date", "day")}}
PRESETS: Final = (GENERIC, *(preset.name for preset in _AD_PRESETS), ECB)


def presets_of(kind: str) -> tuple[Preset, ...]:
    """Return the presets of a kind of file; the generic one, whose headers are our own names, comes first."""
    names = {column.name: (column.name,) for column in FILE_KINDS[kind].columns}
    generic = Preset(GENERIC, names | _ALIASES.get(kind, {}))
    further = {CAMPAIGN_PERFORMANCE: _AD_PRESETS, FX_RATES: (_ECB,)}
    return (generic, *further.get(kind, ()))


def folded(header: str) -> str:
    """Normalise a header for comparison.

    Case, word separators, Unicode composition and a trailing currency in brackets are ignored. A very long header is
    only trimmed.
    """
    if len(header) > _MAX_NAME_CHARACTERS:
        return header.strip()
    text = " ".join(unicodedata.normalize("NFC", header).replace("_", " ").split())
    found = _CURRENCY_AFTER.fullmatch(text)
    return (found.group(1) if found and names_currency(found.group(2)) else text).casefold()


def currency_in(header: str) -> str:
    """Return the currency code that ends a header, such as `Amount spent (USD)`; '' if there is none."""
    found = _CURRENCY_AFTER.fullmatch(" ".join(header.split()))
    return found.group(2) if found and names_currency(found.group(2)) else ""
