"""Where the command line `branchwise` begins."""

import signal
from collections.abc import Generator
from contextlib import contextmanager


def main(arguments: list[str] | None = None) -> None:
    """Run a command; what can go wrong in normal life is one line on stderr and exit code 1."""
    with _interrupted_silently():
        # Imported here: it loads for a second.
        from branchwise.app import app, told_errors  # noqa: PLC0415
    with told_errors():
        app(arguments)


@contextmanager
def _interrupted_silently() -> Generator[None]:
    """Within, Ctrl-C just ends the process: there is nothing to put in order, and no traceback to learn from."""
    hears = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if hears:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    yield
    if hears:
        signal.signal(signal.SIGINT, signal.default_int_handler)
