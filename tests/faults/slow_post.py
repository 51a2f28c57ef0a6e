"""A mail server that takes its time: it has the message long before it says so."""

import asyncio
from collections import Counter

from common.testing.smtp import SmtpSink


class SlowPost(SmtpSink):
    """Who is killed while this server keeps its answer back cannot know whether the message arrived; it did."""

    def __init__(self, port: int, answer_after: float = 0.2) -> None:
        super().__init__(port)
        self._answer_after = answer_after

    async def handle_DATA(self, server: object, session: object, envelope: object) -> str:  # noqa: N802 -- aiosmtpd's name
        """Keep a message, and say so later."""
        answer = await super().handle_DATA(server, session, envelope)
        await asyncio.sleep(self._answer_after)
        return answer

    def received(self, domain: str) -> Counter[str]:
        """How many messages came for each address of a domain, by the part before the @."""
        addresses = (recipient.partition("@") for mail in self.mails for recipient in mail.recipients)
        return Counter(name for name, _, its_domain in addresses if its_domain == domain)
