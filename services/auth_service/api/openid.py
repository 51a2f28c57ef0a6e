"""Sign in with an OpenID provider: authorization code flow with PKCE, state and nonce, bound to the user's browser."""

import hmac
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from common.http.context import Context, ServiceContext
from common.logging import address_var
from common.problem import FieldError, Problem, Unprocessable
from common.sealed_columns import SIGN_IN_SECRETS
from common.sealing import SealBroken, seal, unseal
from services.auth_service.api.linked_account import account_of_person
from services.auth_service.api.shapes import TokenPair
from services.auth_service.api.signed_in import answer_signed_in
from services.auth_service.domain import openid_secrets
from services.auth_service.domain.openid_proof import proven_person
from services.auth_service.domain.openid_secrets import SignInSecrets
from services.auth_service.domain.random_token import hash_of_token, new_token
from services.auth_service.errors.sign_in import IdTokenRefused, NoSuchProvider, SignInNotPending
from services.auth_service.sign_in_guard import guard_of
from services.auth_service.sources.openid_provider import OpenIdProvider
from services.auth_service.start import providers_of
from services.auth_service.store import pending_sign_ins
from services.auth_service.store.pending_sign_ins import PendingSignIn

_NO_STORE = "no-store"
# From this status on a refusal is a fault of the provider or of this service, not of the user: it is not audited.
_SERVER_ERROR = 500

router = APIRouter(tags=["sign-in"])


class LoginPlace(BaseModel):
    """The provider's sign-in page to send the browser to, and the `state` that the provider sends back."""

    login_url: str
    state: str


class Callback(BaseModel):
    """The query parameters of the provider's redirect; `iss` only if the provider sends it (RFC 9207)."""

    model_config = ConfigDict(extra="forbid")

    code: Annotated[str, Field(min_length=1, max_length=4096)]
    state: Annotated[str, Field(min_length=1, max_length=512)]
    iss: Annotated[str, Field(max_length=2048)] | None = None


@router.get("/auth/login", summary="Start signing in with an OpenID provider")
async def login(
    context: Context,
    request: Request,
    response: Response,
    provider: Annotated[str | None, Query(max_length=63)] = None,
    redirect_uri: Annotated[str | None, Query(max_length=2048)] = None,
) -> LoginPlace:
    """Start a sign-in and get the URL of the provider's sign-in page. It has to be completed within ten minutes.

    `provider` is the name of a configured provider, or the default one if omitted. `redirect_uri` must be exactly one
    of those configured for that provider; if omitted, it is the first. Call this from the browser with credentials
    included, since the answer sets a cookie that binds the sign-in to the browser.
    """
    chosen = providers_of(context).named(provider)
    uri = _allowed_redirect(chosen, redirect_uri)
    await guard_of(context).throttle.begin_elsewhere(address_var.get())
    name = openid_secrets.cookie_name(over_tls=_is_over_tls(context))
    cookie = request.cookies.get(name)
    # A second tab reuses the browser's cookie value, so that the sign-ins of both tabs can be completed.
    browser = cookie if cookie and openid_secrets.is_browser_value(cookie) else new_token()
    state, secrets = new_token(), openid_secrets.new_secrets()
    url = await chosen.login_url(state=state, redirect_uri=uri, **secrets._asdict())
    async with context.db.connection() as conn:
        await pending_sign_ins.begin(
            conn,
            hash_of_token(state),
            provider=chosen.registration.name,
            redirect_uri=uri,
            browser_hash=hash_of_token(browser),
            sealed_secrets=seal(context.settings, secrets.as_text(), SIGN_IN_SECRETS.place(hash_of_token(state))),
            lifetime_seconds=openid_secrets.LIFETIME_SECONDS,
        )
    _set_cookie(response, name, browser, over_tls=_is_over_tls(context))
    return LoginPlace(login_url=url, state=state)


@router.post("/auth/callback", summary="Complete signing in with an OpenID provider")
async def callback(
    body: Callback,
    context: Context,
    request: Request,
    response: Response,
    user_agent: Annotated[str, Header(include_in_schema=False)] = "",
) -> TokenPair:
    """Exchange the provider's `code` and `state` for an access token and a refresh token. Each `state` works once.

    The user is signed in to the account that is linked to their identity at the provider. Without one, the identity is
    linked to the account with the email address that the provider has verified, or, if sign-up is open, to a new
    account. Call this from the same browser, with credentials included.
    """
    async with context.db.connection() as conn:
        # Committed before anything else is done, so that a state is used up even if the sign-in fails.
        pending = await pending_sign_ins.take(conn, hash_of_token(body.state))
    person = None
    try:
        if pending is None:
            raise SignInNotPending
        provider = _still_configured(context, pending.provider)
        secrets = _secrets_of(context, body.state, pending, request)
        await _check_issuer(context, provider, body.iss)
        person = await proven_person(provider, body.code, secrets, pending.redirect_uri)
        account_id = await account_of_person(context, pending.provider, person)
    except Problem as problem:
        if problem.status < _SERVER_ERROR:
            guard_of(context).note("sign-in.oidc", problem, person.email if person else "")
        raise
    response.headers["Cache-Control"] = _NO_STORE
    return await answer_signed_in(context, account_id, f"oidc:{pending.provider}", user_agent)


def _is_over_tls(context: ServiceContext) -> bool:
    """Do browsers reach this system by https? The cookie then also has to be sent by a frontend on another site."""
    return context.settings.base_url.lower().startswith("https://")


def _set_cookie(response: Response, name: str, browser: str, *, over_tls: bool) -> None:
    response.set_cookie(
        name,
        browser,
        max_age=openid_secrets.LIFETIME_SECONDS,
        path="/auth",
        secure=over_tls,
        httponly=True,
        samesite="none" if over_tls else "lax",
    )
    response.headers["Cache-Control"] = _NO_STORE


def _allowed_redirect(provider: OpenIdProvider, requested: str | None) -> str:
    """Return the redirect URI to use. Only an exact match is allowed: a looser comparison would be an open redirect."""
    allowed = provider.registration.redirect_uris
    if requested is None:
        return allowed[0]
    if requested not in allowed:
        message = "not one of those configured for this provider"
        raise Unprocessable(message, errors=[FieldError("redirect_uri", message)])
    return requested


def _still_configured(context: ServiceContext, name: str) -> OpenIdProvider:
    try:
        return providers_of(context).named(name)
    except NoSuchProvider:
        raise SignInNotPending from None


def _secrets_of(context: ServiceContext, state: str, pending: PendingSignIn, request: Request) -> SignInSecrets:
    """Return the secrets of a sign-in.

    Raises:
        SignInNotPending: it has expired, another browser started it, or its secrets cannot be unsealed.
    """
    browser = request.cookies.get(openid_secrets.cookie_name(over_tls=_is_over_tls(context)), "")
    if pending.expired or not hmac.compare_digest(hash_of_token(browser), pending.browser_hash):
        raise SignInNotPending
    try:
        place = SIGN_IN_SECRETS.place(hash_of_token(state))
        return openid_secrets.from_text(unseal(context.settings, pending.sealed_secrets, place))
    except SealBroken:
        raise SignInNotPending from None


async def _check_issuer(context: ServiceContext, provider: OpenIdProvider, iss: str | None) -> None:
    """Check the issuer that the redirect names (RFC 9207), which detects a mix-up of two providers.

    It is required only if several providers are configured and this one announces it: clients of the contract send
    `code` and `state` alone.
    """
    if iss is not None and iss != provider.registration.issuer:
        raise IdTokenRefused
    if iss is None and len(providers_of(context)) > 1 and (await provider.metadata()).names_itself:
        message = "several providers are configured: send on the iss that came with code and state"
        raise Unprocessable(message, errors=[FieldError("iss", message)])
