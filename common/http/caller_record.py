"""Record, after a request was answered, that an API key was used or that a known caller was refused."""

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
# The gateway calls this about another request, whose use of the key is counted by the service that serves it.
_CALLER_CHECK: Final = "/auth/caller"


def forget_caller() -> None:
    """Reset the caller and the problem at the beginning of a request."""
    caller_var.set(None)
    answered_problem.set(None)


def note_caller(scope: Scope, status: int) -> None:
    """Count the use of a valid API key, or record the refusal of a caller who is known."""
    caller, problem = caller_var.get(), answered_problem.get()
    if caller is None:
        return
    if problem is not None and status in _REFUSED:
        call = f"{scope['method']} {_template(scope)}"
        context_in(scope).refusals.note(
            caller, Refusal(problem.type, problem.detail, call, address_var.get(), request_id_var.get())
        )
    if caller.kind == "api-key" and status != _REFUSED[0] and scope["path"] != _CALLER_CHECK:
        context_in(scope).key_uses.note(caller)


def _template(scope: Scope) -> str:
    """Return the template of the route's path, because the number of templates is small and that of paths is not."""
    route = scope.get("route")
    if route is None:
        # The request was refused before it was matched to a route.
        routers: Sequence[APIRouter] = scope["app"].state.routers
        routes = (candidate for router in routers for candidate in router.routes)
        route = next((candidate for candidate in routes if candidate.matches(scope)[0] is Match.FULL), None)
    return getattr(route, "path", "") or "unmatched"
