import smtplib

import asyncpg
import nats

from common.testing.cluster import MigratedDatabase
from common.testing.smtp import SmtpSink


async def test_a_service_signs_in_to_its_own_schema(database: MigratedDatabase) -> None:
    connection = await asyncpg.connect(database.settings.dsn("data"))
    assert await connection.fetchval("select count(*) from data.outbox") == 0
    await connection.close()


async def test_nats_takes_large_events(nats_url: str) -> None:
    connection = await nats.connect(nats_url)
    assert connection.max_payload == 8 * 2**20
    await connection.close()


async def test_the_sink_keeps_a_mail(smtp_sink: SmtpSink) -> None:
    with smtplib.SMTP(smtp_sink.host, smtp_sink.port) as client:
        client.sendmail("a@example.org", ["b@example.org"], b"Subject: hello\r\n\r\nbody\r\n")
    (mail,) = await smtp_sink.wait_for(1)
    assert mail.message["Subject"] == "hello"
