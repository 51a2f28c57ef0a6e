"""Members, invitations and teams as the auth service answers them."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel

from services.auth_service.api.shapes import TokenPair


class Member(BaseModel):
    """A member. `id` is the account's; `created_at` is when they were added to this tenant.

    `avatar_url`, `last_login_at` and a name that the tenant did not give are null or empty until they have joined and
    signed in since.
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
    """An invitation and what it is to. `invited_by` is an account's id."""

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
    """What somebody has joined, as whom. `tokens` is null where the account has its own way to sign in: use that."""

    tenant_id: UUID
    email: str
    tokens: TokenPair | None


class Team(BaseModel):
    """A team; `owner_id` is null where it has none, or where they left the tenant."""

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
