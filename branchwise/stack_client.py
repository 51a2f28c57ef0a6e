"""The HTTP client by which commands call the stack that runs in a home."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import Any, Self
from uuid import UUID

import httpx

from common.settings import Settings

_OPERATOR_KEY = "operator_key"


class StackNotRunning(RuntimeError):
    """Nothing answers at the address of the home's stack."""


class Refused(RuntimeError):
    """The stack answered with a problem, whose text this error repeats, or the request failed."""


class StackClient:
    """Calls to one stack. Each raises Refused or StackNotRunning, whose texts are shown to the user."""

    def __init__(self, home: Path) -> None:
        self.settings = Settings(branchwise_home=home)
        self.gateway = self.settings.url_of("gateway")
        self._http = httpx.Client(timeout=httpx.Timeout(60, connect=5, write=None))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._http.close()

    def operator(self, path: str, body: Mapping[str, Any] | None = None, *, method: str = "POST") -> dict[str, Any]:
        """Call an operator route of the auth service, which only the service's own port serves."""
        url = f"{self.settings.url_of('auth')}/auth/operator{path}"
        key = self.settings.home / "secrets" / _OPERATOR_KEY
        if not key.exists():
            message = f"No stack ever ran in {self.settings.home}. {self._how_to_start()}"
            raise StackNotRunning(message)
        headers = {"X-Operator-Key": key.read_text(encoding="ascii").strip()}
        return self._answer(method, url, headers=headers, json=dict(body or {}))

    def in_tenant(self, tenant_id: UUID) -> TenantClient:
        """Return a client that acts as the first admin of a tenant."""
        return TenantClient(self, tenant_id)

    def call(self, method: str, path: str, **request: Any) -> dict[str, Any]:
        """Call the gateway and return the JSON object of its answer."""
        return self._answer(method, f"{self.gateway}{path}", **request)

    def _answer(self, method: str, url: str, **request: Any) -> dict[str, Any]:
        try:
            answer = self._http.request(method, url, **request)
        except httpx.ConnectError as error:
            address = f"{httpx.URL(url).host}:{httpx.URL(url).port}"
            message = f"No stack answers at {address}. {self._how_to_start()}"
            raise StackNotRunning(message) from error
        except httpx.HTTPError as error:
            message = f"{method} {url}: {type(error).__name__} {error}"
            raise Refused(message) from error
        if answer.is_error:
            raise Refused(_problem_text(answer))
        result: dict[str, Any] = answer.json() if answer.content else {}
        return result

    def _how_to_start(self) -> str:
        return f"Start it with: branchwise up --home {self.settings.home}"


class TenantClient:
    """Calls to the gateway as an admin of one tenant. It renews its token, so that it may be used for any time."""

    def __init__(self, stack: StackClient, tenant_id: UUID) -> None:
        self._stack = stack
        self._tenant_id = tenant_id
        self._sign_in()

    def get(self, path: str, **request: Any) -> dict[str, Any]:
        """Send GET and return the JSON object of the answer."""
        return self._call("GET", path, **request)

    def post(self, path: str, **request: Any) -> dict[str, Any]:
        """Send POST and return the JSON object of the answer."""
        return self._call("POST", path, **request)

    def put(self, path: str, **request: Any) -> dict[str, Any]:
        """Send PUT and return the JSON object of the answer."""
        return self._call("PUT", path, **request)

    def patch(self, path: str, **request: Any) -> dict[str, Any]:
        """Send PATCH and return the JSON object of the answer."""
        return self._call("PATCH", path, **request)

    def _call(self, method: str, path: str, **request: Any) -> dict[str, Any]:
        if monotonic() >= self._renew_at:
            self._sign_in()
        return self._stack.call(method, path, headers=self._headers, **request)

    def _sign_in(self) -> None:
        token = self._stack.operator(f"/tenants/{self._tenant_id}/tokens")
        self._headers = {"Authorization": f"Bearer {token['access_token']}", "X-Tenant-Id": str(self._tenant_id)}
        self._renew_at = monotonic() + token["expires_in"] / 2


def _problem_text(answer: httpx.Response) -> str:
    """Format a problem+json in one line: its title, with the error of each field or its detail."""
    try:
        problem: dict[str, Any] = answer.json()
    except ValueError:
        return f"{answer.status_code} from {answer.url}"
    text = str(problem.get("title") or answer.status_code)
    faults = [f"{error.get('field')}: {error.get('message')}" for error in problem.get("errors") or ()]
    detail = "; ".join(faults) or problem.get("detail")
    return text if detail in (None, "", text) else f"{text}: {detail}"
