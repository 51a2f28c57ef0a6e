"""Response models that several routes of the auth service share."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from common.auth.roles import scopes_of
from services.auth_service.domain.tenant_settings import GoogleAnalyticsConfig, Retention

# The scheme of the Authorization header (RFC 6750).
TOKEN_TYPE = "Bearer"  # noqa: S105 -- a scheme, no secret


class TenantOfAccount(BaseModel):
    """A tenant that the account belongs to.

    `permissions` are the scopes granted individually; `scopes` are all effective ones, including those of the role.
    """

    id: UUID
    name: str
    role: str
    permissions: list[str]
    scopes: list[str]


class User(BaseModel):
    """A person who signs in."""

    id: UUID
    email: str
    name: str
    avatar_url: str | None
    last_login_at: datetime | None
    created_at: datetime


class Profile(User):
    """A person and the tenants they belong to."""

    tenants: list[TenantOfAccount]


class TokenPair(BaseModel):
    """An access token, a refresh token for the next pair, and the user with their tenants.

    `expires_in` is the access token's lifetime in seconds.
    """

    access_token: str
    refresh_token: str
    token_type: str = TOKEN_TYPE
    expires_in: int
    user: User
    tenants: list[TenantOfAccount]


class Tenant(BaseModel):
    """A tenant's settings."""

    id: UUID
    name: str
    time_zone: str
    currency: str
    country: str | None
    week_start: str
    plan: str
    google_analytics_config: GoogleAnalyticsConfig
    retention: Retention
    created_at: datetime
    updated_at: datetime


class TenantPage(BaseModel):
    """One page of tenants."""

    data: list[Tenant]
    total: int
    page: int
    limit: int
    has_more: bool


def tenants_in_profile(rows: list[dict[str, Any]]) -> list[TenantOfAccount]:
    """Build the short form of an account's tenants, as profiles and sign-ins contain it."""
    return [TenantOfAccount(**row, scopes=sorted(scopes_of(row["role"], row["permissions"]))) for row in rows]
