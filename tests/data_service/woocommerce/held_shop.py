"""A shop that leaves some calls without an answer for as long as a test likes."""

import asyncio
from collections.abc import Callable

from starlette.types import ASGIApp, Receive, Scope, Send


class HeldShop:
    """Calls (`path?query`) that `holds` wait until `let_go` is set; `is_asked` is set once there was one."""

    def __init__(self, app: ASGIApp, holds: Callable[[str], bool]) -> None:
        self._app, self._holds = app, holds
        self.is_asked, self.let_go = asyncio.Event(), asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and self._holds(f"{scope['path']}?{scope['query_string'].decode()}"):
            self.is_asked.set()
            await self.let_go.wait()
        await self._app(scope, receive, send)
