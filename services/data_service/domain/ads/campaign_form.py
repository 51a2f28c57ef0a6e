"""What a campaign may be, as its callers give it."""

from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from common.day_limits import EARLIEST, LATEST
from common.kept_json import KeptObject
from common.written_time import CalendarDay
from services.data_service.domain.ads.platform import Platform

CampaignStatus = Literal["active", "paused", "completed"]
Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500, pattern=r"^[^\x00-\x1f\x7f]*$")
]
# Beyond this an amount is a mistake.
Budget = Annotated[Decimal, Field(ge=0, le=10**15, allow_inf_nan=False, max_digits=30)]
Day = Annotated[CalendarDay, Field(ge=EARLIEST, le=LATEST)]


class NewCampaign(BaseModel):
    """A campaign to be; `user_id` and `team_id` are of this tenant, `budget` is in its currency."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    platform: Platform
    status: CampaignStatus = "active"
    budget: Budget | None = None
    start_date: Day | None = None
    end_date: Day | None = None
    user_id: UUID | None = None
    team_id: UUID | None = None
    settings: KeptObject = {}


class CampaignChange(BaseModel):
    """What of a campaign is to be another; what is left out stays, `settings` that are given are all of the own."""

    model_config = ConfigDict(extra="forbid")

    name: Name = ""
    platform: Platform = ""
    status: CampaignStatus = "active"
    budget: Budget | None = None
    start_date: Day | None = None
    end_date: Day | None = None
    user_id: UUID | None = None
    team_id: UUID | None = None
    settings: KeptObject = {}
