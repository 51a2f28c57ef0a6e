"""A signal that comes at the worst moment still stops the launcher, and loses nobody on the way."""

import gc
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from branchwise.stack.child import Child
from branchwise.stack.home import Home
from branchwise.stack.servers import Servers
from branchwise.stack.signals import Signals, StopAsked
from branchwise.stack.supervisor import Supervisor
from common.settings import Settings

pytestmark = [pytest.mark.timeout(30), pytest.mark.usefixtures("_own_handlers")]
_NUMBERS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD)


class _Interrupted:
    """Its destructor meets a signal: what that raises there, Python reports and drops."""

    def __del__(self) -> None:
        signal.raise_signal(signal.SIGINT)


class _Servers(Servers):
    """None; `look` is what happens when they are looked at, and `restart` when they have fallen."""

    def __init__(self, home: Path, look: Callable[[], bool], restart: Callable[[], None] = lambda: None) -> None:
        super().__init__(Home(home), Settings(branchwise_home=home))
        self.have_ended = look
        self.restart_ended = restart


class _Child(Child):
    """It is asked to stop while it is being started."""

    def __init__(self, logs: Path) -> None:
        super().__init__("data", [sys.executable, "-c", "input()"], {}, logs)
        self.is_started = False

    def start(self) -> None:
        signal.raise_signal(signal.SIGTERM)
        self.is_started = True


@pytest.fixture
def _own_handlers() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in _NUMBERS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def signals() -> Iterator[Signals]:
    made = Signals()
    made.listen()
    yield made
    made.wake.close()


def _run(servers: Servers, signals: Signals, *children: Child) -> None:
    Supervisor(servers, children, Settings(), signals).run(lambda: None)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_signal_whose_exception_is_dropped_stops_the_supervisor(tmp_path: Path, signals: Signals) -> None:
    _Interrupted()
    gc.collect()
    with pytest.raises(StopAsked):
        _run(_Servers(tmp_path, look=lambda: False), signals)


def test_children_that_end_while_the_end_of_another_is_heard_hold_nobody_up(tmp_path: Path, signals: Signals) -> None:
    lines = 0

    def at_each_line(_frame: FrameType, event: str, _argument: object) -> Any:
        nonlocal lines
        lines += event == "line"
        signal.raise_signal(signal.SIGCHLD)
        return at_each_line

    def look() -> bool:
        sys.settrace(at_each_line)
        signal.raise_signal(signal.SIGCHLD)
        sys.settrace(None)
        signal.raise_signal(signal.SIGINT)
        return False

    with pytest.raises(StopAsked):
        _run(_Servers(tmp_path, look), signals)
    assert lines > 1


def test_a_child_that_is_being_started_is_not_lost_to_a_stop(tmp_path: Path, signals: Signals) -> None:
    child = _Child(tmp_path)
    with pytest.raises(StopAsked):
        _run(_Servers(tmp_path, look=lambda: False), signals, child)
    assert child.is_started


def test_a_server_that_takes_long_to_come_back_is_not_waited_for(tmp_path: Path, signals: Signals) -> None:
    reached: list[str] = []

    def restart() -> None:
        reached.append("begun")
        signal.raise_signal(signal.SIGTERM)
        reached.append("waited")

    with pytest.raises(StopAsked):
        _run(_Servers(tmp_path, look=lambda: True, restart=restart), signals)
    assert reached == ["begun"]
