"""What a storage of limits can do here: the library's own interface, and one look more."""

from abc import ABC, abstractmethod
from typing import NamedTuple

from limits.aio.storage import MovingWindowSupport, Storage


class Hit(NamedTuple):
    """Whether a hit was `taken`, how many are `left`, and in how many seconds the oldest one makes room."""

    taken: bool
    left: int
    seconds: float


class LimitStorage(Storage, MovingWindowSupport, ABC):
    """A storage for moving and fixed windows. Times are seconds since 1970."""

    STORAGE_SCHEME = None

    @abstractmethod
    async def take(self, key: str, limit: int, seconds: int) -> bool:
        """The library's `acquire_entry` of one hit, without what it wraps that in."""

    @abstractmethod
    async def hit(self, key: str, limit: int, seconds: int) -> Hit:
        """Count a hit of a moving window where it fits in, and tell how that stands: both in one go."""

    @abstractmethod
    async def take_place(self, key: str, places: int, seconds: int) -> bool:
        """Count one more in a fixed window, unless that many are counted; in one step: who is refused never counts."""

    @abstractmethod
    async def give_back(self, key: str) -> None:
        """Count one less in a fixed window, such as a guess that turned out right; never below none."""

    async def aclose(self) -> None:
        """Let go of connections."""
