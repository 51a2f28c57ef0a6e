"""Tenants and people put straight into the database, with tokens that hold: for tests that are not about signing in.

The services under test take `settings_for_people(database.settings)`: tokens are then signed with a secret of the
tests, and no auth service needs to run.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from joserfc import jwt
from joserfc.jwk import OctKey
from pydantic import SecretStr

from common.auth.api_key_text import hint_of, new_key
from common.auth.roles import Role
from common.auth.standing import hash_of_key
from common.auth.tokens import AUDIENCE, ISSUER, TOKEN_TYPE
from common.db.jsonb import to_jsonb
from common.settings import Settings
from common.testing.superuser import as_superuser

SECRET = "a secret of the tests, of thirty-two bytes and more"  # noqa: S105 -- of tests only


@dataclass(frozen=True)
class Person:
    """A member of a tenant; `headers` are what each of their requests carries."""

    account_id: UUID
    tenant_id: UUID
    email: str
    headers: dict[str, str]


def settings_for_people(settings: Settings) -> Settings:
    """The same settings with tokens signed by the tests' secret."""
    return settings.model_copy(update={"jwt_algorithm": "HS256", "jwt_secret_key": SecretStr(SECRET)})


def token_for(account_id: UUID, email: str, *, lifetime_seconds: int = 3600, secret: str = SECRET) -> str:
    """An access token as the auth service would sign it; the session of `add_person` has the account's own id."""
    issued_at = int(time.time())
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": str(account_id), "email": email}
    claims |= {"sid": str(account_id), "jti": uuid4().hex, "iat": issued_at, "exp": issued_at + lifetime_seconds}
    key = OctKey.import_key(secret)
    return jwt.encode({"alg": "HS256", "typ": TOKEN_TYPE}, claims, key, algorithms=["HS256"])


async def add_tenant(
    superuser_dsn: str,
    *,
    name: str = "Somewhere Supply",
    time_zone: str = "UTC",
    currency: str = "USD",
    location_source: str | None = None,
) -> UUID:
    """A tenant with these settings."""
    tenant_id = uuid4()
    config = to_jsonb({"property_id": None, "location_source": location_source})
    await as_superuser(
        superuser_dsn,
        "insert into auth.tenant (tenant_id, name, time_zone, currency, google_analytics_config)"
        " values ($1, $2, $3, $4, $5)",
        tenant_id,
        name,
        time_zone,
        currency,
        config,
    )
    return tenant_id


async def add_person(
    superuser_dsn: str,
    tenant_id: UUID,
    role: Role = "admin",
    *,
    branch_codes: Sequence[str] = (),
    permissions: Sequence[str] = (),
) -> Person:
    """A member of the tenant with this role, signed in."""
    account_id = uuid4()
    email = f"{role}-{account_id.hex[:8]}@example.com"
    await as_superuser(
        superuser_dsn,
        "with account as (insert into auth.account (account_id, email) values ($1, $2)),"
        " session as (insert into auth.session (session_id, account_id, method, expires_at)"
        " values ($1, $1, 'tests', now() + interval '1 day'))"
        " insert into auth.membership (tenant_id, account_id, role, branch_codes, permissions, joined_at)"
        " values ($3, $1, $4, $5, $6, now())",
        account_id,
        email,
        tenant_id,
        role,
        list(branch_codes),
        list(permissions),
    )
    headers = {"Authorization": f"Bearer {token_for(account_id, email)}", "X-Tenant-Id": str(tenant_id)}
    return Person(account_id, tenant_id, email, headers)


async def add_api_key(
    superuser_dsn: str,
    tenant_id: UUID,
    scopes: Sequence[str],
    *,
    name: str = "till",
    expires_at: datetime | None = None,
) -> str:
    """An API key of the tenant with these scopes: its text."""
    key = new_key()
    await as_superuser(
        superuser_dsn,
        "insert into auth.api_key (tenant_id, name, hint, key_hash, scopes, expires_at)"
        " values ($1, $2, $3, $4, $5, $6)",
        tenant_id,
        name,
        hint_of(key),
        hash_of_key(key),
        list(scopes),
        expires_at,
    )
    return key
