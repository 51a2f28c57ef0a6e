"""Signing in with a password."""

from typing import Annotated

from fastapi import APIRouter, Header
from pydantic import BaseModel, Field, SecretStr

from common.http.context import Context
from services.auth_service.api.shapes import TokenPair
from services.auth_service.api.signed_in import answer_signed_in
from services.auth_service.domain import passwords
from services.auth_service.domain.email_address import folded
from services.auth_service.errors import AccountShutOut, CredentialsRefused
from services.auth_service.store import accounts

router = APIRouter(tags=["sign-in"])


class PasswordLogin(BaseModel):
    """An email, in any case, and its password."""

    email: Annotated[str, Field(min_length=1, max_length=254, pattern=r"^[^\x00]*$")]
    password: Annotated[SecretStr, Field(min_length=1, max_length=128)]


@router.post("/auth/password/login", summary="Sign in with email and password")
async def password_login(body: PasswordLogin, context: Context, user_agent: Annotated[str, Header()] = "") -> TokenPair:
    """A pair of tokens; an unknown email or a disabled account is answered like a wrong password, as late."""
    async with context.db.pool.acquire() as conn:
        credential = await accounts.credential_of(conn, folded(body.email))
    # No connection is held while the hash is worked out.
    right = await passwords.fits(body.password.get_secret_value(), credential.password_hash if credential else None)
    if credential is None or not right:
        raise CredentialsRefused
    try:
        return await answer_signed_in(context, credential.account_id, "password", user_agent)
    except AccountShutOut:
        raise CredentialsRefused from None
