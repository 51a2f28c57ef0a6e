"""HEAD: what GET would be answered with, without the body. Plain ASGI."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class HeadAnswers:
    """Has the route for GET answer, and keeps its body."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return

        async def send_without_body(message: Message) -> None:
            await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

        # (the server goes by its own scope, in which this is a HEAD still)
        as_get = {**scope, "method": "GET"}
        try:
            await self.app(as_get, receive, send_without_body)
        finally:
            scope["route"] = as_get.get("route")
