"""The dead letters of a service, for its tenants' admins: which there are and why, and replaying them.

Each service that consumes events mounts these two calls under its own path; what they do is the same everywhere.
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

# Handlers are short, but nobody waits a minute for an answer: what is left is told, and asked for again.
_MOST_AT_ONCE: Final = 100
_MOST_SECONDS: Final = 20
_TEXT: Final = r"^[^\x00]*$"
Admin = Annotated[Principal, Depends(require("tenant:admin"))]
CauseText = Annotated[str | None, Query(max_length=2000, pattern=_TEXT, description="how the cause begins")]
EventType = Annotated[str | None, Query(max_length=200, pattern=_TEXT, description="as in data.batch.recorded.v1")]


class DeadLetterShown(BaseModel):
    """An event that this service gave up.

    `attempts` counts deliveries and replays. `payload` is cut to a readable size and without what may be a secret;
    `payload_bytes` is how much there is.
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
    """Dead letters of one type of event that failed in the same words."""

    cause: str
    event: str
    letters: int
    first_seen_at: datetime
    last_seen_at: datetime


class DeadLetterPage(BaseModel):
    """The list envelope, and the most frequent causes (at most 50) of all that match."""

    data: list[DeadLetterShown]
    total: int
    page: int
    limit: int
    has_more: bool
    causes: list[CauseShown]


class ReplayOrder(BaseModel):
    """What to replay: letters by id, or all whose cause begins so."""

    model_config = ConfigDict(extra="forbid")

    ids: Annotated[list[UUID], Field(min_length=1, max_length=_MOST_AT_ONCE)] | None = None
    cause: Annotated[str, Field(min_length=1, max_length=2000, pattern=_TEXT)] | None = None
    dry_run: bool = False

    @model_validator(mode="after")
    def _one_of_both(self) -> "ReplayOrder":
        if (self.ids is None) == (self.cause is None):
            message = "give either ids or cause"
            raise ValueError(message)
        return self


class LetterReplayed(BaseModel):
    """What became of a letter, or with `dry_run` would.

    `handled`: its effect is there, the letter is gone. `handled-before`: another delivery had that effect, the letter
    is gone. `failed`: it stays, `cause` is the new one. `gone`: there is no such letter, or no more.
    """

    id: UUID
    outcome: Literal["handled", "handled-before", "failed", "gone"]
    event: str
    cause: str


class ReplayAnswer(BaseModel):
    """One line a letter, and how many that are meant were not reached: ask again for those."""

    dry_run: bool
    data: list[LetterReplayed]
    handled: int
    failed: int
    left: int


def dead_letter_router(prefix: str) -> APIRouter:
    """The two calls under a service's path, such as `/data/dead-letters`."""
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
    """The tenant's events that a handler of this service failed on, each time that it was tried; oldest first."""
    wanted = LetterFilter(cause, event)
    async with context.db.of(caller, readonly=True) as connection:
        letters = await list_letters(connection, context.name, caller.tenant_id, wanted, page)
        total = await count_letters(connection, context.name, caller.tenant_id, wanted)
        causes = await list_causes(connection, context.name, caller.tenant_id, wanted)
    shown = [_shown(letter, caller.tenant_id) for letter in letters]
    return JsonAnswer(page_answer(shown, total, page, causes=[_shown_cause(one) for one in causes]))


async def _replay_dead_letters(body: ReplayOrder, caller: Admin, context: Context) -> JsonAnswer:
    """Hand letters to their handlers once more, each in a transaction of its own.

    Each has its effect once, however often it is replayed. With `dry_run` the handlers run too, and what they did is
    rolled back, the audit's line too: the answer says what would happen now. At most 100 letters or 20 seconds a call;
    `left` counts the rest. With a cause those come first that have not been tried for longest, so that calls repeated
    reach all, also behind such as fail again; a trial leaves the order as it is.
    """
    ids, meant = await _meant(body, caller, context)
    until = time.monotonic() + _MOST_SECONDS
    done: list[Replayed] = []
    for letter_id in ids:
        if time.monotonic() > until:
            break
        done.append(await replay(context, caller, letter_id, dry_run=body.dry_run))
    context.wake_relay()
    counts = {outcome: sum(one.outcome == outcome for one in done) for outcome in ("handled", "failed")}
    data = [one._asdict() for one in done]
    return JsonAnswer({"dry_run": body.dry_run, "data": data, **counts, "left": meant - len(done)})


async def _meant(body: ReplayOrder, caller: Principal, context: ServiceContext) -> tuple[list[UUID], int]:
    """The letters to replay now, and how many are meant."""
    if body.ids is not None:
        ids = list(dict.fromkeys(body.ids))
        return ids, len(ids)
    wanted = LetterFilter(body.cause)
    async with context.db.of(caller, readonly=True) as connection:
        meant = await count_letters(connection, context.name, caller.tenant_id, wanted)
        return await ids_of(connection, context.name, caller.tenant_id, wanted, _MOST_AT_ONCE), meant


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
