"""How commands reach the stack that runs in a home: over HTTP, as every other program does."""

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
    """Nothing answers where the home's stack should."""


class Refused(RuntimeError):
    """The stack answered with a problem; the text is what it says."""


class StackClient:
    """Calls to one stack. Errors are Refused or StackNotRunning, whose texts are for people."""

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
        """Call the auth service's operator routes, which it keeps to its own port."""
        url = f"{self.settings.url_of('auth')}/auth/operator{path}"
        key = self.settings.home / "secrets" / _OPERATOR_KEY
        if not key.exists():
            message = f"No stack ever ran in {self.settings.home}. {self._how_to_start()}"
            raise StackNotRunning(message)
        headers = {"X-Operator-Key": key.read_text(encoding="ascii").strip()}
        return self._answer(method, url, headers=headers, json=dict(body or {}))

    def in_tenant(self, tenant_id: UUID) -> TenantClient:
        """Act in a tenant as its first admin."""
        return TenantClient(self, tenant_id)

    def call(self, method: str, path: str, **request: Any) -> dict[str, Any]:
        """Call the gateway."""
        return self._answer(method, f"{self.gateway}{path}", **request)

    def _answer(self, method: str, url: str, **request: Any) -> dict[str, Any]:
        try:
            answer = self._http.request(method, url, **request)
        except httpx.ConnectError as error:
            place = f"{httpx.URL(url).host}:{httpx.URL(url).port}"
            message = f"No stack answers at {place}. {self._how_to_start()}"
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
    """Calls to the gateway in the name of one tenant's admin, for as long as it takes: longer than a token lives."""

    def __init__(self, stack: StackClient, tenant_id: UUID) -> None:
        self._stack = stack
        self._tenant_id = tenant_id
        self._sign_in()

    def get(self, path: str, **request: Any) -> dict[str, Any]:
        """GET; the JSON object of the answer."""
        return self._call("GET", path, **request)

    def post(self, path: str, **request: Any) -> dict[str, Any]:
        """POST; the JSON object of the answer."""
        return self._call("POST", path, **request)

    def put(self, path: str, **request: Any) -> dict[str, Any]:
        """PUT; the JSON object of the answer."""
        return self._call("PUT", path, **request)

    def patch(self, path: str, **request: Any) -> dict[str, Any]:
        """PATCH; the JSON object of the answer."""
        return self._call("PATCH", path, **request)

    def _call(self, method: str, path: str, **request: Any) -> dict[str, Any]:
        if monotonic() >= self._renew_at:
            self._sign_in()
        return self._stack.call(method, path, headers=self._headers, **request)

    def _sign_in(self) -> None:
        minted = self._stack.operator(f"/tenants/{self._tenant_id}/tokens")
        self._headers = {"Authorization": f"Bearer {minted['access_token']}", "X-Tenant-Id": str(self._tenant_id)}
        self._renew_at = monotonic() + minted["expires_in"] / 2


def _problem_text(answer: httpx.Response) -> str:
    """A problem+json in one line: what is wrong, or each field's fault."""
    try:
        problem: dict[str, Any] = answer.json()
    except ValueError:
        return f"{answer.status_code} from {answer.url}"
    text = str(problem.get("title") or answer.status_code)
    faults = [f"{error.get('field')}: {error.get('message')}" for error in problem.get("errors") or ()]
    detail = "; ".join(faults) or problem.get("detail")
    return text if detail in (None, "", text) else f"{text}: {detail}"
