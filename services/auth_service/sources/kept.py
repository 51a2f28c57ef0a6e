"""What a provider publishes, fetched once and kept for a while."""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Generic, TypeVar

from services.auth_service.errors.sign_in import ProviderAway, ProviderUnusable

MAX_AGE_SECONDS = 3600
# A provider that is away costs one attempt in this time, however many people wish to sign in; so do unknown key ids.
MIN_SECONDS_BETWEEN_ATTEMPTS = 3

T = TypeVar("T")


class Kept(Generic[T]):
    """One published thing. Its failures are kept too, for a few seconds."""

    def __init__(self, fetch: Callable[[], Awaitable[T]]) -> None:
        self._fetch = fetch
        self._value: T | None = None
        self._fetched_at = 0.0
        self._failure: ProviderAway | ProviderUnusable | None = None
        self._failed_at = 0.0
        self._renewed_at: float | None = None
        self._fetching = asyncio.Lock()

    async def get(self) -> T:
        """The thing as it was within the last hour.

        Raises:
            ProviderAway, ProviderUnusable: it could not be had, now or a moment ago.
        """
        async with self._fetching:
            if self._value is not None and monotonic() - self._fetched_at < MAX_AGE_SECONDS:
                return self._value
            return await self._attempt()

    async def renewed(self) -> T:
        """The thing as it is now, or as it was a few seconds ago: for who missed something in it."""
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
