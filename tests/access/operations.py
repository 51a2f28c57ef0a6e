"""Every call that the running services describe, and what it asks of its caller."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID, uuid4

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from common.http.require import Require, signed_in
from services.auth_service.api.operator import operator

# The contract's: open to everyone, at the gateway too.
_OPEN: Final = re.compile(
    r"/auth/(login|callback|refresh|email/verify|invitations/accept|password/.*|\.well-known/.*)"
    r"|/ws|/email/(t|unsubscribe)/.*|/data/webhooks/.*|(/debug)?/mp/.*|/health/(live|ready)|/docs.*|/openapi\.json"
    # … and on the services' own ports only, for who runs them.
    r"|/metrics|/health/detailed"
)
_PARAMETER: Final = re.compile(r"\{[^}]*\}")


@dataclass(frozen=True)
class Operation:
    """One call. `asks` is the dependency that judges its caller: of a tenant, of an account, or of the operator."""

    method: str
    path: str
    asks: Require | Any

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def is_open(self) -> bool:
        """Does the contract leave it to everyone?"""
        return _OPEN.fullmatch(self.path) is not None

    @property
    def of_tenant(self) -> Require | None:
        """What it asks of a member of a tenant, if it is a tenant's."""
        return self.asks if isinstance(self.asks, Require) else None

    def url(self, tenant_id: UUID) -> str:
        """The path with an id in each place, which nothing has; where it names the company, with that one's."""
        path = self.path.replace("{org_id}", str(tenant_id))
        return _PARAMETER.sub(lambda _: str(uuid4()), path)


def operations_of(app: FastAPI) -> list[Operation]:
    """Every call of a service, as it is really routed."""
    return [
        Operation(method, route.path, _asks(route.dependant))
        for router in app.state.routers
        for route in router.routes
        if isinstance(route, APIRoute)
        for method in sorted(route.methods or ())
    ]


def _asks(dependant: Dependant) -> object:
    """The judge among its dependencies."""
    return next(
        (call for call in _calls(dependant) if isinstance(call, Require) or call in (signed_in, operator)), None
    )


def _calls(dependant: Dependant) -> Iterator[object]:
    for inner in dependant.dependencies:
        yield inner.call
        yield from _calls(inner)
