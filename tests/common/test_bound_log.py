import os
import signal
from pathlib import Path

import pytest

from common.embedded import process


def test_output_that_grew_too_long_begins_anew_under_a_child_that_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "_MAX_LOG_BYTES", 10)
    log, go_on = tmp_path / "child.log", tmp_path / "go-on"
    process.bound_log(log)
    os.mkfifo(go_on)
    command = ["sh", "-c", f"echo far too long; read line < {go_on}; echo short"]
    child = process.spawn(command, log=log, death_signal=signal.SIGKILL)
    with go_on.open("w"):  # opens once the child reads, so after it has said its first words
        process.bound_log(log)
    assert child.wait(20) is not None
    assert log.read_bytes() == b"short\n"
    process.bound_log(log)
    assert log.read_bytes() == b"short\n"
