"""Asks the auth service who a request's caller is."""

import httpx
import msgspec

from common.auth.request_headers import api_key_in, bearer_token
from common.auth.signing_keys import published_by
from common.auth.tokens import TokenRefused, TokenVerifier
from common.logging import address_var, request_id_var
from common.settings import Settings
from services.gateway.errors import ApiKeyRefused, ServiceUnreachable
from services.gateway.sources.upstream import Upstream

_OK, _UNAUTHORIZED = 200, 401


class TenantOfCaller(msgspec.Struct):
    """A tenant that the caller is a member of."""

    id: str
    plan: str


class KnownCaller(msgspec.Struct):
    """The auth service's answer for a valid token or key; `expires_at` is in seconds since 1970."""

    account_id: str
    session_id: str | None
    api_key_id: str | None
    expires_at: float
    tenants: list[TenantOfCaller]


class Auth:
    """Asks `GET /auth/caller`."""

    def __init__(self, settings: Settings, http: httpx.AsyncClient, upstream: Upstream) -> None:
        self._upstream = upstream
        self._place = ("127.0.0.1", settings.port_of("auth"))
        self._tokens = TokenVerifier(settings, published_by(http, settings.url_of("auth")))

    def withdraw(self, signing_keys: list[str]) -> None:
        """Refuse tokens signed with these keys from now on, and fetch the present keys."""
        self._tokens.withdraw(signing_keys)

    async def caller(self, credentials: tuple[tuple[bytes, bytes], ...]) -> KnownCaller:
        """Return the caller of these headers: all values of Authorization and X-API-Key, and perhaps X-Tenant-Id.

        Raises:
            Unauthenticated: the token or key is missing or not valid.
            SigningKeysAway, ServiceUnreachable, ServiceTooSlow: the auth service cannot be asked.
        """
        is_machine = api_key_in(credentials) is not None
        if not is_machine:
            # Forged tokens are refused here, without asking the auth service.
            await self._tokens.verify(bearer_token(credentials))
        context = ((b"x-forwarded-for", address_var.get().encode()), (b"x-request-id", request_id_var.get().encode()))
        headers = (*credentials, *((name, value) for name, value in context if value))
        status, body = await self._upstream.fetch("auth", self._place, b"/auth/caller", headers)
        if status == _UNAUTHORIZED:
            raise ApiKeyRefused if is_machine else TokenRefused("the auth service refused the token")
        if status != _OK:
            raise ServiceUnreachable("auth")
        return msgspec.json.decode(body, type=KnownCaller)
