"""Routes for the operator's command line. They are on this service's own port only: the gateway does not route here."""

import hmac
from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header
from pydantic import BaseModel, Field

from common.http.context import Context, ServiceContext
from services.auth_service.api.shapes import TOKEN_TYPE
from services.auth_service.api.tenants import found_tenant
from services.auth_service.domain import passwords
from services.auth_service.domain.email_address import folded
from services.auth_service.domain.new_password import TypedPassword, refuse_unfit
from services.auth_service.domain.tenant_settings import NewTenant
from services.auth_service.errors.operating import (
    AccountNotFound,
    DevelopmentOnly,
    OperatorKeyRefused,
    OwnerHasAnotherPassword,
    TenantHasNoAdmin,
)
from services.auth_service.errors.sign_in import AccountShutOut
from services.auth_service.start import OPERATOR_KEY_FILE, signer_of
from services.auth_service.store import accounts, sessions, tenants
from services.auth_service.store.account_audit import record_in_each_tenant

# The command line gets no refresh token, so its session must outlive an access token of any configured lifetime.
_OPERATOR_SESSION = timedelta(days=31)

Email = Annotated[str, Field(max_length=254, pattern=r"^\s*[^@\s\x00-\x1f\x7f]+@[^@\s\x00-\x1f\x7f]+\s*$")]


async def operator(context: Context, x_operator_key: Annotated[str, Header()] = "") -> None:
    """Require the key in this home's `secrets/operator_key`. Raises OperatorKeyRefused."""
    expected = context.settings.secret_file(OPERATOR_KEY_FILE)
    if not hmac.compare_digest(x_operator_key.encode(), expected.encode()):
        raise OperatorKeyRefused


router = APIRouter(prefix="/auth/operator", tags=["operator"], dependencies=[Depends(operator)])


class TenantWithOwner(NewTenant):
    """A new tenant and its admin, whose account is created if the email address has none."""

    owner_email: Email
    owner_password: TypedPassword


class CreatedTenant(BaseModel):
    """The ids of the new tenant and of its admin's account."""

    tenant_id: UUID
    account_id: UUID


class TokenRequest(BaseModel):
    """The email address of the account to mint a token for."""

    email: Email


class MintedToken(BaseModel):
    """An access token without a sign-in."""

    access_token: str
    token_type: str = TOKEN_TYPE
    expires_in: int


@router.post("/tenants", status_code=201, summary="Create a tenant with its admin")
async def create_tenant_with_owner(body: TenantWithOwner, context: Context) -> CreatedTenant:
    """Create a tenant and make the owner its admin.

    An owner who has a password keeps it, and `owner_password` must match it. Otherwise `owner_password` becomes their
    password and must meet the requirements for new ones.
    """
    account_id = await _owner(context, folded(body.owner_email), body.owner_password.get_secret_value(), body.name)
    tenant = await found_tenant(context, body, account_id, "operator")
    return CreatedTenant(tenant_id=tenant["id"], account_id=account_id)


async def _owner(context: ServiceContext, email: str, password: str, tenant_name: str) -> UUID:
    async with context.db.connection() as conn:
        known = await accounts.credential_of(conn, email)
    if known is not None and known.password_hash is not None:
        if not await passwords.fits(password, known.password_hash):
            raise OwnerHasAnotherPassword
        return known.account_id
    await refuse_unfit(password, (email, tenant_name), field="owner_password")
    password_hash = await passwords.hash_of(password)
    async with context.db.connection() as conn, conn.transaction():
        account_id = await accounts.ensure_account(conn, email)
        added = await accounts.add_credential(conn, account_id, password_hash)
    # A concurrent request may have set a password on this account: then the given one has to match that.
    return account_id if added else await _owner(context, email, password, tenant_name)


@router.post("/tokens", summary="Mint an access token (development only)")
async def mint_token(body: TokenRequest, context: Context) -> MintedToken:
    """Mint an access token for an account without its password; refused unless ENVIRONMENT is `development`."""
    if context.settings.environment != "development":
        raise DevelopmentOnly
    email = folded(body.email)
    async with context.db.connection() as conn:
        credential = await accounts.credential_of(conn, email)
    if credential is None:
        raise AccountNotFound
    return await _minted(context, credential.account_id, email)


@router.post("/tenants/{tenant_id}/tokens", summary="Mint a token to act in a tenant")
async def mint_token_of_tenant(tenant_id: UUID, context: Context) -> MintedToken:
    """Mint an access token of the tenant's first admin.

    This gives no new power: whoever can read this home's secrets can act in each of its tenants anyway.
    """
    async with context.db.tenant(tenant_id, readonly=True) as conn:
        admin = await tenants.first_admin(conn, tenant_id)
    if admin is None:
        raise TenantHasNoAdmin
    return await _minted(context, *admin)


async def _minted(context: ServiceContext, account_id: UUID, email: str) -> MintedToken:
    """Sign a token in a new session, and audit it in each of the account's tenants."""
    async with context.db.lookup("own_memberships", account_id=account_id) as conn:
        session_id = await sessions.begin_session(conn, account_id, "operator", _OPERATOR_SESSION)
        if session_id is None:
            raise AccountShutOut
        await record_in_each_tenant(
            conn, account_id, "operator", "token.minted", target=email, detail={"session": str(session_id)}
        )
        token = await signer_of(context).sign(conn, account_id, email, session_id)
    context.wake_relay()
    return MintedToken(**token._asdict())
