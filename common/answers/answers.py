"""The answer cache of a service: find and keep answers, and drop them when an event announces a change."""

from collections.abc import Callable, Collection, Mapping
from datetime import date
from typing import Any, Final
from uuid import UUID

from prometheus_client import Counter

from common.answers.in_process import InProcess
from common.answers.question import Answer, Question, Span
from common.answers.store import KEEP_SECONDS, Store
from common.events.bus import Bus
from common.events.envelope import Contract
from common.events.fan_out import Heard, hear
from common.settings import Settings
from common.tally import Tally

# While the bus is down no changes are announced, so a kept answer is used for at most this long.
UNHEARD_SECONDS: Final = 60
# What this process told itself comes around within seconds. (Of more it is heard again, which only drops too much.)
_MOST_TOLD: Final = 1_000

HITS = Tally("answer_cache_hits", "Questions that a kept answer was given to", "call")
MISSES = Counter("answer_cache_misses", "Questions whose answer was computed", ["call"])

# For each event: the days (YYYY-MM-DD) whose answers it changes, or None if it may change any answer.
ChangedBy = Mapping[type[Contract], Callable[[Any], Collection[str] | None]]


class Answers:
    """Answers kept in a store, as far as the bus tells of what changes them."""

    def __init__(self, store: Store, bus: Bus, changed_by: ChangedBy) -> None:
        self._store = store
        self._bus = bus
        self._changed_by = changed_by
        self._gaps = bus.gaps
        # Changes that this process noted before they came from the bus, the latest last.
        self._told: dict[UUID, None] = {}

    async def listen(self) -> None:
        """Listen to changes from now on, and drop older answers, whose changes may have been missed."""
        await hear(self._bus, list(self._changed_by), self._on_event)
        await self._store.forget()

    async def find(
        self, question: Question, most_seconds: float = KEEP_SECONDS, *, again: bool = False
    ) -> Answer | None:
        """Return the kept answer to exactly this question if it is still valid and not older than `most_seconds`.

        With `again`, a miss is not counted yet, since the caller is going to ask again.
        """
        if self._bus.gaps != self._gaps:
            gaps = self._bus.gaps
            await self._store.forget()
            self._gaps = gaps
        answer = await self._store.get(
            question, most_seconds if self._bus.hears else min(most_seconds, UNHEARD_SECONDS)
        )
        if answer is not None:
            HITS.counts[question.call] += 1
        elif not again:
            MISSES.labels(question.call).inc()
        return answer

    async def begin(self, tenant_id: UUID) -> Any:
        """Return a mark, before the first row of an answer is read. A later change prevents the answer's reuse."""
        return await self._store.mark(tenant_id)

    async def keep(self, question: Question, answer: Answer, span: Span | None, mark: Any) -> None:
        """Keep an answer that was read after `begin` returned `mark` and depends on these days (None: on any)."""
        if mark is not None:
            await self._store.put(question, answer, span, mark)

    async def changed(self, change_id: UUID, tenant_id: UUID, data: Contract) -> None:
        """Drop the answers that a committed event changes, without waiting until the event comes back from the bus.

        When it does come back, it does not drop the answers that were read since.
        """
        self._told[change_id] = None
        if len(self._told) > _MOST_TOLD:
            del self._told[next(iter(self._told))]
        await self._note(change_id, tenant_id, data)

    async def aclose(self) -> None:
        """Free the memory and close the connections."""
        await self._store.aclose()

    async def _on_event(self, event: Heard | None) -> None:
        if event is None:
            await self._store.forget()
        elif event.id not in self._told:
            await self._note(event.id, event.tenant_id, event.data)

    async def _note(self, change_id: UUID, tenant_id: UUID, data: Contract) -> None:
        await self._store.changed(change_id, tenant_id, _days(self._changed_by[type(data)](data)))


async def open_answers(settings: Settings, bus: Bus, changed_by: ChangedBy) -> Answers:
    """Open the cache of this process, or of all processes with the same REDIS_URL.

    The events in `changed_by` invalidate its answers.
    """
    max_bytes = settings.answer_cache_mb << 20
    if settings.redis_url and max_bytes:
        # Imported only if it is used: the driver takes memory and time to load.
        from common.answers.shared import Shared  # noqa: PLC0415 -- see above

        answers = Answers(Shared(settings.redis_url), bus, changed_by)
    else:
        answers = Answers(InProcess(max_bytes), bus, changed_by)
    await answers.listen()
    return answers


def _days(texts: Collection[str] | None) -> list[date] | None:
    try:
        return None if texts is None else [date.fromisoformat(text) for text in texts]
    except ValueError:
        return None
