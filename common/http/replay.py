"""Handing a dead letter to its consumer once more: done once in effect, and on trial undone."""

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
    """What became of a letter, or on trial would; `cause` is of what it failed."""

    id: UUID
    outcome: Outcome
    event: str = ""
    cause: str = ""


class ConsumerGone(Exception):
    """The service consumes no such event any more."""


class _Undone(Exception):
    """Ends a trial: a transaction in which all went well is rolled back all the same."""


async def replay(context: ServiceContext, caller: Principal, letter_id: UUID, *, dry_run: bool) -> Replayed:
    """Run the consumer's handler on a letter, in a transaction of its own.

    With the handler's effect the letter goes and the inbox remembers the event, so that it has its effect once,
    however often and from wherever it is replayed or delivered. What fails stays, with its new cause. A trial does all
    of that and rolls back: handlers write to the database only, so nothing of it is left.

    Raises:
        Exception: the database is away (common/db/outage.py); the letter stays as it is.
    """
    letter: DeadLetter | None = None
    done = Replayed(letter_id, "gone")
    try:
        async with context.db.tenant(caller.tenant_id) as connection:
            letter = await hold_letter(connection, context.name, caller.tenant_id, letter_id)
            if letter is not None:
                done = await _hand_on(connection, context, caller, letter)
            if dry_run:
                raise _Undone
    except _Undone:
        return done
    except Exception as error:
        if letter is None or is_outage(error):
            raise
        if not dry_run:
            await _keep(context, caller, letter, said_of(error))
        return Replayed(letter_id, "failed", letter.event_type, said_of(error)[:500])
    if done.outcome == "handled" and (after := _consumer_of(context, done.event).after) is not None:
        after(context)
    return done


async def _hand_on(connection: Connection, context: ServiceContext, caller: Principal, letter: DeadLetter) -> Replayed:
    consumer = _consumer_of(context, letter.consumer)
    event = consumer.read(letter.event(caller.tenant_id))
    outcome: Outcome = "handled" if await consumer.handle_once(connection, event, context) else "handled-before"
    await _record(connection, context, caller, letter, {"outcome": outcome, "cause": letter.cause})
    return Replayed(letter.dead_letter_id, outcome, letter.event_type)


async def _keep(context: ServiceContext, caller: Principal, letter: DeadLetter, cause: str) -> None:
    async with context.db.tenant(caller.tenant_id) as connection:
        await note_failure(connection, context.name, caller.tenant_id, letter.dead_letter_id, cause)
        await _record(connection, context, caller, letter, {"outcome": "failed", "cause": cause})


async def _record(
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
