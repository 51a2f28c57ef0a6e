"""Which day a report is asked for."""

from datetime import date, timedelta
from typing import Annotated

from pydantic import Field

from common.clock import today
from common.problem import FieldError
from common.written_time import CalendarDay
from services.email_service.errors import DayNotOver
from services.email_service.store.tenants import Tenant

# A report tells of the 14 days before its day too; nobody has events of the last century.
ReportDate = Annotated[CalendarDay, Field(ge=date(2000, 1, 1))]


def report_day(tenant: Tenant, asked: date | None) -> date:
    """The day asked for, else yesterday, by the tenant's own clocks.

    Raises:
        DayNotOver: it has not come yet.
    """
    this_day = today(tenant.time_zone)
    if asked is not None and asked > this_day:
        message = f"{asked} has not come yet in the tenant's time zone"
        raise DayNotOver(message, errors=[FieldError("report_date", message)])
    return asked or this_day - timedelta(days=1)
