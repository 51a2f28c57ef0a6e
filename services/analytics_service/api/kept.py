"""Routes whose answers are kept as bytes until what they rest on changes (common/answers).

Who calls was judged before: the route has its caller, and refuses what that caller may not ask, before it asks here.
"""

from collections.abc import Awaitable, Callable, Hashable
from typing import Any, TypeVar, cast
from uuid import UUID

from fastapi import Request
from starlette.responses import Response

from common.answers import Answer, Answers, Question, Span
from common.auth.principal import Principal
from common.db import Connection
from common.http.context import ServiceContext, context_of
from services.analytics_service.api.etagged import answered

Asked = TypeVar("Asked", bound=Hashable)


async def kept(
    request: Request,
    caller: Principal,
    asked: Asked,
    rests_on: Span | None,
    compute: Callable[[Connection, UUID, Asked], Awaitable[Any]],
) -> Response:
    """The kept answer to what is `asked`, or what `compute` makes of it now, which is kept.

    `asked` holds every parameter with its default filled in (days, not "the last seven"), in plain values; `compute` is
    a function of a module that hangs on nothing but its arguments and the rows of the tenant and the caller's branches;
    it gives plain values, or an Answer that says more of them.
    `rests_on` are the days whose rows the answer shows, those of a previous period included; None: any.
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
    return answered(request, answer)


def answers_of(context: ServiceContext) -> Answers:
    """The answers that this service keeps."""
    return cast("Answers", context.extras["answers"])
