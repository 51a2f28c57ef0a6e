"""Request models of a team: a new one, and a partial change of one."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from common.kept_json import KeptObject
from services.auth_service.domain.tenant_settings import Name

MAX_TEAM_MEMBERS = 5_000

MemberIds = Annotated[list[UUID], Field(max_length=MAX_TEAM_MEMBERS)]


class NewTeam(BaseModel):
    """A new team. Members of another team who are listed in `member_ids` leave that team."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    owner_id: UUID | None = None
    member_ids: MemberIds = []
    settings: KeptObject = {}


class TeamChange(BaseModel):
    """Changes to a team; omitted fields stay as they are. `member_ids` and `settings` replace the stored value."""

    model_config = ConfigDict(extra="forbid")

    name: Name = ""
    owner_id: UUID | None = None
    member_ids: MemberIds = []
    settings: KeptObject = {}
