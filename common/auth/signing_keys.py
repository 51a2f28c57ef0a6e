"""The public keys that verify access tokens, as the auth service publishes them."""

import asyncio
from time import monotonic
from typing import Protocol

import httpx
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from loguru import logger

from common.problem import Unavailable

JWKS_PATH = "/auth/.well-known/jwks.json"
# A key that the auth service withdraws stops verifying after this long.
MAX_AGE_SECONDS = 60
# A flood of invented key ids costs one fetch in this time, however many come.
MIN_SECONDS_BETWEEN_FETCHES = 5
_TIMEOUT_SECONDS = 3


class SigningKeysAway(Unavailable):
    """The auth service has not answered with its keys yet, so no token can be judged."""

    type = "signing-keys-away"
    title = "Tokens cannot be verified at the moment"


class KeySource(Protocol):
    """Finds the public key of a key id."""

    async def key(self, kid: str) -> OKPKey | None:
        """The key, or None where no valid key has this id."""
        ...


class PublishedKeys:
    """Keys fetched by HTTP from the auth service, kept for a minute; an outage of auth leaves the last ones valid."""

    def __init__(self, http: httpx.AsyncClient, auth_url: str) -> None:
        self._http = http
        self._url = auth_url + JWKS_PATH
        self._keys: dict[str, OKPKey] = {}
        self._fetched_at = float("-inf")
        self._tried_at = float("-inf")
        self._fetching = asyncio.Lock()

    async def key(self, kid: str) -> OKPKey | None:
        """The key of this id; an unknown id or old keys ask the auth service again, at most every few seconds.

        Raises:
            SigningKeysAway: the auth service has never answered yet.
        """
        if kid not in self._keys or monotonic() - self._fetched_at > MAX_AGE_SECONDS:
            async with self._fetching:
                await self._fetch_unless_just_tried(kid)
        if not self._keys and self._fetched_at == float("-inf"):
            raise SigningKeysAway
        return self._keys.get(kid)

    async def _fetch_unless_just_tried(self, kid: str) -> None:
        age = monotonic() - self._fetched_at
        # Where nothing was ever fetched each caller tries: the auth service may be up by now.
        waits = self._fetched_at > float("-inf") and monotonic() - self._tried_at < MIN_SECONDS_BETWEEN_FETCHES
        if waits or (kid in self._keys and age <= MAX_AGE_SECONDS):
            return
        self._tried_at = monotonic()
        try:
            answer = await self._http.get(self._url, timeout=_TIMEOUT_SECONDS)
            answer.raise_for_status()
            keys = [OKPKey.import_key(jwk) for jwk in answer.json()["keys"] if jwk.get("kty") == "OKP"]
        except (
            httpx.HTTPError,
            JoseError,
            ValueError,
            KeyError,
            TypeError,
            AttributeError,
        ) as error:
            logger.warning("no signing keys from {}: {}", self._url, type(error).__name__)
            return
        self._keys = {key.kid: key for key in keys if key.kid}
        self._fetched_at = monotonic()
