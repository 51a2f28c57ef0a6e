"""The gateway beside nginx with `auth_request` and a cached verdict, and beside the bare service."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from uuid import uuid4

from common.embedded.process import free_port, listens
from common.testing.measure import Measure
from common.testing.people import SECRET, token_for

_FOLDER = Path(__file__).parent
_SECONDS = 3.0
_ROUNDS = 5
_NGINX = """
daemon off; master_process off; pid {home}/nginx.pid; error_log {home}/nginx.log; worker_processes 1;
events {{ worker_connections 1024; }}
http {{
  access_log off; client_body_temp_path {home}/b; proxy_temp_path {home}/p; fastcgi_temp_path {home}/f;
  uwsgi_temp_path {home}/u; scgi_temp_path {home}/s;
  proxy_cache_path {home}/cache keys_zone=verdicts:1m; proxy_http_version 1.1; proxy_set_header Connection "";
  upstream behind {{ server 127.0.0.1:{upstream}; keepalive 64; }}
  server {{
    listen 127.0.0.1:{port}; keepalive_requests 1000000;
    location / {{ auth_request /verdict; proxy_pass http://behind; }}
    location = /verdict {{
      internal; proxy_pass http://behind/auth/me; proxy_pass_request_body off; proxy_set_header Content-Length "";
      proxy_cache verdicts; proxy_cache_key $http_authorization; proxy_cache_valid 200 60s;
    }}
  }}
}}
"""


def measure() -> list[Measure]:
    """Ratios of answers a second."""
    account, tenant = uuid4(), uuid4()
    headers = [f"Authorization: Bearer {token_for(account, 'bench@example.com')}", f"X-Tenant-Id: {tenant}"]
    nginx = shutil.which("nginx")
    with ExitStack() as running, tempfile.TemporaryDirectory() as home:
        behind, front, proxy = free_port(), free_port(), free_port()
        upstream = ["-m", "granian", "--interface", "rsgi", "--port", str(behind), "upstream_app:app"]
        running.enter_context(_process([sys.executable, *upstream], behind, BENCH_TENANT=str(tenant)))
        gateway = ["-m", "granian", "--interface", "asgi", "--port", str(front), "services.gateway:app"]
        ports = {f"{name}_SERVICE_PORT": str(behind) for name in ("DATA", "AUTH")}
        secret = {"JWT_ALGORITHM": "HS256", "JWT_SECRET_KEY": SECRET, "BRANCHWISE_HOME": home}
        running.enter_context(_process([sys.executable, *gateway], front, **ports, **secret))
        if nginx:
            conf = Path(home) / "nginx.conf"
            conf.write_text(_NGINX.format(home=home, port=proxy, upstream=behind))
            running.enter_context(_process([nginx, "-c", str(conf), "-e", f"{home}/start.log"], proxy))
        rounds = [
            [_rate(port, headers) for port in (front, behind, *([proxy] if nginx else []))] for _ in range(_ROUNDS)
        ]
    ours, bare, *nginx_rate = (median(column) for column in zip(*rounds, strict=True))
    what = "gateway, 64 connections, 2 kB answers"
    rows = [Measure(what, ours, "answers/s", 0.0, 0.0, bare, "bare service", note="for orientation: no target is set")]
    if nginx_rate:
        rows.insert(0, Measure(what, ours, "answers/s", 0.4, 0.6, nginx_rate[0], "nginx auth_request"))
    return rows


def _rate(port: int, headers: list[str]) -> float:
    load = [sys.executable, str(_FOLDER / "http_load.py"), f"http://127.0.0.1:{port}/data/thing", str(_SECONDS)]
    return float(subprocess.run([*load, *headers], stdout=subprocess.PIPE, check=True, text=True).stdout)


@contextmanager
def _process(command: list[str], port: int, **environment: str) -> Generator[None]:
    """A server that listens on its port before this goes on."""
    running = subprocess.Popen(
        command, env=os.environ | environment, cwd=_FOLDER, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + 30
        while not listens(port):
            if running.poll() is not None or time.monotonic() > deadline:
                message = f"{command[0]} does not listen"
                raise RuntimeError(message)
            time.sleep(0.05)
        yield
    finally:
        running.terminate()
        running.wait(10)
