"""Cached answers of routes: their bytes are reused until the rows that they rest on change (common/answers).

The cache does not check permissions. A route refuses what its caller may not ask before it calls `cached`.
"""

from collections.abc import Awaitable, Callable, Hashable
from typing import Any, Final, NamedTuple, TypeVar, cast
from uuid import UUID

from fastapi import Request
from starlette.responses import Response

from common.answers import Answer, Answers, Question, Span
from common.auth.principal import Principal
from common.db import Connection
from common.http.context import ServiceContext, context_of
from services.analytics_service.api.etagged import answered
from services.analytics_service.api.quality_header import quality_header
from services.analytics_service.store.day_range import DateRange

Asked = TypeVar("Asked", bound=Hashable)
# The quality header is cached apart from the answer, as the answer to a question of this name.
QUALITY: Final = "X-Data-Quality"
# No event announces that rows are waiting, that a source was added or that a new day began.
_QUALITY_SECONDS: Final = 30


class QualityScope(NamedTuple):
    """What a quality header describes: the days of the range, and how many days before them the answer also reads."""

    days: DateRange
    days_before: int


async def cached(
    request: Request,
    caller: Principal,
    asked: Asked,
    rests_on: Span | None,
    compute: Callable[[Connection, UUID, Asked], Awaitable[Any]],
    quality_scope: QualityScope | None = None,
) -> Response:
    """Return the cached answer to the question `asked`, or compute the answer and cache it.

    Args:
        request: the request; its route identifies the call.
        caller: whose tenant and branches the answer is for.
        asked: every parameter of the question as plain values, with defaults filled in (days, not "the last seven").
        rests_on: the days whose rows the answer shows, including a previous period; None: any day.
        compute: a module-level function that depends only on its arguments and on the rows of the tenant and the
            caller's branches. It returns plain values, or an Answer with its quality header.
        quality_scope: what the answer's quality header describes; None: the answer has no such header. The header
            depends on more than the answer's rows, so it is brought up to date when a cached answer is reused.
    """
    context = context_of(request)
    answers = answers_of(context)
    branches = caller.readable_branches
    call = cast("str", request.scope["route"].path)
    question = Question(caller.tenant_id, call, None if branches is None else tuple(sorted(branches)), asked)
    answer = await answers.find(question)
    if answer is None:
        mark = await answers.begin(caller.tenant_id)
        async with context.db.of(caller, readonly=True) as connection:
            computed = await compute(connection, caller.tenant_id, asked)
            answer = computed if isinstance(computed, Answer) else Answer.of(computed)
        await answers.keep(question, answer, rests_on, mark)
    else:
        answer = await with_quality(context, caller, question, quality_scope, answer)
    await context.extras["known_calls"].remember(request, caller, question, quality_scope)
    return answered(request, answer)


async def with_quality(
    context: ServiceContext, caller: Principal, question: Question, scope: QualityScope | None, answer: Answer
) -> Answer:
    """Return a cached answer with its quality header brought up to date."""
    if scope is None:
        return answer
    return answer._replace(quality=await _quality(context, caller, question._replace(call=QUALITY, asked=scope)))


async def _quality(context: ServiceContext, caller: Principal, question: Question) -> str:
    """Return the quality header, cached for half a minute at most and until any row of the tenant changes."""
    answers = answers_of(context)
    header_answer = await answers.find(question, _QUALITY_SECONDS)
    if header_answer is None:
        mark = await answers.begin(caller.tenant_id)
        async with context.db.of(caller, readonly=True) as connection:
            header = await quality_header(connection, caller.tenant_id, *cast("QualityScope", question.asked))
        header_answer = Answer(header.encode("ascii"), "")
        await answers.keep(question, header_answer, None, mark)
    return header_answer.body.decode("ascii")


def answers_of(context: ServiceContext) -> Answers:
    """Return this service's answer cache."""
    answers: Answers = context.extras["answers"]
    return answers
