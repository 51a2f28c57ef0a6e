"""What the mail server's answers to a message mean for it and for the job."""

from typing import Any

import pytest

from common.testing.smtp import SmtpSink
from tests.email_service.conftest import Reports


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
