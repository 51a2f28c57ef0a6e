"""Replay a dead letter: hand it to its consumer again, so that the event takes effect once, or as a dry run."""

from typing import Literal, NamedTuple
from uuid import UUID

from common import audit
from common.auth.principal import Principal
from common.db import Connection
from common.db.outage import is_outage
from common.events.consumer import Consumer, said_of
from common.events.dead_letters import DeadLetter, hold_letter, note_failure
from common.http.context import ServiceContext

Outcome = Literal["handled", "handled-before", "failed", "gone"]


class Replayed(NamedTuple):
    """The outcome for a letter, or in a dry run the one that a replay would have. `cause` is the error if it failed."""

    id: UUID
    outcome: Outcome
    event: str = ""
    cause: str = ""


class ConsumerGone(Exception):
    """The service has no consumer for this event type any more."""


class _RollBack(Exception):
    """Rolls back the transaction of a dry run that succeeded."""


async def replay(context: ServiceContext, caller: Principal, letter_id: UUID, *, dry_run: bool) -> Replayed:
    """Run the consumer's handler on a letter, in a transaction of its own.

    The same transaction writes the handler's changes, deletes the letter and records the event in the inbox, so that
    the event takes effect once, however often it is replayed or delivered. A letter whose handler fails is kept, with
    its new cause. A dry run does the same and rolls back, which leaves nothing behind, because handlers write only to
    the database.

    Raises:
        Exception: the database does not answer (common/db/outage.py); the letter is unchanged.
    """
    letter: DeadLetter | None = None
    replayed = Replayed(letter_id, "gone")
    try:
        async with context.db.tenant(caller.tenant_id) as connection:
            letter = await hold_letter(connection, context.name, caller.tenant_id, letter_id)
            if letter is not None:
                replayed = await _handle(connection, context, caller, letter)
            if dry_run:
                raise _RollBack
    except _RollBack:
        return replayed
    except Exception as error:
        if letter is None or is_outage(error):
            raise
        if not dry_run:
            await _record_failure(context, caller, letter, said_of(error))
        return Replayed(letter_id, "failed", letter.event_type, said_of(error)[:500])
    if replayed.outcome == "handled" and (after := _consumer_of(context, replayed.event).after) is not None:
        after(context)
    return replayed


async def _handle(connection: Connection, context: ServiceContext, caller: Principal, letter: DeadLetter) -> Replayed:
    consumer = _consumer_of(context, letter.consumer)
    event = consumer.read(letter.event(caller.tenant_id))
    outcome: Outcome = "handled" if await consumer.handle_once(connection, event, context) else "handled-before"
    await _audit(connection, context, caller, letter, {"outcome": outcome, "cause": letter.cause})
    return Replayed(letter.dead_letter_id, outcome, letter.event_type)


async def _record_failure(context: ServiceContext, caller: Principal, letter: DeadLetter, cause: str) -> None:
    async with context.db.tenant(caller.tenant_id) as connection:
        await note_failure(connection, context.name, caller.tenant_id, letter.dead_letter_id, cause)
        await _audit(connection, context, caller, letter, {"outcome": "failed", "cause": cause})


async def _audit(
    connection: Connection, context: ServiceContext, caller: Principal, letter: DeadLetter, detail: dict[str, str]
) -> None:
    detail = {"event": letter.event_type, **detail, "cause": detail["cause"][:500]}
    target = str(letter.event_id)
    await audit.record(
        connection, context.name, caller.tenant_id, caller, "dead-letter.replayed", target=target, detail=detail
    )


def _consumer_of(context: ServiceContext, event_type: str) -> Consumer[ServiceContext]:
    by_type = {consumer.contract.TYPE: consumer for consumer in context.consumers}
    if event_type not in by_type:
        raise ConsumerGone(event_type)
    return by_type[event_type]
