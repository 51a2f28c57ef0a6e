"""Answers in this process's memory, bounded in bytes: the least recently used ones make room."""

from collections import OrderedDict
from collections.abc import Callable, Collection
from datetime import date
from time import monotonic
from typing import Final
from uuid import UUID

from common.answers.changes import Changes
from common.answers.question import Answer, Packed, Question, Span
from common.answers.store import BYTES, DROPS, Store

# What an answer takes besides its body: its question, its place, and what Python adds to each.
_OVERHEAD_BYTES: Final = 1_000
# One answer may take this part of the room at most: it must not push out all others.
_LARGEST_PART: Final = 4
# This part of the room is for answers that lie unpacked: to unpack one takes longer than all else that a hit does.
_READY_PART: Final = 8

_OUTDATED = DROPS.labels("changed")
_TOO_OLD = DROPS.labels("age")
_NO_ROOM = DROPS.labels("room")


class _Kept:
    """An answer, the days that it rests on, the change up to which it holds, and when it was put."""

    __slots__ = ("answer", "mark", "packed", "put_at", "span")

    def __init__(self, packed: Packed, span: Span | None, mark: int, put_at: float) -> None:
        self.packed = packed
        # As it is sent, where it lies unpacked too.
        self.answer: Answer | None = None
        self.span = span
        self.mark = mark
        self.put_at = put_at

    @property
    def size(self) -> int:
        return len(self.packed.body) + _OVERHEAD_BYTES


class _Ready:
    """Those of the answers that lie unpacked too, since they were given lately; the one there longest makes room."""

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self._bytes = 0
        # In the order in which they were unpacked.
        self._kept: dict[_Kept, None] = {}

    def unpack(self, kept: _Kept) -> Answer:
        """The answer, which lies unpacked from now on if there is room for it at all."""
        answer = kept.packed.unpacked()
        size = len(answer.body)
        if size <= self.max_bytes:
            kept.answer = answer
            self._kept[kept] = None
            self._count(size)
            while self._bytes > self.max_bytes:
                self.drop(next(iter(self._kept)))
        return answer

    def drop(self, kept: _Kept) -> None:
        """This one no longer lies unpacked, if it did."""
        if kept.answer is not None:
            del self._kept[kept]
            self._count(-len(kept.answer.body))
            kept.answer = None

    def empty(self) -> None:
        """None does."""
        while self._kept:
            self.drop(next(iter(self._kept)))

    def _count(self, size: int) -> None:
        self._bytes += size
        BYTES.inc(size)


class InProcess(Store):
    """Keeps at most `max_bytes` of answers, packed and unpacked."""

    def __init__(self, max_bytes: int, clock: Callable[[], float] = monotonic) -> None:
        self._max_bytes = max_bytes
        self._clock = clock
        self._changes = Changes()
        self._kept: OrderedDict[Question, _Kept] = OrderedDict()
        self._bytes = 0
        self._ready = _Ready(max_bytes // _READY_PART)
        self._room = max_bytes - self._ready.max_bytes

    async def get(self, question: Question, max_age: float) -> Answer | None:
        """As the interface says."""
        kept = self._kept.get(question)
        if kept is None:
            return None
        if self._changes.outdate(question.tenant_id, kept.span, kept.mark):
            self._drop(question, _OUTDATED.inc)
            return None
        if self._clock() - kept.put_at > max_age:
            self._drop(question, _TOO_OLD.inc)
            return None
        # What has been looked at need not be looked at again.
        kept.mark = self._changes.mark
        # (where there is room for as many again nobody is about to make room)
        if 2 * self._bytes > self._room:
            self._kept.move_to_end(question)
        return kept.answer or self._ready.unpack(kept)

    async def mark(self, tenant_id: UUID) -> int:
        """As the interface says."""
        del tenant_id
        return self._changes.mark

    async def put(self, question: Question, answer: Answer, span: Span | None, mark: int) -> None:
        """As the interface says."""
        if not self._max_bytes or self._changes.outdate(question.tenant_id, span, mark):
            return
        kept = _Kept(answer.packed(), span, mark, self._clock())
        if kept.size * _LARGEST_PART > self._max_bytes:
            return
        if question in self._kept:
            self._take_out(question)
        self._kept[question] = kept
        self._bytes += kept.size
        BYTES.inc(kept.size)
        while self._bytes > self._room:
            self._drop(next(iter(self._kept)), _NO_ROOM.inc)

    async def changed(self, change_id: UUID, tenant_id: UUID, days: Collection[date] | None) -> None:
        """As the interface says."""
        del change_id
        self._changes.note(tenant_id, days)

    async def forget(self) -> None:
        """As the interface says."""
        self._changes.note_everything()
        _OUTDATED.inc(len(self._kept))
        self._empty()

    async def aclose(self) -> None:
        """Free the memory."""
        self._empty()

    def _empty(self) -> None:
        self._ready.empty()
        self._kept.clear()
        BYTES.dec(self._bytes)
        self._bytes = 0

    def _drop(self, question: Question, count: Callable[[], None]) -> None:
        self._take_out(question)
        count()

    def _take_out(self, question: Question) -> None:
        kept = self._kept.pop(question)
        self._ready.drop(kept)
        size = kept.size
        self._bytes -= size
        BYTES.dec(size)
