"""The same service as JSON over HTTP: what the client library speaks with its REST transport.

Paths: "REST Resource: v1beta.properties", …/devguides/reporting/data/v1/rest/v1beta/properties. A refusal is
`{"error": {"code", "message", "status"}}`: "Errors", cloud.google.com/apis/design/errors#http_mapping
"""

import json
import re
import threading
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from google.analytics.data_v1beta.types import GetMetadataRequest
from google.protobuf.json_format import ParseError

from tests.standins.ga4.server import METHODS, Ga4Standin, Refused, invalid

_PATH = re.compile(r"/v1beta/(properties/\d+)(/metadata|:runReport|:batchRunReports)")
_METHODS = {":runReport": "RunReport", ":batchRunReports": "BatchRunReports"}
_STATUS = {
    "INVALID_ARGUMENT": 400,
    "UNAUTHENTICATED": 401,
    "PERMISSION_DENIED": 403,
    "RESOURCE_EXHAUSTED": 429,
    "INTERNAL": 500,
    "UNAVAILABLE": 503,
    "DEADLINE_EXCEEDED": 504,
}


class RestStandin:
    """Speaks JSON for a stand-in, which need not be started itself.

    `replays` are bodies with which the next calls are answered instead, byte for byte.
    """

    def __init__(self, standin: Ga4Standin, port: int = 0) -> None:
        self.replays: deque[bytes] = deque()

        class Handler(_Handler):
            served = standin
            replays = self.replays

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    served: Ga4Standin
    replays: deque[bytes]

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        self._answer(self.rfile.read(int(self.headers["Content-Length"])))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- the base class calls it so
        """Tests are quiet."""

    def _answer(self, body: bytes) -> None:
        asked = _PATH.fullmatch(self.path.partition("?")[0])
        if asked is None:
            said = {"code": 404, "message": "Not found.", "status": "NOT_FOUND"}
            self._send(404, json.dumps({"error": said}).encode())
            return
        if self.replays:
            self._send(200, self.replays.popleft())
            return
        name, what = asked.groups()
        method = _METHODS.get(what, "GetMetadata")
        try:
            message = self.served.answer(method, self._request(method, name, body))
        except Refused as refused:
            status = refused.fault.code.name
            said = {"code": _STATUS[status], "message": refused.fault.message, "status": status}
            self._send(_STATUS[status], json.dumps({"error": said}).encode())
            return
        self._send(200, METHODS[method][1].to_json(message, use_integers_for_enums=False).encode())

    def _request(self, method: str, name: str, body: bytes) -> Any:
        if method == "GetMetadata":
            return GetMetadataRequest(name=f"{name}/metadata")
        try:
            request = METHODS[method][0].from_json(body)
        except ParseError as error:
            raise Refused(invalid(f"Invalid JSON payload received. {error}")) from error
        request.property = name
        return request

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=UTF-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
