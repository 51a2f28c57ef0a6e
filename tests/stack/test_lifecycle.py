"""Starting, stopping, falling and coming back."""

import os
import shutil
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import psutil
import pytest

from branchwise.stack.home import MARK
from common.embedded.process import listens
from common.settings import SERVICES
from common.testing.stack import Stack

pytestmark = [pytest.mark.xdist_group("lifecycle"), pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def two(new_stack: Callable[[], Stack]) -> tuple[Stack, Stack]:
    """Two stacks that were started at the same moment; the first where an earlier one had been ready."""
    first, second = new_stack(), new_stack()
    first.ready_file.write_text("stale")
    first.launch("--no-demo")
    second.launch("--no-demo")
    first.wait_until(lambda: first.ready_file.exists() and first.ready_file.read_text() != "stale")
    second.wait_until(second.ready_file.exists)
    return first, second


def test_of_two_stacks_side_by_side_each_stops_alone(two: tuple[Stack, Stack]) -> None:
    first, second = two
    untouched = _processes(second)

    # (it waits no longer for that than it says)
    assert first.stop(signal.SIGINT) == 0
    assert leftovers(first) == []
    assert not first.ready_file.exists()
    # On a machine where others start their stacks too, a service that has just started may take its time to say so.
    second.wait_until(lambda: _ready(second), 30)
    assert _processes(second) == untouched


def test_what_is_killed_comes_back_and_a_killed_launcher_leaves_nothing(two: tuple[Stack, Stack]) -> None:
    _, stack = two
    for name in ("email", "gateway", "nats", "postgres"):
        victim = stack.process_of(name)
        victim.kill()
        victim.wait(10)
        stack.wait_until(lambda name=name: _runs(stack, name), 30)
        stack.wait_until(lambda: _ready(stack), 60)

    stack.stop(signal.SIGKILL)
    stack.wait_until(lambda: leftovers(stack) == [], 60)
    assert not any(listens(stack.port + place) for place in range(len(SERVICES)))

    stack.start("--no-demo")
    assert stack.stop(signal.SIGTERM) == 0
    assert leftovers(stack) == []


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        pytest.param(
            "127.0.0.2", marks=pytest.mark.skipif(sys.platform != "linux", reason="elsewhere it is nobody's address")
        ),
    ],
)
def test_a_taken_port_is_named_where_the_gateway_will_listen(
    new_stack: Callable[[], Stack], monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    monkeypatch.setenv("GATEWAY_HOST", host)
    stack = new_stack()
    with socket.create_server((host, stack.port)):
        stack.launch("--no-demo")
        assert stack.ended(60) == 1
    assert f"port {stack.port} (gateway)" in stack.log.read_text()


def test_settings_that_name_the_same_port_are_named_before_anything_starts(
    new_stack: Callable[[], Stack], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, port in (("GATEWAY_PORT", "8123"), ("EMAIL_SERVICE_PORT", "8123"), ("GATEWAY_METRICS_PORT", "8004")):
        monkeypatch.setenv(name, port)
    stack = new_stack()
    ended = stack.run("up", "--no-demo")
    assert ended.returncode == 1
    assert ended.stderr == (
        "GATEWAY_PORT and EMAIL_SERVICE_PORT name the same port 8123;"
        " INSIGHTS_SERVICE_PORT and GATEWAY_METRICS_PORT name the same port 8004. Each needs a port of its own.\n"
    )
    assert not (stack.home / "postgres").exists()


def test_without_a_stack_a_command_says_how_to_start_one(new_stack: Callable[[], Stack]) -> None:
    answer = new_stack().run("token", "--email", "a@b.example")
    assert answer.returncode == 1
    assert "branchwise up --home" in answer.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's folders are out of the server's reach")
def test_a_home_that_only_root_can_enter_keeps_its_data_elsewhere(new_stack: Callable[[], Stack]) -> None:
    stack = new_stack()
    stack.home.chmod(0o700)
    stack.run("db", "upgrade").check_returncode()
    place = Path((stack.home / "postgres.path").read_text().strip())
    try:
        assert (place / "data" / "PG_VERSION").exists()
        assert stat_is_private(stack.home)
        assert "as before" in stack.run("db", "upgrade").stderr
    finally:
        shutil.rmtree(place)


def leftovers(stack: Stack) -> list[str]:
    """Processes of the stack's home that still run."""
    found: list[str] = []
    for running in psutil.process_iter():
        try:
            line = " ".join(running.cmdline())
            ours = running.environ().get(MARK) == str(stack.home) or f"{stack.home}/" in line
            if ours and running.status() != psutil.STATUS_ZOMBIE and running.pid != os.getpid():
                found.append(line)
        except (psutil.Error, OSError):
            continue
    return found


def stat_is_private(folder: Path) -> bool:
    return folder.stat().st_mode & 0o777 == 0o700


def _processes(stack: Stack) -> set[psutil.Process]:
    """The servers and services of a stack; one that fell and was started again is another."""
    return set(stack.launcher.children())


def _runs(stack: Stack, name: str) -> bool:
    try:
        return stack.process_of(name).is_running()
    except psutil.NoSuchProcess:
        return False


def _ready(stack: Stack) -> bool:
    try:
        return httpx.get(f"{stack.gateway}/health/ready", timeout=5).is_success
    except httpx.HTTPError:
        return False
