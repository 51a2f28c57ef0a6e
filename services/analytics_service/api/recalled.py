"""Calls that were made before: where their answer is kept, it goes out without the route being run again.

What a route asks (its `Question`) hangs on the path, the query, who calls and which day it is for them, and on nothing
else. So who makes the same call as the same caller on the same day asks the same; whether they may is judged first, as
ever, and whether the answer still holds is for the kept answers to say.
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
from services.analytics_service.api.etagged import send_answered
from services.analytics_service.api.kept import About, answers_of, with_quality
from services.analytics_service.api.today import Todays

_CALLS: Final = 20_000
# Where a request's scope says which day it was before its route began.
_DAY: Final = "branchwise.day"


# Path, query, who calls, and which day it is for them (a plain tuple: one with names takes as long as to look it up).
_Call = tuple[str, bytes, Principal, date]


class _Asked(NamedTuple):
    question: Question
    about: About | None
    route: Any


class Recalled:
    """Which question each of many calls was; the one that was noted first makes room.

    (Who makes that one again takes the route once and is noted anew: less than to keep them in order at every call.)
    """

    def __init__(self, todays: Todays) -> None:
        self._todays = todays
        self._asked: dict[_Call, _Asked] = {}
        # Only of routes that have no parameters in their paths, so that there are few.
        self._paths: set[str] = set()

    async def note(self, request: Request, caller: Principal, question: Question, about: About | None) -> None:
        """Remember what this call asked, on the day that it was before the route asked: it may be another one since."""
        scope = request.scope
        route: Any = scope["route"]
        path: str = scope["path"]
        if path != route.path:
            return
        self._paths.add(path)
        if (day := scope.get(_DAY)) is not None:
            self._asked[path, scope["query_string"], caller, day] = _Asked(question, about, route)
            if len(self._asked) > _CALLS:
                del self._asked[next(iter(self._asked))]
        else:
            # (so that the next call knows)
            await self._todays.of(caller)

    def knows(self, path: str) -> bool:
        """Was a call of this path remembered?"""
        return path in self._paths

    def asked_by(self, scope: Scope, caller: Principal) -> _Asked | None:
        """What this call asks and the route that said so, if the same call was made before; else the day is noted."""
        day = self._todays.known(caller.tenant_id)
        if day is None:
            return None
        scope[_DAY] = day
        return self._asked.get((scope["path"], scope["query_string"], caller, day))


class RecallAnswers:
    """ASGI middleware that answers such calls; all others go on to their route."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http" and scope["method"] == "GET":
            context = context_in(scope)
            recalled: Recalled = context.extras["recalled"]
            if recalled.knows(scope["path"]):
                try:
                    caller = await context.auth.principal(scope["headers"])
                except Problem as problem:
                    await problem_response(problem, scope["path"])(scope, receive, send)
                    return
                if (found := recalled.asked_by(scope, caller)) is not None:
                    answer = await answers_of(context).find(found.question, again=True)
                    if answer is not None:
                        scope["route"] = found.route
                        answer = await with_quality(context, caller, found.question, found.about, answer)
                        await send_answered(scope, send, answer)
                        return
        await self.app(scope, receive, send)
