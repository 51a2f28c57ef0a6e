"""What arrives at a real SMTP server, and what history says of it."""

from common.testing.smtp import SmtpSink
from tests.email_service.conftest import Reports


async def test_a_report_arrives_with_both_parts_and_its_headers(reports: Reports, smtp_sink: SmtpSink) -> None:
    job = await reports.send()

    [mail] = await smtp_sink.wait_for(1)
    assert job["status"] == "completed"
    assert job["counts"] == {"sent": 1}
    assert mail.recipients == ["kim@northline.example"]
    assert mail.message["Subject"] == "2 to call · Omaha · Mon, Apr 29"
    assert mail.message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail.message["List-Unsubscribe"].startswith("<https://app.example/email/unsubscribe/")
    kinds = [part.get_content_type() for part in mail.message.iter_parts()]
    assert kinds == ["text/plain", "text/html"]
