"""What a place for answers can do, whether it is this process's memory or Redis."""

from abc import ABC, abstractmethod
from collections.abc import Collection
from datetime import date
from typing import Any, Final
from uuid import UUID

from prometheus_client import Counter, Gauge

from common.answers.question import Answer, Question, Span

# How old an answer may become though no change of it was told: an event may be late for as long as its sender is ill.
# (in live traffic ten minutes found 80 % of the questions kept where an hour finds 87 %)
KEEP_SECONDS: Final = 3_600

DROPS = Counter("answer_cache_drops", "Kept answers that were let go", ["why"])
BYTES = Gauge("answer_cache_bytes", "Bytes of the answers kept in this process")


class Store(ABC):
    """Keeps answers, and the changes that outdate them. It is never the reason why a question has no answer."""

    @abstractmethod
    async def get(self, question: Question, max_age: float) -> Answer | None:
        """The answer to exactly this question, if it is kept, is not older in seconds, and nothing changed it."""

    @abstractmethod
    async def mark(self, tenant_id: UUID) -> Any:
        """A mark to read after: what changes from now on outdates what is put with it. None: keep nothing."""

    @abstractmethod
    async def put(self, question: Question, answer: Answer, span: Span | None, mark: Any) -> None:
        """Keep an answer that was read after `mark` and rests on the rows of these days (None: of any)."""

    @abstractmethod
    async def changed(self, change_id: UUID, tenant_id: UUID, days: Collection[date] | None) -> None:
        """These days of the tenant changed (None: any may have). The same change may be told several times."""

    @abstractmethod
    async def forget(self) -> None:
        """Anything may have changed unheard."""

    @abstractmethod
    async def aclose(self) -> None:
        """Let go of what is held."""
