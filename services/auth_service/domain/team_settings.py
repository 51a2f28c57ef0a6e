"""What a team may be."""

from typing import Annotated, Any, cast
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from common.db.jsonb import to_jsonb
from services.auth_service.domain.tenant_settings import Name

MAX_SETTINGS_BYTES = 16_384
MAX_SETTINGS_DEPTH = 32
MAX_TEAM_MEMBERS = 5_000


def _storable(settings: dict[str, Any]) -> dict[str, Any]:
    if not _within(settings, MAX_SETTINGS_DEPTH):
        message = f"nested more than {MAX_SETTINGS_DEPTH} deep"
        raise ValueError(message)
    try:
        text = to_jsonb(settings)
        size = len(text.encode())
    except (ValueError, TypeError, OverflowError, RecursionError):
        message = "not JSON that can be kept"
        raise ValueError(message) from None
    if size > MAX_SETTINGS_BYTES:
        message = f"more than {MAX_SETTINGS_BYTES} bytes of JSON"
        raise ValueError(message)
    if "\\u0000" in text:
        message = "a character U+0000 cannot be kept"
        raise ValueError(message)
    return settings


def _within(value: Any, depth: int) -> bool:
    """Is it nested no deeper? What is much deeper is read, but cannot be answered."""
    if not isinstance(value, dict | list):
        return True
    inner = cast("list[Any]", list(value.values()) if isinstance(value, dict) else value)
    return depth > 0 and all(_within(one, depth - 1) for one in inner)


Settings = Annotated[dict[str, Any], AfterValidator(_storable)]
MemberIds = Annotated[list[UUID], Field(max_length=MAX_TEAM_MEMBERS)]


class NewTeam(BaseModel):
    """A team to be. Who of `member_ids` is in another team leaves that one."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    owner_id: UUID | None = None
    member_ids: MemberIds = []
    settings: Settings = {}


class TeamChange(BaseModel):
    """What of a team is to be another; what is left out stays, a list or `settings` that is given is the whole one."""

    model_config = ConfigDict(extra="forbid")

    name: Name = ""
    owner_id: UUID | None = None
    member_ids: MemberIds = []
    settings: Settings = {}
