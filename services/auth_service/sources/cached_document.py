"""Cache a document that a provider publishes."""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Generic, TypeVar

from services.auth_service.errors.sign_in import ProviderAway, ProviderUnusable

MAX_AGE_SECONDS = 3600
# While a provider is unavailable or a key id unknown, one attempt is made in this time, however many people sign in.
MIN_SECONDS_BETWEEN_ATTEMPTS = 3

T = TypeVar("T")


class CachedDocument(Generic[T]):
    """A cached document. Failures are cached too, for a few seconds."""

    def __init__(self, fetch: Callable[[], Awaitable[T]]) -> None:
        self._fetch = fetch
        self._value: T | None = None
        self._fetched_at = 0.0
        self._failure: ProviderAway | ProviderUnusable | None = None
        self._failed_at = 0.0
        self._renewed_at: float | None = None
        self._fetching = asyncio.Lock()

    async def get(self) -> T:
        """Return the document, at most an hour old.

        Raises:
            ProviderAway, ProviderUnusable: fetching failed, now or in the last seconds.
        """
        async with self._fetching:
            if self._value is not None and monotonic() - self._fetched_at < MAX_AGE_SECONDS:
                return self._value
            return await self._attempt()

    async def renewed(self) -> T:
        """Return the document, at most a few seconds old, for callers that did not find something in it."""
        async with self._fetching:
            just_now = self._renewed_at is not None and monotonic() - self._renewed_at < MIN_SECONDS_BETWEEN_ATTEMPTS
            if just_now and self._value is not None:
                return self._value
            self._renewed_at = monotonic()
            return await self._attempt()

    async def _attempt(self) -> T:
        if self._failure is not None and monotonic() - self._failed_at < MIN_SECONDS_BETWEEN_ATTEMPTS:
            raise type(self._failure)(self._failure.provider)
        try:
            self._value = await self._fetch()
        except (ProviderAway, ProviderUnusable) as error:
            self._failure, self._failed_at = error, monotonic()
            raise
        self._failure, self._fetched_at = None, monotonic()
        return self._value
