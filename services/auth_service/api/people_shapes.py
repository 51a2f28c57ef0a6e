"""Response models for members, invitations and teams."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel

from services.auth_service.api.shapes import TokenPair


class Member(BaseModel):
    """A member. `id` is the id of the account; `created_at` is when they were added to this tenant.

    `avatar_url`, `last_login_at` and a `name` that the tenant did not set stay null or empty until the member has
    joined and signed in since.
    """

    id: UUID
    email: str
    name: str
    role: str
    team_id: UUID | None
    permissions: list[str]
    branch_codes: list[str]
    avatar_url: str | None
    status: Literal["active", "invited"]
    created_at: datetime
    last_login_at: datetime | None


class MemberPage(BaseModel):
    """One page of members."""

    data: list[Member]
    total: int
    page: int
    limit: int
    has_more: bool


class Invitation(BaseModel):
    """An invitation, and the membership that it offers. `invited_by` is an account id."""

    id: UUID
    email: str
    name: str
    role: str
    permissions: list[str]
    branch_codes: list[str]
    team_id: UUID | None
    status: Literal["pending", "accepted", "expired"]
    invited_by: UUID | None
    created_at: datetime
    expires_at: datetime


class InvitationPage(BaseModel):
    """One page of invitations."""

    data: list[Invitation]
    total: int
    page: int
    limit: int
    has_more: bool


class AcceptedInvitation(BaseModel):
    """The tenant that was joined, and the account's email address.

    `tokens` is null if the account already has a way to sign in: send the user to the sign-in page then.
    """

    tenant_id: UUID
    email: str
    tokens: TokenPair | None


class Team(BaseModel):
    """A team. `owner_id` is null if it has no owner, or if the owner left the tenant."""

    id: UUID
    name: str
    owner_id: UUID | None
    member_ids: list[UUID]
    settings: dict[str, Any]
    created_at: datetime


class TeamPage(BaseModel):
    """One page of teams."""

    data: list[Team]
    total: int
    page: int
    limit: int
    has_more: bool
