"""The stand-in as an HTTP server: in a thread of a test, or as a process of its own (`__main__.py`)."""

import json
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.standins.meta_ads.graph import Answer, Refused, answer, moved, refusal_body
from tests.standins.meta_ads.refusals import REFUSALS
from tests.standins.meta_ads.world import Asked, Fault, World

_HTML = b"<!DOCTYPE html><html><body><h1>Sorry, something went wrong.</h1><p>error, no success</p></body></html>"
_CONTROL = "/_stand_in/"


@dataclass
class StandIn:
    """A running stand-in: where it listens, and the world that it serves."""

    url: str
    world: World


@contextmanager
def meta_ads(world: World, port: int = 0) -> Generator[StandIn]:
    """Serve a world on a free port."""
    server = _Server(world, port)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield StandIn(f"http://127.0.0.1:{server.server_port}", world)
    finally:
        server.stopping.set()
        server.shutdown()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, world: World, port: int) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.world = world
        self.stopping = Event()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # a head and its body in one packet
    disable_nagle_algorithm = True
    server: _Server  # pyright: ignore[reportIncompatibleVariableOverride] -- the one that makes it

    def do_GET(self) -> None:
        self._answer(dict(parse_qsl(urlsplit(self.path).query)))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        if self.path.startswith(_CONTROL):
            self._control(json.loads(body or "{}"))
            return
        self._answer({**dict(parse_qsl(urlsplit(self.path).query)), **dict(parse_qsl(body))})

    def _control(self, told: dict[str, Any]) -> None:
        """`POST /_stand_in/faults` strikes, `/_stand_in/restate` says something else of a campaign's day."""
        world = self.server.world
        if urlsplit(self.path).path == f"{_CONTROL}faults":
            world.faults.append(Fault(**told))
        else:
            account = world.account(told.pop("account_id"))
            assert account is not None
            account.restate(told.pop("campaign_id"), told.pop("day"), **told)
        self._send(200, b"{}")

    def _answer(self, params: Mapping[str, str]) -> None:
        # (the library ends the path of a node with a slash)
        world, path = self.server.world, urlsplit(self.path).path.rstrip("/")
        without_token = {name: value for name, value in params.items() if name != "access_token"}
        world.asked.append(Asked(self.command, path, without_token))
        fault = world.fault_for(path)
        token = params.get("access_token", "")
        if fault is not None and fault.kind in REFUSALS:
            self._send_json(refusal_body(fault.kind, token), REFUSALS[fault.kind].headers)
            return
        if fault is not None and not fault.kind.endswith("_page"):
            self._go_wrong(fault.kind)
            return
        base = f"http://{self.headers['Host']}{path}"
        try:
            # (the first part of a path is the version of the API)
            made = answer(world, self.command, path.strip("/").split("/")[1:], params, base)
        except Refused as refused:
            made = refusal_body(str(refused), token)
        self._send_json(_spoilt(made, fault, params), world.usage)

    def _go_wrong(self, kind: str) -> None:
        """What is no answer of the API at all."""
        if kind == "time_out":
            self.server.stopping.wait(30)
            self.close_connection = True
        elif kind == "trickle":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n")
            with suppress(OSError):
                while not self.server.stopping.wait(0.1):
                    self.wfile.write(b" ")
                    self.wfile.flush()
            self.close_connection = True
        elif kind == "redirect":
            self._send(302, b"{}", headers={"Location": f"http://{self.headers['Host']}/elsewhere"})
        elif kind == "hang_up":
            self.close_connection = True
        elif kind == "broken_off":
            self._send(200, b'{"data": [{"campaign_id": "1", "impre')
        elif kind == "no_data":
            self._send(200, b'{"paging": {}}')
        else:
            self._send(502 if kind == "html_error" else 200, _HTML, "text/html; charset=utf-8")

    def _send_json(self, made: Answer, headers: Mapping[str, str]) -> None:
        self._send(made.status, json.dumps(made.body).encode(), headers=headers)

    def _send(
        self,
        status: int,
        body: bytes,
        kind: str = "application/json; charset=UTF-8",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- the base class's name
        """Say nothing: a test looks into `world.asked`."""


def _spoilt(made: Answer, fault: Fault | None, params: Mapping[str, str]) -> Answer:
    """A page that is allowed, yet surprising.

    "Paging Through Results" warns that a page may hold fewer rows than its limit, even none, and more follow:
    developers.facebook.com/docs/graph-api/results
    """
    if fault is None or "paging" not in made.body or "next" not in made.body["paging"]:
        return made
    if fault.kind == "same_page":
        made.body["paging"]["cursors"]["after"] = params.get("after", "")
        return made
    rows = made.body["data"]
    kept = rows[: len(rows) // 2] if fault.kind == "short_page" else []
    left = len(rows) - len(kept)
    return Answer(made.status, {**made.body, "data": kept, "paging": _earlier(made.body["paging"], left)})


def _earlier(paging: dict[str, Any], rows: int) -> dict[str, Any]:
    """Cursors that go on `rows` rows before where they did."""
    return {**paging, "cursors": {**paging["cursors"], "after": moved(paging["cursors"]["after"], -rows)}}


def serve(world: World, port: int) -> None:
    """Serve until the process is told to stop."""
    with meta_ads(world, port) as running:
        print(f"Meta's Graph API stands in at {running.url}", flush=True)  # noqa: T201 -- its only voice
        while True:
            time.sleep(3600)
