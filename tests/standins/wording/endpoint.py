"""An endpoint that speaks like OpenAI's chat completions, and answers as it is told.

https://platform.openai.com/docs/api-reference/chat
"""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

_ERRORS = {
    "401": (401, "invalid_api_key", "Incorrect API key provided."),
    "404": (404, "model_not_found", "The model does not exist or you do not have access to it."),
    "429": (429, "rate_limit_exceeded", "Rate limit reached for requests."),
    "500": (500, None, "The server had an error while processing your request."),
    "503": (503, None, "The engine is currently overloaded, please try again later."),
}


@dataclass
class Asked:
    """One call."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]


@dataclass
class Wording:
    """What the endpoint does next, and what it was asked."""

    title: str = ""
    description: str = ""
    # An error's status, or one of: silent, html, broken, empty, no-choices, null, refusal, filtered, prose, fenced,
    # wrong-types.
    fault: str = ""
    asked: list[Asked] = field(default_factory=list[Asked])
    held: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def app(self) -> Starlette:
        """Its server."""
        return Starlette(routes=[Route("/v1/chat/completions", self._complete, methods=["POST"])])

    async def _complete(self, request: Request) -> Response:
        self.asked.append(Asked(request.url.path, dict(request.headers), await request.json()))
        if self.fault in _ERRORS:
            status, code, message = _ERRORS[self.fault]
            return JSONResponse({"error": {"message": message, "type": "error", "param": None, "code": code}}, status)
        if self.fault == "silent":
            await self.held.wait()
        if self.fault == "html":
            return Response("<html>Welcome to nginx!</html>", media_type="text/html")
        if self.fault == "broken":
            return Response('{"choices": [', media_type="application/json")
        return JSONResponse(self._completion())

    def _completion(self) -> dict[str, Any]:
        choice: dict[str, Any] = {"index": 0, "finish_reason": "stop", "logprobs": None, "message": self._message()}
        if self.fault == "filtered":
            choice["finish_reason"] = "content_filter"
        return {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1763800000,
            "model": "stand-in",
            "choices": [] if self.fault == "no-choices" else [choice],
            "usage": {"prompt_tokens": 200, "completion_tokens": 80, "total_tokens": 280},
        }

    def _message(self) -> dict[str, Any]:
        told = json.dumps({"title": self.title, "description": self.description}, ensure_ascii=False)
        content = {
            "empty": "",
            "null": None,
            "refusal": None,
            "prose": "I'd be happy to help! Could you tell me more about the campaign?",
            "fenced": f"Here it is:\n```json\n{told}\n```",
            "wrong-types": '{"title": 3, "description": ["a"]}',
        }.get(self.fault, told)
        refusal = "I'm sorry, I can't help with that." if self.fault == "refusal" else None
        return {"role": "assistant", "content": content, "refusal": refusal}
