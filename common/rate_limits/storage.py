"""The interface of storages for rate limits: that of the library `limits`, with additional operations."""

from abc import ABC, abstractmethod
from typing import NamedTuple

from limits.aio.storage import MovingWindowSupport, Storage


class Hit(NamedTuple):
    """Whether a hit was counted (`taken`), how many are `left`, and in how many seconds the oldest one expires."""

    taken: bool
    left: int
    seconds: float


class LimitStorage(Storage, MovingWindowSupport, ABC):
    """A storage for moving and fixed windows. Times are Unix times in seconds."""

    STORAGE_SCHEME = None

    @abstractmethod
    async def take(self, key: str, limit: int, seconds: int) -> bool:
        """Do the library's `acquire_entry` for one hit, without its wrappers."""

    @abstractmethod
    async def hit(self, key: str, limit: int, seconds: int) -> Hit:
        """Count a hit of a moving window if it fits, and return the window's state, in one step."""

    @abstractmethod
    async def take_place(self, key: str, places: int, seconds: int) -> bool:
        """Count one more in a fixed window unless all places are taken, in one step: a refused hit is never counted."""

    @abstractmethod
    async def give_back(self, key: str) -> None:
        """Count one less in a fixed window, but never below zero; for example for a password that was right."""

    async def aclose(self) -> None:
        """Close the connections."""
