"""Sign in with an email address and a password."""

from typing import Annotated

from fastapi import APIRouter, Header, Request
from pydantic import BaseModel, Field

from common.db import Connection
from common.http.context import Context, ServiceContext
from common.logging import address_var
from common.problem import Problem
from services.auth_service.api.shapes import TokenPair
from services.auth_service.api.signed_in import answer_signed_in
from services.auth_service.api.small_body import described, json_body
from services.auth_service.domain import passwords
from services.auth_service.domain.email_address import folded
from services.auth_service.domain.new_password import TypedPassword
from services.auth_service.errors.sign_in import AccountShutOut, CredentialsRefused
from services.auth_service.sign_in_guard import guard_of
from services.auth_service.store import accounts, credentials

router = APIRouter(tags=["sign-in"])


class PasswordLogin(BaseModel):
    """An email address, in upper or lower case, and the account's password."""

    email: Annotated[str, Field(min_length=1, max_length=254, pattern=r"^[^\x00]*$")]
    password: TypedPassword


@router.post("/auth/password/login", summary="Sign in with email and password", openapi_extra=described(PasswordLogin))
async def password_login(
    request: Request, context: Context, user_agent: Annotated[str, Header(include_in_schema=False)] = ""
) -> TokenPair:
    """Sign in and get an access token and a refresh token.

    An unknown email address, a wrong password and a disabled account are answered alike, and take the same time.

    Too many failures answer 429 until the time window is over: ten for an email address from one network in 15
    minutes, a hundred from one IP address in 15 minutes, or a hundred for an email address in an hour from networks
    where it is not signed in.
    """
    body = await json_body(request, PasswordLogin)
    email, guard = folded(body.email), guard_of(context)
    has_account: bool | None = None
    try:
        async with guard.throttle.attempt(address_var.get(), email) as attempt:
            async with context.db.connection() as conn:
                credential = await accounts.credential_of(conn, email)
            has_account = credential is not None
            pair = await _signed_in(context, credential, body.password.get_secret_value(), user_agent)
            attempt.succeeded = True
    except Problem as problem:
        guard.note("sign-in.password", problem, email, has_account=has_account)
        raise
    return pair


async def _signed_in(
    context: ServiceContext, credential: accounts.Credential | None, password: str, user_agent: str
) -> TokenPair:
    # No database connection is held while the hash is computed.
    is_right = await passwords.fits(password, credential.password_hash if credential else None)
    if credential is None or not is_right:
        raise CredentialsRefused

    async def still_proved(conn: Connection) -> bool:
        # A password that was changed while its hash was being verified must not sign anybody in.
        return await credentials.password_hash_of(conn, credential.account_id) == credential.password_hash

    try:
        return await answer_signed_in(context, credential.account_id, "password", user_agent, still_proved)
    except AccountShutOut:
        raise CredentialsRefused from None
