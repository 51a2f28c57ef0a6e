"""A middleware that answers repeated calls from the answer cache without running their route.

The `Question` that a route asks the cache depends only on the path, the query, the caller and the caller's current day.
So the same call by the same caller on the same day asks the same question. The caller is authenticated first, as for
every call, and the answer cache decides whether the answer still holds.
"""

from datetime import date
from typing import Any, Final, NamedTuple

from fastapi import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from common.answers import Question
from common.auth.principal import Principal
from common.http.context import context_in
from common.http.problems import problem_response
from common.problem import Problem
from services.analytics_service.api.cached import QualityScope, answers_of, with_quality
from services.analytics_service.api.etagged import send_answered
from services.analytics_service.api.today import Todays

_MAX_CALLS: Final = 20_000
# The key in a request's scope of the tenant's day as it was before the route began.
_DAY: Final = "branchwise.day"


# Path, query, caller and the caller's current day. A plain tuple: creating a NamedTuple takes as long as the look-up.
_Call = tuple[str, bytes, Principal, date]


class _KnownCall(NamedTuple):
    question: Question
    quality_scope: QualityScope | None
    route: Any


class KnownCalls:
    """The question that each recent call asked. When it is full, the call that was remembered first is dropped.

    A dropped call that is made again runs its route once and is remembered again. That costs less than to reorder the
    calls each time one is made.
    """

    def __init__(self, todays: Todays) -> None:
        self._todays = todays
        self._calls: dict[_Call, _KnownCall] = {}
        # Only paths without parameters, so that there are few of them.
        self._paths: set[str] = set()

    async def remember(
        self, request: Request, caller: Principal, question: Question, quality_scope: QualityScope | None
    ) -> None:
        """Remember what this call asked on the day noted before its route began; midnight may have passed since."""
        scope = request.scope
        route: Any = scope["route"]
        path: str = scope["path"]
        if path != route.path:
            return
        self._paths.add(path)
        if (day := scope.get(_DAY)) is not None:
            self._calls[path, scope["query_string"], caller, day] = _KnownCall(question, quality_scope, route)
            if len(self._calls) > _MAX_CALLS:
                del self._calls[next(iter(self._calls))]
        else:
            # Caches the day, so that the next call can note it and be remembered.
            await self._todays.of(caller)

    def knows_path(self, path: str) -> bool:
        """Return whether a call of this path was remembered."""
        return path in self._paths

    def find(self, scope: Scope, caller: Principal) -> _KnownCall | None:
        """Return what the same call asked before, or None; notes the current day in the scope for `remember`."""
        day = self._todays.cached(caller.tenant_id)
        if day is None:
            return None
        scope[_DAY] = day
        return self._calls.get((scope["path"], scope["query_string"], caller, day))


class AnswerKnownCalls:
    """ASGI middleware that answers known calls from the cache and passes all others to their route."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http" and scope["method"] == "GET":
            context = context_in(scope)
            known_calls: KnownCalls = context.extras["known_calls"]
            if known_calls.knows_path(scope["path"]):
                try:
                    caller = await context.auth.principal(scope["headers"])
                except Problem as problem:
                    await problem_response(problem, scope["path"])(scope, receive, send)
                    return
                if (known := known_calls.find(scope, caller)) is not None:
                    answer = await answers_of(context).find(known.question, again=True)
                    if answer is not None:
                        scope["route"] = known.route
                        answer = await with_quality(context, caller, known.question, known.quality_scope, answer)
                        await send_answered(scope, send, answer)
                        return
        await self.app(scope, receive, send)
