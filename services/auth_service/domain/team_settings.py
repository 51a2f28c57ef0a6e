"""What a team may be."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from common.kept_json import KeptObject
from services.auth_service.domain.tenant_settings import Name

MAX_TEAM_MEMBERS = 5_000

MemberIds = Annotated[list[UUID], Field(max_length=MAX_TEAM_MEMBERS)]


class NewTeam(BaseModel):
    """A team to be. Who of `member_ids` is in another team leaves that one."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    owner_id: UUID | None = None
    member_ids: MemberIds = []
    settings: KeptObject = {}


class TeamChange(BaseModel):
    """What of a team is to be another; what is left out stays, a list or `settings` that is given is the whole one."""

    model_config = ConfigDict(extra="forbid")

    name: Name = ""
    owner_id: UUID | None = None
    member_ids: MemberIds = []
    settings: KeptObject = {}
