"""Plans of headers, made without a service."""

from typing import Any, Final

from services.data_service.domain.csv_files.options import read_options
from services.data_service.domain.csv_files.plan import ColumnPlan, FilePlan
from services.data_service.domain.csv_files.survey import Surroundings, plan_of_head
from tests.data_service.files.uploads import as_fields, lines

ADS: Final = "campaign-performance"
ADS_HEADER: Final = "date,platform,campaign_id,campaign_name,impressions,clicks"
META_HEADER: Final = "Day,Campaign name,Impressions,Link clicks,Amount spent (USD)"
SHOPEE_HEADER: Final = "Date,Ad Name,Impression,Clicks,Conversions,GMV,Expense"


def around(**options: Any) -> Surroundings:
    return Surroundings(read_options(ADS, {}), "VN", "Asia/Ho_Chi_Minh", "VND", 2026)._replace(**options)


def plan(kind: str, *rows: str, own: str = "VND", **options: Any) -> FilePlan:
    place = around(currency=own, options=read_options(kind, as_fields(options)))
    return plan_of_head(lines(*rows), kind, place)


def column(found: FilePlan, name: str) -> ColumnPlan | None:
    return next((one for one in found.columns if one.name == name), None)
