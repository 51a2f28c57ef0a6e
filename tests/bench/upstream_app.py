"""The application behind the gateway and nginx in their benchmark: JSON of 2 kB, callers, uploads, WebSockets."""

import base64
import json
import os
from typing import Any

_BODY = json.dumps({"data": ["x" * 2000]}).encode()
_HEADERS = [("content-type", "application/json")]


async def app(scope: Any, proto: Any) -> None:
    """An application of granian's own interface, which has the least overhead."""
    if scope.proto == "ws":
        await _hold(proto)
    elif scope.path == "/auth/caller":
        proto.response_bytes(200, _HEADERS, _caller(scope.headers.get("authorization")))
    elif scope.method == "POST":
        size = 0
        async for piece in proto:
            size += len(piece)
        proto.response_bytes(200, _HEADERS, str(size).encode())
    else:
        proto.response_bytes(200, _HEADERS, _BODY)


def _caller(authorization: str) -> bytes:
    """Return the caller that the token names, in one tenant."""
    claims = authorization.split(".")[1]
    payload = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
    tenants = [{"id": os.environ.get("BENCH_TENANT", ""), "plan": "enterprise"}]
    caller = {
        "account_id": payload["sub"],
        "session_id": payload["sid"],
        "api_key_id": None,
        "expires_at": payload["exp"],
    }
    return json.dumps({**caller, "tenants": tenants}).encode()


async def _hold(proto: Any) -> None:
    transport = await proto.accept()
    while (message := await transport.receive()).kind != 0:
        if message.kind == 1:
            await transport.send_bytes(message.data)
        else:
            await transport.send_str(message.data)
