"""Routes for a tenant's admins that list a service's dead letters with their causes, and replay them.

Each service that consumes events mounts these two routes under its own path.
"""

import time
from datetime import datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field, model_validator

from common.auth.principal import Principal
from common.db.jsonb import from_jsonb
from common.events.dead_letters import Cause, DeadLetter, LetterFilter, count_letters, ids_of, list_causes, list_letters
from common.events.envelope import subject_of
from common.events.shown_payload import shown_payload
from common.http.context import Context, ServiceContext
from common.http.json import JsonAnswer
from common.http.replay import Replayed, replay
from common.http.require import require
from common.pagination import Page, page_answer

# Handlers are fast, but a caller does not wait a minute for an answer. It reports how many letters are left for
# another call.
_MAX_LETTERS: Final = 100
_MAX_SECONDS: Final = 20
_TEXT: Final = r"^[^\x00]*$"
Admin = Annotated[Principal, Depends(require("tenant:admin"))]
CauseText = Annotated[str | None, Query(max_length=2000, pattern=_TEXT, description="how the cause begins")]
EventType = Annotated[str | None, Query(max_length=200, pattern=_TEXT, description="as in data.batch.recorded.v1")]


class DeadLetterShown(BaseModel):
    """An event that this service gave up.

    `attempts` counts deliveries and replays. `payload` is shortened to a readable size, and possible secrets are
    removed. `payload_bytes` is the full size.
    """

    id: UUID
    event_id: UUID
    event: str
    subject: str
    cause: str
    attempts: int
    occurred_at: datetime
    first_seen_at: datetime
    last_seen_at: datetime
    request_id: str
    payload: Any
    payload_bytes: int


class CauseShown(BaseModel):
    """Dead letters of one event type that failed with the same text."""

    cause: str
    event: str
    letters: int
    first_seen_at: datetime
    last_seen_at: datetime


class DeadLetterPage(BaseModel):
    """A page of dead letters, and the most frequent causes (at most 50) of all that match."""

    data: list[DeadLetterShown]
    total: int
    page: int
    limit: int
    has_more: bool
    causes: list[CauseShown]


class ReplayOrder(BaseModel):
    """Which letters to replay: those with these ids, or all whose cause begins with `cause`."""

    model_config = ConfigDict(extra="forbid")

    ids: Annotated[list[UUID], Field(min_length=1, max_length=_MAX_LETTERS)] | None = None
    cause: Annotated[str, Field(min_length=1, max_length=2000, pattern=_TEXT)] | None = None
    dry_run: bool = False

    @model_validator(mode="after")
    def _either_ids_or_cause(self) -> "ReplayOrder":
        if (self.ids is None) == (self.cause is None):
            message = "give either ids or cause"
            raise ValueError(message)
        return self


class LetterReplayed(BaseModel):
    """The outcome for one letter, or with `dry_run` the outcome that a replay would have.

    `handled`: the event took effect and the letter is deleted. `handled-before`: another delivery had taken effect
    before, and the letter is deleted. `failed`: the letter is kept, with the new `cause`. `gone`: there is no such
    letter, or not any more.
    """

    id: UUID
    outcome: Literal["handled", "handled-before", "failed", "gone"]
    event: str
    cause: str


class ReplayAnswer(BaseModel):
    """The outcome of each letter. `left` counts the matching letters not yet reached; repeat the call for those."""

    dry_run: bool
    data: list[LetterReplayed]
    handled: int
    failed: int
    left: int


def dead_letter_router(prefix: str) -> APIRouter:
    """Create the two routes under a service's path, such as `/data/dead-letters`."""
    router = APIRouter(prefix=prefix, tags=["dead letters"])
    router.get(
        "",
        summary="Events that this service gave up",
        response_model=None,
        responses={200: {"model": DeadLetterPage}},
    )(_get_dead_letters)
    router.post(
        "/replay",
        summary="Replay dead letters",
        response_model=None,
        responses={200: {"model": ReplayAnswer}},
    )(_replay_dead_letters)
    return router


async def _get_dead_letters(
    caller: Admin, context: Context, page: Page, cause: CauseText = None, event: EventType = None
) -> JsonAnswer:
    """List the tenant's events that a handler of this service failed on at every attempt, oldest first."""
    letter_filter = LetterFilter(cause, event)
    async with context.db.of(caller, readonly=True) as connection:
        letters = await list_letters(connection, context.name, caller.tenant_id, letter_filter, page)
        total = await count_letters(connection, context.name, caller.tenant_id, letter_filter)
        causes = await list_causes(connection, context.name, caller.tenant_id, letter_filter)
    shown = [_shown(letter, caller.tenant_id) for letter in letters]
    return JsonAnswer(page_answer(shown, total, page, causes=[_shown_cause(cause) for cause in causes]))


async def _replay_dead_letters(body: ReplayOrder, caller: Admin, context: Context) -> JsonAnswer:
    """Hand letters to their handlers again, each in a transaction of its own.

    Each event takes effect once, however often it is replayed. With `dry_run` the handlers run too, but their
    transaction is rolled back, including the audit entry, and the answer says what would happen now. A call handles at
    most 100 letters or runs for 20 seconds; `left` counts the remaining letters. With `cause`, the letters that were
    not tried for the longest time come first, so that repeated calls reach all of them even if some fail again. A dry
    run does not change this order.
    """
    ids, matching = await _select(body, caller, context)
    deadline = time.monotonic() + _MAX_SECONDS
    done: list[Replayed] = []
    for letter_id in ids:
        if time.monotonic() > deadline:
            break
        done.append(await replay(context, caller, letter_id, dry_run=body.dry_run))
    context.wake_relay()
    counts = {outcome: sum(replayed.outcome == outcome for replayed in done) for outcome in ("handled", "failed")}
    data = [replayed._asdict() for replayed in done]
    return JsonAnswer({"dry_run": body.dry_run, "data": data, **counts, "left": matching - len(done)})


async def _select(body: ReplayOrder, caller: Principal, context: ServiceContext) -> tuple[list[UUID], int]:
    """Return the ids of the letters to replay in this call, and how many letters the request matches."""
    if body.ids is not None:
        ids = list(dict.fromkeys(body.ids))
        return ids, len(ids)
    letter_filter = LetterFilter(body.cause)
    async with context.db.of(caller, readonly=True) as connection:
        matching = await count_letters(connection, context.name, caller.tenant_id, letter_filter)
        return await ids_of(connection, context.name, caller.tenant_id, letter_filter, _MAX_LETTERS), matching


def _shown(letter: DeadLetter, tenant_id: UUID) -> dict[str, Any]:
    return {
        "id": letter.dead_letter_id,
        "event_id": letter.event_id,
        "event": letter.event_type,
        "subject": subject_of(letter.event_type, tenant_id),
        "cause": letter.cause,
        "attempts": letter.attempts,
        "occurred_at": letter.occurred_at,
        "first_seen_at": letter.first_failed_at,
        "last_seen_at": letter.failed_at,
        "request_id": letter.request_id,
        "payload": shown_payload(from_jsonb(letter.payload)),
        "payload_bytes": len(letter.payload.encode()),
    }


def _shown_cause(cause: Cause) -> dict[str, Any]:
    return {
        "cause": cause.cause,
        "event": cause.event_type,
        "letters": cause.letters,
        "first_seen_at": cause.first_failed_at,
        "last_seen_at": cause.failed_at,
    }
