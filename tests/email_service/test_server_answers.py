"""What the mail server's answers to a message mean for it and for the job."""

from typing import Any

import pytest

from common.testing.smtp import SmtpSink
from tests.email_service.conftest import Reports
from tests.email_service.shop import Shop

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize("words", ["well, well", "252 somebody may take it", "354 go on"])
async def test_an_answer_that_tells_nothing_is_unknown_and_not_sent_again(
    reports: Reports, smtp_sink: SmtpSink, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    kept = smtp_sink.handle_DATA

    async def answer_strangely(*arguments: Any) -> str:
        await kept(*arguments)
        return words

    monkeypatch.setattr(smtp_sink, "handle_DATA", answer_strangely)
    job = await reports.send()
    again = await reports.send()

    assert job["counts"] == {"unknown": 1}
    assert again["counts"] == {"skipped": 1}
    assert len(smtp_sink.mails) == 1
    assert [entry["status"] for entry in await reports.history()] == ["unknown"]


async def test_a_job_whose_every_report_is_refused_fails_and_says_why(
    reports: Reports, shop: Shop, smtp_sink: SmtpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_arguments: Any) -> str:
        return "550 5.7.1 this sender may not"

    monkeypatch.setattr(smtp_sink, "handle_MAIL", refuse, raising=False)
    await shop.rep("D07", "Omaha", "ann@northline.example")
    job = await reports.send()

    assert job["status"] == "failed"
    assert job["counts"] == {"refused": 2}
    assert "this sender may not" in job["error"]
    assert {entry["status"] for entry in await reports.history()} == {"refused"}


async def test_a_refusal_beside_a_report_that_others_have_is_no_failure(
    reports: Reports, shop: Shop, smtp_sink: SmtpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_arguments: Any) -> str:
        return "550 5.1.1 no such person"

    await reports.send()
    monkeypatch.setattr(smtp_sink, "handle_RCPT", refuse, raising=False)
    await shop.rep("D07", "Omaha", "gone@northline.example")
    job = await reports.send()

    assert job["status"] == "completed"
    assert job["counts"] == {"refused": 1, "skipped": 1}
