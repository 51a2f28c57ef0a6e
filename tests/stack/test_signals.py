"""A signal that comes at the worst moment still stops the launcher."""

import gc
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from branchwise.stack.home import Home
from branchwise.stack.servers import Servers
from branchwise.stack.supervisor import StopAsked, Supervisor, stop_on_signals
from common.settings import Settings

_NUMBERS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD)


class _Interrupted:
    """Its destructor meets a signal: what that raises there, Python reports and drops."""

    def __del__(self) -> None:
        signal.raise_signal(signal.SIGINT)


@pytest.fixture
def _own_handlers() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in _NUMBERS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("_own_handlers")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.timeout(30)
def test_a_signal_whose_exception_is_dropped_stops_the_supervisor(tmp_path: Path) -> None:
    settings = Settings(branchwise_home=tmp_path)
    supervisor = Supervisor(Servers(Home(tmp_path), settings), [], settings)
    stop_on_signals()
    _Interrupted()
    gc.collect()

    with pytest.raises(StopAsked):
        supervisor.run(lambda: None)
