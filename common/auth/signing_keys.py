"""The public keys that verify access tokens, as the auth service publishes them."""

import asyncio
from collections.abc import Awaitable, Callable
from math import inf
from time import monotonic
from typing import Any

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

# Fetches a JWK Set's keys; raises KeysNotFetched.
Fetch = Callable[[], Awaitable[list[dict[str, Any]]]]


class KeysNotFetched(Exception):
    """The place that publishes the keys did not answer with them."""


class SigningKeysAway(Unavailable):
    """The auth service has not answered with its keys yet, so no token can be judged."""

    type = "signing-keys-away"
    title = "Tokens cannot be verified at the moment"


class SigningKeys:
    """Keys by id, kept for a minute; an outage of the auth service leaves the last ones valid."""

    def __init__(self, fetch: Fetch, clock: Callable[[], float] = monotonic) -> None:
        self._fetch = fetch
        self._clock = clock
        self._keys: dict[str, OKPKey] = {}
        # Never taken up again: what is being fetched right now may still name them.
        self._withdrawn: set[str] = set()
        self._fetched_at: float | None = None
        self._tried_at = -inf
        self._fetching = asyncio.Lock()

    async def key(self, kid: str) -> OKPKey | None:
        """The key of this id, or None; an unknown id or old keys ask again, at most every few seconds.

        Raises:
            SigningKeysAway: there was never an answer yet.
        """
        if not self._knows(kid):
            async with self._fetching:
                # Where nothing was ever fetched each caller tries: the auth service may be up by now.
                may_try = self._fetched_at is None or self._clock() - self._tried_at > MIN_SECONDS_BETWEEN_FETCHES
                if may_try and not self._knows(kid):
                    await self._refresh()
        if self._fetched_at is None:
            raise SigningKeysAway
        return self._keys.get(kid)

    def withdraw(self, kids: list[str]) -> None:
        """Give up these keys for good; the ones in their place are asked for at the next call."""
        self._withdrawn.update(kids)
        self._keys = {kid: key for kid, key in self._keys.items() if kid not in self._withdrawn}
        self._tried_at = -inf

    def _knows(self, kid: str) -> bool:
        fresh = self._fetched_at is not None and self._clock() - self._fetched_at < MAX_AGE_SECONDS
        return fresh and kid in self._keys

    async def _refresh(self) -> None:
        self._tried_at = self._clock()
        try:
            jwks = await self._fetch()
            keys = [OKPKey.import_key(jwk) for jwk in jwks if jwk.get("kty") == "OKP"]
        except (KeysNotFetched, JoseError, ValueError, KeyError) as error:
            logger.warning("no signing keys: {}", error)
            return
        self._keys = {key.kid: key for key in keys if key.kid and key.kid not in self._withdrawn}
        self._fetched_at = self._clock()


def published_by(http: httpx.AsyncClient, auth_url: str, clock: Callable[[], float] = monotonic) -> SigningKeys:
    """The keys that the auth service at this address publishes."""

    async def fetch() -> list[dict[str, Any]]:
        try:
            answer = await http.get(auth_url + JWKS_PATH, timeout=_TIMEOUT_SECONDS)
            answer.raise_for_status()
            return list(answer.json()["keys"])
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            message = f"{auth_url} does not publish them: {type(error).__name__}"
            raise KeysNotFetched(message) from error

    return SigningKeys(fetch, clock)
