"""Signing in with a password."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field, SecretStr

from common.http.context import Context
from services.auth_service.api.shapes import TokenPair, User, tenants_in_profile
from services.auth_service.domain import passwords
from services.auth_service.domain.email_address import folded
from services.auth_service.errors import CredentialsRefused
from services.auth_service.start import signer_of
from services.auth_service.store import accounts, sessions, tenants

router = APIRouter(tags=["sign-in"])


class PasswordLogin(BaseModel):
    """An email, in any case, and its password."""

    email: Annotated[str, Field(min_length=1, max_length=254, pattern=r"^[^\x00]*$")]
    password: Annotated[SecretStr, Field(min_length=1, max_length=128)]


@router.post("/auth/password/login", summary="Sign in with email and password")
async def password_login(body: PasswordLogin, context: Context) -> TokenPair:
    """A token for the account; an unknown email is answered like a wrong password, and takes as long."""
    async with context.db.pool.acquire() as conn:
        credential = await accounts.credential_of(conn, folded(body.email))
    # No connection is held while the hash is worked out.
    right = await passwords.fits(body.password.get_secret_value(), credential.password_hash if credential else None)
    if credential is None or not right:
        raise CredentialsRefused
    async with context.db.lookup("own_memberships", account_id=credential.account_id) as conn:
        await accounts.note_login(conn, credential.account_id)
        account = await accounts.account(conn, credential.account_id)
        rows = await tenants.tenants_of(conn, credential.account_id)
        session_id = await sessions.begin_session(conn, credential.account_id, "password", timedelta(days=30))
    if account is None:
        raise CredentialsRefused
    token = signer_of(context).sign(account["id"], account["email"], session_id)
    return TokenPair(**token._asdict(), user=User(**account), tenants=tenants_in_profile(rows))
