"""What the auth service mails in a test: the sink's mails, and the tokens of their links."""

import re
from email.message import EmailMessage
from typing import Any, cast
from urllib.parse import urlsplit

from common.settings import Settings
from common.testing.smtp import SmtpSink

_TOKEN = re.compile(r"^(https?://\S+)\?token=([\w-]{43})$", re.MULTILINE)


def with_mail_server(settings: Settings, sink: SmtpSink, **more: Any) -> Settings:
    """The same settings with mail going to the sink."""
    mail = {"default_smtp_server": sink.host, "default_smtp_port": sink.port, "default_use_tls": False}
    return settings.model_copy(update={**mail, "base_url": "https://app.example", **more})


def text_of(message: EmailMessage) -> str:
    """The plain text part."""
    part = message.get_body(("plain",))
    assert part is not None
    return cast("str", part.get_content()).replace("\r\n", "\n")


def html_of(message: EmailMessage) -> str:
    """The HTML part."""
    part = message.get_body(("html",))
    assert part is not None
    return cast("str", part.get_content())


def link_of(message: EmailMessage) -> tuple[str, str]:
    """Path and token of a mail's one link, which both parts have."""
    found = _TOKEN.findall(text_of(message))
    assert len(found) == 1, text_of(message)
    [(address, token)] = found
    assert html_of(message).count(f"{address}?token={token}") == 3
    return urlsplit(address).path, token


class Mailbox:
    """The mails that came, one after the other."""

    def __init__(self, sink: SmtpSink) -> None:
        self.sink = sink
        self.read = 0

    async def next(self) -> EmailMessage:
        """The next mail that comes."""
        mails = await self.sink.wait_for(self.read + 1)
        self.read += 1
        return mails[self.read - 1].message

    async def next_link(self) -> tuple[str, str]:
        """Path and token of the next mail's link."""
        return link_of(await self.next())
