"""What stands behind the gateway and nginx in their bench: 2 kB of JSON, and a profile where auth is asked for one."""

import json
import os
from typing import Any

_BODY = json.dumps({"data": ["x" * 2000]}).encode()
_PROFILE = json.dumps({"tenants": [{"id": os.environ.get("BENCH_TENANT", "")}]}).encode()
_HEADERS = [("content-type", "application/json")]


async def app(scope: Any, proto: Any) -> None:
    """An application of granian's own interface, which costs least."""
    proto.response_bytes(200, _HEADERS, _PROFILE if scope.path == "/auth/me" else _BODY)
