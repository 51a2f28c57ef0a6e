"""Request models of a membership: a new one, and a partial change of one."""

from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from common.auth.roles import SCOPES, Role, Scope
from services.auth_service.domain.email_address import folded
from services.auth_service.store.members import Membership

MAX_BRANCH_CODES = 1_000
_MAX_EMAIL = 254


def _folded(email: str) -> str:
    email = folded(email)
    # Lower-casing can make the address longer, since some letters become two.
    if len(email) > _MAX_EMAIL:
        message = f"longer than {_MAX_EMAIL} characters"
        raise ValueError(message)
    return email


Email = Annotated[
    str,
    StringConstraints(max_length=_MAX_EMAIL, pattern=r"^\s*[^@\s\x00-\x1f\x7f]+@[^@\s\x00-\x1f\x7f]+\s*$"),
    AfterValidator(_folded),
]
# If empty, the account's own name is shown.
MemberName = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
_BranchCode = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$"),
]


def _without_duplicates(values: list[str]) -> list[str]:
    return list(dict.fromkeys(values))


BranchCodes = Annotated[list[_BranchCode], Field(max_length=MAX_BRANCH_CODES), AfterValidator(_without_duplicates)]
Permissions = Annotated[list[Scope], Field(max_length=4 * len(SCOPES)), AfterValidator(_without_duplicates)]


class NewMember(BaseModel):
    """The person to invite, and the membership to offer. `name` is the name that this tenant's members see."""

    model_config = ConfigDict(extra="forbid")

    email: Email
    role: Role
    name: MemberName = ""
    team_id: UUID | None = None
    permissions: Permissions = []
    branch_codes: BranchCodes = []

    def membership(self) -> Membership:
        """Return the membership to create."""
        return Membership(
            self.email, self.name, self.role, self.team_id, list(self.permissions), self.branch_codes, joined=False
        )


class MemberChange(BaseModel):
    """Changes to a member; omitted fields stay as they are. `team_id` null removes them from their team."""

    model_config = ConfigDict(extra="forbid")

    name: MemberName = ""
    role: Role = "rep"
    team_id: UUID | None = None
    permissions: Permissions = []
    branch_codes: BranchCodes = []

    def applied_to(self, member: Membership) -> Membership:
        """Return the membership after the change."""
        return member._replace(**self.model_dump(exclude_unset=True))
