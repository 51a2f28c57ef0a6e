"""What is kept of a request once it is answered: that an API key was used, or that a known caller was refused."""

from collections.abc import Sequence
from typing import Final

from fastapi import APIRouter
from starlette.routing import Match
from starlette.types import Scope

from common.auth.caller import caller_var
from common.http.context import context_in
from common.http.problems import answered_problem
from common.logging import address_var, request_id_var
from common.refusals import Refusal

_REFUSED: Final = (401, 403)
# The gateway asks here about a request that then comes to its service, and is counted there.
_ASKS_ABOUT_ANOTHER: Final = "/auth/caller"


def forget_caller() -> None:
    """A request begins, and nobody is known yet."""
    caller_var.set(None)
    answered_problem.set(None)


def note_caller(scope: Scope, status: int) -> None:
    """Count the use of a key that holds, or the refusal of a caller who is known."""
    caller, problem = caller_var.get(), answered_problem.get()
    if caller is None:
        return
    if problem is not None and status in _REFUSED:
        call = f"{scope['method']} {_template(scope)}"
        context_in(scope).refusals.note(
            caller, Refusal(problem.type, problem.detail, call, address_var.get(), request_id_var.get())
        )
    if caller.kind == "api-key" and status != _REFUSED[0] and scope["path"] != _ASKS_ABOUT_ANOTHER:
        context_in(scope).key_uses.note(caller)


def _template(scope: Scope) -> str:
    """The path as the service describes it: there are few of them, however many paths are called."""
    route = scope.get("route")
    if route is None:
        # It was refused before its route was looked for.
        routers: Sequence[APIRouter] = scope["app"].state.routers
        routes = (one for router in routers for one in router.routes)
        route = next((one for one in routes if one.matches(scope)[0] is Match.FULL), None)
    return getattr(route, "path", "") or "unmatched"
