"""The answers that the gateway gives itself: documents and health."""

from typing import Final

import httpx
import msgspec
from starlette.types import Send

from common.http.docs_page import DOCS, DOCS_FILES, KEEP_FOR_AN_HOUR, docs_file, docs_page
from common.settings import Settings
from services.gateway.api.documents import Documents
from services.gateway.api.health import Readiness
from services.gateway.domain.answer_headers import AnswerHeaders
from services.gateway.domain.request_headers import SiftedHeaders
from services.gateway.errors import MethodNotAllowed

_JSON: Final = "application/json"
_HTML: Final = "text/html; charset=utf-8"
# Swagger's page is started by an inline script, and sets inline styles.
_DOCS_CSP: Final = (
    b"default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
    b" frame-ancestors 'none'"
)
OWN_PATHS: Final = frozenset({DOCS, *DOCS_FILES, "/openapi.json", "/health/live", "/health/ready"})


class OwnAnswers:
    """Answers the gateway's own paths."""

    def __init__(self, settings: Settings, http: httpx.AsyncClient, answer_headers: AnswerHeaders) -> None:
        self._answer_headers = answer_headers
        self._documents = Documents(settings, http)
        self._readiness = Readiness(settings, http)

    async def give(self, path: str, method: str, sifted: SiftedHeaders, send: Send) -> None:
        """Answer one of OWN_PATHS.

        Raises:
            MethodNotAllowed: the method is not GET or HEAD.
        """
        if method not in ("GET", "HEAD"):
            message = "this path is read-only"
            raise MethodNotAllowed(message, headers={"Allow": "GET, HEAD"})
        if path == DOCS:
            await self.send(send, sifted, 200, _HTML, docs_page("Branchwise"), csp=_DOCS_CSP)
        elif path in DOCS_FILES:
            file = docs_file(path)
            await self.send(send, sifted, 200, file.media_type, file.content, more=KEEP_FOR_AN_HOUR)
        elif path == "/openapi.json":
            await self.send(send, sifted, 200, _JSON, await self._documents.openapi())
        elif path == "/health/live":
            await self.send(send, sifted, 200, _JSON, b'{"status":"healthy"}')
        else:
            verdict = await self._readiness.verdict()
            status = 200 if verdict["status"] == "healthy" else 503
            await self.send(send, sifted, status, _JSON, msgspec.json.encode(verdict))

    async def send(
        self,
        send: Send,
        sifted: SiftedHeaders,
        status: int,
        media_type: str,
        body: bytes,
        *,
        more: dict[str, str] | None = None,
        csp: bytes | None = None,
    ) -> None:
        """Send an answer of the gateway's own, with its common headers."""
        sifted.status = status
        headers = self._answer_headers.own(sifted.request_id, sifted.origin, **({"csp": csp} if csp else {}))
        headers += [(b"content-type", media_type.encode()), (b"content-length", str(len(body)).encode())]
        headers += [(name.lower().encode(), value.encode()) for name, value in (more or {}).items()]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})
