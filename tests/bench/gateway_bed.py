"""Servers of the gateway's benchmark: the gateway as the stack starts it, an equivalent nginx, and a service behind."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import psutil

from branchwise.stack.child import command_of
from common.embedded.process import free_port, listens
from common.settings import SERVICES_WITH_DATABASE, Settings
from common.testing.people import SECRET, token_for

FOLDER = Path(__file__).parent
_ACCOUNTS = 64
_NGINX = """
daemon off; master_process off; pid {home}/nginx.pid; error_log {home}/nginx.log; worker_processes 1;
events {{ worker_connections 4096; }}
http {{
  access_log off; client_body_temp_path {home}/b; proxy_temp_path {home}/p; fastcgi_temp_path {home}/f;
  uwsgi_temp_path {home}/u; scgi_temp_path {home}/s;
  proxy_cache_path {home}/cache keys_zone=verdicts:1m; proxy_http_version 1.1; proxy_set_header Connection "";
  upstream behind {{ server 127.0.0.1:{upstream}; keepalive 64; }}
  server {{
    listen 127.0.0.1:{port}; keepalive_requests 1000000;
    location / {{ auth_request /verdict; proxy_pass http://behind; }}
    location = /verdict {{
      internal; proxy_pass http://behind/auth/caller; proxy_pass_request_body off; proxy_set_header Content-Length "";
      proxy_cache verdicts; proxy_cache_key $http_authorization; proxy_cache_valid 200 60s;
    }}
  }}
}}
"""


@dataclass(frozen=True)
class Bed:
    """Ports (`nginx` is 0 if it is not installed), the headers of a request, and the gateway's process."""

    gateway: int
    behind: int
    nginx: int
    headers: list[str]
    token: str
    tenant: str
    worker: psutil.Process


@contextmanager
def gateway_bed() -> Generator[Bed]:
    """Run all three servers."""
    tenant = str(uuid4())
    tokens = [token_for(uuid4(), "bench@example.com") for _ in range(_ACCOUNTS)]
    with ExitStack() as running, tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        behind, front, proxy = free_port(), free_port(), free_port()
        upstream = ["-m", "granian", "--interface", "rsgi", "--backlog", "8192", "--port", str(behind)]
        running.enter_context(_process([sys.executable, *upstream, "upstream_app:app"], behind, BENCH_TENANT=tenant))
        ports = {f"{name}_SERVICE_PORT".upper(): str(behind) for name in SERVICES_WITH_DATABASE}
        # The hourly limit counts requests by account, so there is one account for each connection. The limit of bursts
        # counts by address.
        more = {"JWT_ALGORITHM": "HS256", "JWT_SECRET_KEY": SECRET, "BRANCHWISE_HOME": folder, "NATS_URL": ""}
        command = command_of("gateway", Settings(gateway_port=front))
        gateway = running.enter_context(_process(command, front, **ports, **more, REQUESTS_PER_SECOND="1000000"))
        nginx = shutil.which("nginx")
        if nginx:
            (home / "nginx.conf").write_text(_NGINX.format(home=home, port=proxy, upstream=behind))
            running.enter_context(_process([nginx, "-c", f"{home}/nginx.conf", "-e", f"{home}/start.log"], proxy))
        (home / "tokens").write_text("\n".join(f"Authorization: Bearer {token}" for token in tokens))
        headers = [f"@{home}/tokens", f"X-Tenant-Id: {tenant}"]
        worker = _largest(psutil.Process(gateway.pid))
        yield Bed(front, behind, proxy if nginx else 0, headers, tokens[0], tenant, worker)


def _largest(first: psutil.Process) -> psutil.Process:
    return max([first, *first.children(recursive=True)], key=lambda process: process.memory_info().rss)


@contextmanager
def _process(command: list[str], port: int, **environment: str) -> Generator[subprocess.Popen[bytes]]:
    """Start a server and wait until it listens on its port."""
    running = subprocess.Popen(
        command, env=os.environ | environment, cwd=FOLDER, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + 60
        while not listens(port):
            if running.poll() is not None or time.monotonic() > deadline:
                message = f"{command[0]} does not listen"
                raise RuntimeError(message)
            time.sleep(0.05)
        yield running
    finally:
        running.terminate()
        running.wait(15)
