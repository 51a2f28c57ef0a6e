"""Routes whose answers are kept as bytes until what they rest on changes (common/answers).

Who calls was judged before: the route has its caller, and refuses what that caller may not ask, before it asks here.
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
QUALITY: Final = "X-Data-Quality"
# Nobody tells that rows begin to wait, that a source is new, or that it is another day.
_QUALITY_SECONDS: Final = 30


class About(NamedTuple):
    """Days that an answer shows, and how many before them it looks back to."""

    days: DateRange
    days_before: int


async def kept(
    request: Request,
    caller: Principal,
    asked: Asked,
    rests_on: Span | None,
    compute: Callable[[Connection, UUID, Asked], Awaitable[Any]],
    about: About | None = None,
) -> Response:
    """The kept answer to what is `asked`, or what `compute` makes of it now, which is kept.

    `asked` holds every parameter with its default filled in (days, not "the last seven"), in plain values; `compute` is
    a function of a module that hangs on nothing but its arguments and the rows of the tenant and the caller's branches;
    it gives plain values, or an Answer that says more of them.
    `rests_on` are the days whose rows the answer shows, those of a previous period included; None: any.
    `about` is what `compute` says how good the figures are of: that hangs on more than their rows, so what a
    kept answer says of it is as new as the tenant's last change.
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
        answer = await with_quality(context, caller, question, about, answer)
    await context.extras["recalled"].note(request, caller, question, about)
    return answered(request, answer)


async def with_quality(
    context: ServiceContext, caller: Principal, question: Question, about: About | None, answer: Answer
) -> Answer:
    """A kept answer with what is to be said now of how good its figures are."""
    if about is None:
        return answer
    return answer._replace(quality=await _quality(context, caller, question._replace(call=QUALITY, asked=about)))


async def _quality(context: ServiceContext, caller: Principal, question: Question) -> str:
    """What the header says, kept for half a minute at most and until anything of the tenant changes."""
    answers = answers_of(context)
    note = await answers.find(question, _QUALITY_SECONDS)
    if note is None:
        mark = await answers.begin(caller.tenant_id)
        async with context.db.of(caller, readonly=True) as connection:
            header = await quality_header(connection, caller.tenant_id, *cast("About", question.asked))
        note = Answer(header.encode("ascii"), "")
        await answers.keep(question, note, None, mark)
    return note.body.decode("ascii")


def answers_of(context: ServiceContext) -> Answers:
    """The answers that this service keeps."""
    answers: Answers = context.extras["answers"]
    return answers
