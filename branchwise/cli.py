"""The entry point of the command line `branchwise`."""

import signal
from collections.abc import Generator
from contextlib import contextmanager


def main(arguments: list[str] | None = None) -> None:
    """Run a command. Expected errors are reported on stderr without a traceback, with exit code 1."""
    with _interrupted_silently():
        # Imported here, because loading it takes a second, during which Ctrl-C shall end the process silently.
        from branchwise.app import app, report_errors  # noqa: PLC0415
    with report_errors():
        app(arguments)


@contextmanager
def _interrupted_silently() -> Generator[None]:
    """Let Ctrl-C end the process without a traceback in this block, in which there is nothing to clean up."""
    is_default = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if is_default:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    yield
    if is_default:
        signal.signal(signal.SIGINT, signal.default_int_handler)
