import asyncio
import json
from datetime import datetime
from pathlib import Path

import pytest
from loguru import logger

from common.logging import configure_logging, mask, request_id_var, tenant_id_var
from common.request_lines import RequestLines
from common.settings import Settings


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("Authorization: Bearer abcdef.ghijkl-mnop", "abcdef"),
        ("connecting to postgresql://app:hunter22@db/x", "hunter22"),
        ("NATS away at nats://0a1B2c-3d_4E@127.0.0.1:4222", "0a1B2c-3d_4E"),
        ("GET /x?access_token=EAAB1234567", "EAAB1234567"),
        ('{"password": "hunter22"}', "hunter22"),
        ("got eyJhbGciOi.eyJzdWIi.c2ln from the header", "eyJzdWIi"),
    ],
)
def test_secrets_are_masked_wherever_they_stand(text: str, secret: str) -> None:
    assert secret not in mask(text)


def test_what_is_no_secret_stays_readable() -> None:
    text = "import of 3 rows for tenant 7c9e done: token count 12"

    assert mask(text) == text


def test_a_line_in_the_file_carries_request_and_tenant_and_no_secret(tmp_path: Path) -> None:
    configure_logging("probe", Settings(branchwise_home=tmp_path))
    request_id_var.set("r-1")
    tenant_id_var.set("t-1")

    logger.bind(smtp_password="hunter22").info("sent with password=hunter22")
    logger.complete()

    line = (tmp_path / "logs" / "probe.log").read_text().splitlines()[-1]
    entry = json.loads(line)
    assert (entry["request_id"], entry["tenant_id"], entry["service"]) == ("r-1", "t-1", "probe")
    assert "hunter22" not in line


def test_errors_stand_in_a_file_of_their_own(tmp_path: Path) -> None:
    configure_logging("probe", Settings(branchwise_home=tmp_path))

    logger.info("fine")
    logger.error("broken")
    logger.complete()

    errors = (tmp_path / "logs" / "probe-error.log").read_text()
    assert "broken" in errors
    assert "fine" not in errors


def test_a_logged_exception_tells_no_secret_and_no_customer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("probe", Settings(branchwise_home=tmp_path))

    try:
        message = "postgresql://app:hunter22@db/x refused\nDETAIL:  Key (email)=(kim@northline.example) exists."
        raise RuntimeError(message)
    except RuntimeError as error:
        logger.opt(exception=error).error("import failed for {braces}", braces="{x}")
    logger.complete()

    (line,) = (tmp_path / "logs" / "probe-error.log").read_text().splitlines()
    entry = json.loads(line)
    shown = line + capsys.readouterr().err
    assert "RuntimeError" in entry["exception"]
    assert entry["message"] == "import failed for {x}"
    assert "hunter22" not in shown
    assert "kim@northline.example" not in shown


def test_the_token_of_an_emails_link_is_masked() -> None:
    assert mask("GET /email/t/habTOR6HJ295T0yE5XGrkw 500") == "GET /email/t/*** 500"
    assert mask("GET /Email//T/habTOR6HJ295T0yE5XGrkw/x 400") == "GET /Email//T/***/x 400"


def test_what_somebody_sent_begins_no_line_of_its_own_on_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logging("probe", Settings(branchwise_home=tmp_path))

    logger.info("socket {}: 400", "/nowhere\n23:59:59.000 INFO    auth all is well\x1b[2K\u2028")
    logger.complete()

    [line] = capsys.readouterr().err.split("\n")[:-1]
    assert r"/nowhere\n23:59:59.000 INFO    auth all is well\x1b[2K\u2028: 400" in line


async def test_requests_of_one_turn_leave_a_line_each_with_what_it_belongs_to(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logging("probe", Settings(branchwise_home=tmp_path))
    lines = RequestLines()

    async def answer(number: int, call: str) -> None:
        request_id_var.set(f"r-{number}")
        tenant_id_var.set(f"t-{number}")
        lines.note(call, 200 + number, number / 1000)

    calls = ['GET /"quoted"\\', "GET /two\n23:59:59\x1b[2K", "GET /x?token=hunter22"]
    await asyncio.gather(*(answer(number, call) for number, call in enumerate(calls)))
    logger.info("after them")
    logger.complete()

    written = (tmp_path / "logs" / "probe.log").read_text().splitlines()
    *entries, other = [json.loads(line) for line in written]
    assert [entry["message"] for entry in entries] == [
        f"{calls[0]} 200 0.0 ms",
        f"{calls[1]} 201 1.0 ms",
        "GET /x?token=*** 202 2.0 ms",
    ]
    assert [(entry["request_id"], entry["tenant_id"]) for entry in entries] == [(f"r-{n}", f"t-{n}") for n in range(3)]
    assert [list(entry) for entry in entries] == [list(other)] * 3
    assert all(datetime.fromisoformat(entry["time"]).tzinfo for entry in entries)
    shown = capsys.readouterr().err.split("\n")[:-1]
    assert len(shown) == 4
    assert r"/two\n23:59:59\x1b[2K 201" in shown[1]
    assert shown[1].endswith("r-1")
