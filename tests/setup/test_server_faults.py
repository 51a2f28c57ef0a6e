"""What is said of a server that does not start."""

from pathlib import Path

import pytest

from common.embedded.postgres import THROWAWAY, EmbeddedPostgres, PostgresDidNotStart
from common.embedded.process import fault_since


def test_a_server_that_does_not_start_is_quoted_in_a_line_and_its_log_is_named(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "postgres.log"
    log.parent.mkdir()
    log.write_text("FATAL:  of an earlier start\n")
    server = EmbeddedPostgres(tmp_path, tuning=THROWAWAY | {"shared_buffers": "plenty"})
    try:
        with pytest.raises(PostgresDidNotStart) as failed:
            server.start()
    finally:
        server.remove()
    what, where = str(failed.value).splitlines()
    assert what.startswith("PostgreSQL did not start: ")
    assert 'invalid value for parameter "shared_buffers": "plenty"' in what
    assert str(log) in where


def test_the_fault_is_told_rather_than_what_was_said_after_it(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_text("FATAL: before\n")
    before = log.stat().st_size
    assert fault_since(log, before) == "it said nothing"
    with log.open("a") as file:
        file.write("making it ...\n\n")
    assert fault_since(log, before) == "making it ..."
    with log.open("a") as file:
        file.write("FATAL:  no space left on device\nremoving it\n")
    assert fault_since(log, before) == "FATAL:  no space left on device"
