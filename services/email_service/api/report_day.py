"""Determine and check the day of a requested report."""

from datetime import date, timedelta
from typing import Annotated

from pydantic import Field

from common.clock import today
from common.problem import FieldError
from common.written_time import CalendarDay
from services.email_service.errors import DayNotOver
from services.email_service.store.tenants import Tenant

# A report also covers days before its own, and nobody has events of the last century.
ReportDate = Annotated[CalendarDay, Field(ge=date(2000, 1, 1))]


def report_day(tenant: Tenant, requested: date | None) -> date:
    """Return the requested day, or yesterday in the tenant's time zone.

    Raises:
        DayNotOver: the day is in the future.
    """
    this_day = today(tenant.time_zone)
    if requested is not None and requested > this_day:
        message = f"{requested} has not come yet in the tenant's time zone"
        raise DayNotOver(message, errors=[FieldError("report_date", message)])
    return requested or this_day - timedelta(days=1)
