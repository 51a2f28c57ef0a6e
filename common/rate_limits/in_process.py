"""Rate limits in this process's memory.

The library's own in-process storage sweeps over all keys while hits arrive; this one only touches the key that is hit.
Its moving window is exact, and takes 8 to 16 bytes for each hit of the last window.
"""

import time
from array import array
from collections import OrderedDict
from collections.abc import Callable
from time import monotonic
from typing import Final, TypeVar

from common.rate_limits.storage import Hit, LimitStorage

# A bound on the memory: if a client makes up keys, the oldest ones are dropped.
MAX_KEYS: Final = 200_000
_TRIM_FROM: Final = 64

Kept = TypeVar("Kept")


class _Counter:
    """The hits of one fixed window, which ends at a time of the monotonic clock."""

    __slots__ = ("count", "ends_at")

    def __init__(self, ends_at: float) -> None:
        self.count = 0
        self.ends_at = ends_at


class _Window:
    """The times of the hits of one moving window, on the monotonic clock; those before `start` have left it."""

    __slots__ = ("start", "times")

    def __init__(self) -> None:
        self.times = array("d")
        self.start = 0

    def count_since(self, cutoff: float) -> int:
        """Drop the hits up to `cutoff`, and count the others."""
        times, start = self.times, self.start
        while start < len(times) and times[start] <= cutoff:
            start += 1
        if start > _TRIM_FROM and start * 2 > len(times):
            del times[:start]
            start = 0
        self.start = start
        return len(times) - start


class InProcess(LimitStorage):
    """A storage in this process's memory."""

    def __init__(self, clock: Callable[[], float] = monotonic, max_keys: int = MAX_KEYS) -> None:
        super().__init__()
        self._clock = clock
        self._max_keys = max_keys
        # By the window's length in seconds, so that the keys of each dictionary are in the order of their expiry.
        self._windows: dict[int, OrderedDict[str, _Window]] = {}
        # Also by the limit's name (before the first slash), so that the keys of one limit do not push out another's.
        self._counters: dict[tuple[str, int], OrderedDict[str, _Counter]] = {}

    @property
    def base_exceptions(self) -> type[Exception]:
        """The exceptions that the library should handle; this storage raises none."""
        return ValueError

    async def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Count `amount` hits if they fit into the last `expiry` seconds, and return whether they did."""
        now = self._clock()
        window = self._window(key, expiry, now)
        if window.count_since(now - expiry) + amount > limit:
            return False
        window.times.extend([now] * amount)
        return True

    async def take(self, key: str, limit: int, seconds: int) -> bool:
        """As in Redis."""
        now = self._clock()
        window = self._window(key, seconds, now)
        if window.count_since(now - seconds) >= limit:
            return False
        window.times.append(now)
        return True

    async def hit(self, key: str, limit: int, seconds: int) -> Hit:
        """Count a hit if it fits, and return the state of the window."""
        now = self._clock()
        window = self._window(key, seconds, now)
        count = window.count_since(now - seconds)
        taken = count < limit
        if taken:
            window.times.append(now)
            count += 1
        oldest = window.times[window.start] if count else now
        # Computed in this order, since rounding could otherwise make the wait longer than the window.
        return Hit(taken, max(0, limit - count), oldest - now + seconds)

    async def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        """Return the time of the oldest hit of the last `expiry` seconds, and the number of hits."""
        del limit
        now, today = self._clock(), time.time()
        window = self._windows.get(expiry, {}).get(key)
        count = 0 if window is None else window.count_since(now - expiry)
        if window is None or not count:
            return today, 0
        return today - (now - window.times[window.start]), count

    def _window(self, key: str, seconds: int, now: float) -> _Window:
        windows = self._windows.get(seconds)
        if windows is None:
            windows = self._windows[seconds] = OrderedDict()
        window = windows.get(key)
        if window is None:
            self._make_room(windows, lambda window: not window.times or window.times[-1] <= now - seconds)
            window = windows[key] = _Window()
        else:
            windows.move_to_end(key)
        return window

    async def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Add to a fixed window, which begins with its first hit, and return its count."""
        counter = self._counter(key)
        if counter is None:
            now = self._clock()
            counters = self._counters.setdefault((key.partition("/")[0], expiry), OrderedDict())
            counters.pop(key, None)
            self._make_room(counters, lambda counter: counter.ends_at <= now)
            counter = counters[key] = _Counter(now + expiry)
        counter.count += amount
        return counter.count

    async def take_place(self, key: str, places: int, seconds: int) -> bool:
        """As in Redis."""
        if await self.get(key) >= places:
            return False
        await self.incr(key, seconds)
        return True

    async def give_back(self, key: str) -> None:
        """Count one less in a fixed window, and remove the window when it is empty."""
        counter = self._counter(key)
        if counter is not None and counter.count > 1:
            counter.count -= 1
        else:
            await self.clear(key)

    async def get(self, key: str) -> int:
        """Return the count of a fixed window."""
        counter = self._counter(key)
        return 0 if counter is None else counter.count

    async def get_expiry(self, key: str) -> float:
        """Return the time at which a fixed window ends."""
        counter = self._counter(key)
        return time.time() + (0 if counter is None else counter.ends_at - self._clock())

    async def check(self) -> bool:
        """Return whether the storage works."""
        return True

    async def clear(self, key: str) -> None:
        """Remove the counters of a key."""
        for kept in (*self._windows.values(), *self._counters.values()):
            kept.pop(key, None)

    async def reset(self) -> int:
        """Remove everything, and return how many keys there were."""
        keys = sum(map(len, (*self._windows.values(), *self._counters.values())))
        self._windows.clear()
        self._counters.clear()
        return keys

    def _counter(self, key: str) -> _Counter | None:
        found = (counters[key] for counters in self._counters.values() if key in counters)
        counter = next(found, None)
        return counter if counter is not None and counter.ends_at > self._clock() else None

    def _make_room(self, kept: OrderedDict[str, Kept], is_over: Callable[[Kept], bool]) -> None:
        """Drop up to two expired keys for each new one, so that the memory follows the number of keys in use."""
        for _ in range(2):
            oldest = next(iter(kept), None)
            if oldest is None or not (len(kept) >= self._max_keys or is_over(kept[oldest])):
                return
            del kept[oldest]
