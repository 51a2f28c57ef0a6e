"""A bounded cache whose entries end at a time of their own; the least recently used one makes room."""

from collections import OrderedDict
from collections.abc import Callable
from time import monotonic
from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class ExpiringCache(Generic[Key, Value]):
    """Keeps at most `size` values, each for at most the seconds it was put with."""

    def __init__(self, size: int, clock: Callable[[], float] = monotonic) -> None:
        self._size = size
        self._clock = clock
        self._entries: OrderedDict[Key, tuple[float, Value]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: Key) -> Value | None:
        """The value, or None where there is none or its time is over."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        if entry[0] <= self._clock():
            del self._entries[key]
            return None
        # Where there is room for as many again nobody is about to make room.
        if 2 * len(self._entries) > self._size:
            self._entries.move_to_end(key)
        return entry[1]

    def seconds_left(self, key: Key) -> float:
        """How long the value of a key will be kept yet; 0 where there is none."""
        entry = self._entries.get(key)
        return 0 if entry is None else max(0, entry[0] - self._clock())

    def put(self, key: Key, value: Value, seconds: float) -> None:
        """Keep a value for `seconds`; nothing is kept for no time."""
        if seconds <= 0:
            return
        self._entries[key] = (self._clock() + seconds, value)
        self._entries.move_to_end(key)
        if len(self._entries) > self._size:
            self._entries.popitem(last=False)

    def forget(self, key: Key) -> None:
        """Forget the value of a key, if there is one."""
        self._entries.pop(key, None)

    def clear(self) -> None:
        """Forget every entry."""
        self._entries.clear()

    def drop(self, which: Callable[[Key, Value], bool]) -> None:
        """Forget every entry for which `which` is true."""
        for key in [key for key, (_, value) in self._entries.items() if which(key, value)]:
            del self._entries[key]
