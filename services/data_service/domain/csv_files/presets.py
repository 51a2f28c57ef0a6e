"""Exports whose columns are known: what their headers are called, and what stands for all their rows.

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
# No longer name is ours. Putting thousands of marks on one letter in their order takes minutes, and nobody else runs.
_LONGEST_NAME: Final = 200
_CURRENCY_AFTER: Final = re.compile(r"(.*?)\s*\(([A-Z]{3})\)")


class Preset(NamedTuple):
    """`headers`: the names that an export has for one of our columns, the best first.

    An export is recognised unaided by one of its `marks`. `values` stand for every row. `dates` is the order of its
    dates where the export always writes the same. `day_of_period`: the export has no column of days; a report of one
    day has that one in its head. `periods`: where the first of these headers is read as the day, the second says where
    the row's period ends.
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
# A line a day, a column a currency: see wide_rates.py.
ECB: Final = "ecb"
_ECB: Final = Preset(ECB, {})
_AD_PRESETS: Final = (_META, _GOOGLE, _SHOPEE, _LAZADA)
# Further names of our own columns.
_ALSO_CALLED: Final[dict[str, dict[str, tuple[str, ...]]]] = {FX_RATES: {"date": ("date", "day")}}
PRESETS: Final = (GENERIC, *(preset.name for preset in _AD_PRESETS), ECB)


def presets_of(kind: str) -> tuple[Preset, ...]:
    """The presets of a kind of file; the generic one, whose headers are our own names, comes first."""
    names = {column.name: (column.name,) for column in FILE_KINDS[kind].columns}
    generic = Preset(GENERIC, names | _ALSO_CALLED.get(kind, {}))
    further = {CAMPAIGN_PERFORMANCE: _AD_PRESETS, FX_RATES: (_ECB,)}
    return (generic, *further.get(kind, ()))


def folded(header: str) -> str:
    """A header as it is compared.

    Case does not count, nor how its words are parted, how its marks are encoded, or a currency behind it. One that is
    very long is compared as it stands.
    """
    if len(header) > _LONGEST_NAME:
        return header.strip()
    text = " ".join(unicodedata.normalize("NFC", header).replace("_", " ").split())
    found = _CURRENCY_AFTER.fullmatch(text)
    return (found.group(1) if found and names_currency(found.group(2)) else text).casefold()


def currency_in(header: str) -> str:
    """The currency that a header names, as `Amount spent (USD)` does; '' where it names none."""
    found = _CURRENCY_AFTER.fullmatch(" ".join(header.split()))
    return found.group(2) if found and names_currency(found.group(2)) else ""
