"""Call an OpenID provider: discovery, keys, code exchange and userinfo."""

import base64
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NamedTuple, cast
from urllib.parse import quote_plus

import httpx
import msgspec
from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.base import OAuth2Error
from authlib.oauth2.client import OAuth2Client
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, OKPKey, RSAKey
from loguru import logger

from common.sign_in_providers import SignInProvider
from services.auth_service.errors.sign_in import CodeRefused, ProviderAway, ProviderUnusable
from services.auth_service.sources.cached_document import CachedDocument
from services.auth_service.sources.openid_http import AnswerTooLarge
from services.auth_service.sources.openid_metadata import (
    DISCOVERY_PATH,
    DiscoveryUnusable,
    Metadata,
    metadata_of,
)

_SCOPE = "openid email profile"
# The failures of a request: no answer, or not JSON, not an object, or nested too deeply.
_FAULTS = (httpx.HTTPError, httpx.InvalidURL, ValueError, RecursionError)

PublicKey = RSAKey | ECKey | OKPKey


class Tokens(NamedTuple):
    """The tokens of a code, not verified yet."""

    id_token: str
    access_token: str


class _ClientRefused(Exception):
    """The provider refuses this method of client authentication."""


class OpenIdProvider:
    """One provider, for one client registration."""

    def __init__(self, registration: SignInProvider, http: httpx.AsyncClient, is_local: Callable[[str], bool]) -> None:
        self.registration = registration
        self._http = http
        self._is_local = is_local
        self._metadata = CachedDocument(self._discover)
        self._keys = CachedDocument(self._fetch_keys)

    async def metadata(self) -> Metadata:
        """Return the discovery document.

        Raises:
            ProviderAway, ProviderUnusable: it does not answer, or its answer cannot be used.
        """
        return await self._metadata.get()

    async def keys(self, *, renewed: bool = False) -> list[PublicKey]:
        """Return the public signing keys; `renewed` fetches them again, for a signature by an unknown key."""
        return await (self._keys.renewed() if renewed else self._keys.get())

    async def login_url(self, *, state: str, nonce: str, code_verifier: str, redirect_uri: str) -> str:
        """Return the URL at which the browser signs in, with the PKCE challenge (S256) of the verifier."""
        metadata = await self.metadata()
        url, _ = self._client(metadata.token_auth_methods[0]).create_authorization_url(
            metadata.authorization_endpoint,
            state=state,
            nonce=nonce,
            code_verifier=code_verifier,
            redirect_uri=redirect_uri,
        )
        return str(url)

    async def exchange(self, code: str, *, code_verifier: str, redirect_uri: str) -> Tokens:
        """Exchange an authorization code for tokens.

        Raises:
            CodeRefused: the code was used before, or belongs to another client or verifier.
            ProviderAway, ProviderUnusable: as for `metadata`.
        """
        metadata = await self.metadata()
        form = {"code": code, "code_verifier": code_verifier, "redirect_uri": redirect_uri}
        *earlier, last = metadata.token_auth_methods
        # A client is often registered for only one of the methods that the provider supports.
        for method in earlier:
            with suppress(_ClientRefused):
                return await self._tokens(metadata, method, form)
        try:
            return await self._tokens(metadata, last, form)
        except _ClientRefused as refused:
            logger.error("sign-in: {} does not take this system as its client", self.registration.name)
            raise ProviderUnusable(self.registration.name) from refused

    async def _tokens(self, metadata: Metadata, auth_method: str, form: dict[str, str]) -> Tokens:
        try:
            token = await self._client(auth_method).fetch_token(
                metadata.token_endpoint, grant_type="authorization_code", **form
            )
        except OAuth2Error as error:
            raise self._refusal(str(error.error)) from error
        except _FAULTS as error:
            raise self._failure("its token endpoint", error) from error
        id_token, access_token = token.get("id_token"), token.get("access_token")
        if not isinstance(id_token, str) or not isinstance(access_token, str):
            raise self._failure("its token endpoint", KeyError("id_token"))
        return Tokens(id_token, access_token)

    async def userinfo(self, access_token: str) -> dict[str, Any]:
        """Return the userinfo claims for an access token."""
        metadata = await self.metadata()
        if metadata.userinfo_endpoint is None:
            return {}
        return await self._json(metadata.userinfo_endpoint, {"Authorization": f"Bearer {access_token}"})

    async def _discover(self) -> Metadata:
        url = self.registration.issuer.rstrip("/") + DISCOVERY_PATH
        try:
            return metadata_of(await self._json(url), self.registration, self._is_local)
        except DiscoveryUnusable as error:
            raise self._failure(url, error) from error

    async def _fetch_keys(self) -> list[PublicKey]:
        metadata = await self.metadata()
        listed = (await self._json(metadata.jwks_uri)).get("keys")
        keys = [_public_key(jwk) for jwk in cast("list[Any]", listed)] if isinstance(listed, list) else []
        return [key for key in keys if key is not None]

    async def _json(self, url: str, headers: dict[str, str] | None = None) -> dict[str, Any]:
        try:
            answer = await self._http.get(url, headers=headers)
            answer.raise_for_status()
            return msgspec.json.decode(answer.content, type=dict[str, Any])
        except _FAULTS as error:
            raise self._failure(url, error) from error

    def _client(self, auth_method: str) -> "_CodeClient":
        return _CodeClient(
            self._http,
            client_id=self.registration.client_id,
            client_secret=self.registration.client_secret.get_secret_value(),
            token_endpoint_auth_method=auth_method,
            code_challenge_method="S256",
            scope=_SCOPE,
        )

    def _refusal(self, error: str) -> Exception:
        if error == "invalid_grant":
            return CodeRefused()
        if error in ("temporarily_unavailable", "server_error"):
            return ProviderAway(self.registration.name)
        if error == "invalid_client":
            return _ClientRefused()
        return self._failure("its token endpoint", ValueError(error[:100]))

    def _failure(self, what: str, error: Exception) -> ProviderAway | ProviderUnusable:
        logger.warning("sign-in: {} at {}: {}: {}", self.registration.name, what, type(error).__name__, error)
        return ProviderAway(self.registration.name) if _is_away(error) else ProviderUnusable(self.registration.name)


def _is_away(error: Exception) -> bool:
    if isinstance(error, httpx.HTTPStatusError):
        return error.response.is_server_error
    return isinstance(error, httpx.HTTPError) and not isinstance(error, AnswerTooLarge)


class _CodeClient(OAuth2Client):
    """Authlib's OAuth 2.0 client over our HTTP client, since each of Authlib's own integrations needs a library."""

    def __init__(self, session: httpx.AsyncClient, **settings: Any) -> None:
        super().__init__(session, **settings)
        self.register_client_auth_method(("client_secret_basic", _basic))

    async def _fetch_token(  # pyright: ignore[reportIncompatibleMethodOverride] -- awaited, as in Authlib's own
        self, url: str, body: str, headers: dict[str, str], auth: ClientAuth, **_: object
    ) -> dict[str, Any]:
        url, headers, body = auth.prepare("POST", url, dict(headers), body)
        answer = await self.session.post(url, content=body.encode(), headers=headers)
        return self.parse_response_token(answer)


def _basic(client: ClientAuth, _method: str, url: str, headers: dict[str, str], body: str) -> tuple[Any, ...]:
    """Form-encode id and secret before joining them, as RFC 6749 2.3.1 demands and Authlib does not."""
    pair = f"{quote_plus(client.client_id)}:{quote_plus(client.client_secret)}"
    headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    return url, headers, body


def _public_key(jwk: object) -> PublicKey | None:
    """Return a key that can verify signatures; None for others (for encryption, or of unknown kinds)."""
    try:
        key = JWKRegistry.import_key(cast("dict[str, Any]", jwk)) if isinstance(jwk, dict) else None
    except (JoseError, ValueError, KeyError, TypeError):
        return None
    if isinstance(key, RSAKey | ECKey | OKPKey) and key.get("use", "sig") == "sig":
        return key
    return None
