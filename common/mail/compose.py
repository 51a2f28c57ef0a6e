"""A rendered mail as an internet message (RFC 5322): plain text first, then HTML."""

import hashlib
import re
from base64 import b64encode
from binascii import b2a_qp
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime, parseaddr
from functools import lru_cache

from common.mail.message import Message

# RFC 5321 lets a server refuse longer lines; only quoted-printable can hold them.
LONGEST_LINE = 998
# 45 bytes are 60 letters of base64: with its frame a word stays below the 75 that it may have.
_WORD_BYTES = 45
_MAILBOX = re.compile(r"[^\s<>@,;:\\\"()\[\]\x00-\x20\x7f-\U0010ffff]+@[A-Za-z0-9.-]+")


@dataclass(frozen=True, slots=True)
class RenderedMail:
    """The two parts of a mail and its subject."""

    subject: str
    html: str
    text: str


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Who writes to whom, and the marks that mail programs look for."""

    from_address: str
    to_name: str
    to_address: str
    message_id: str
    written_at: datetime
    unsubscribe_url: str = ""
    request_id: str = ""


def message_id(identity: str, from_address: str) -> str:
    """A Message-ID that is the same whenever the mail of the same identity is made again."""
    domain = _parsed(from_address)[1].rpartition("@")[2] or "branchwise.invalid"
    return f"<{hashlib.sha256(identity.encode()).hexdigest()[:32]}@{domain}>"


def compose_message(name: str, letterhead: Letterhead, mail: RenderedMail) -> Message:
    """Compose the message; a line too long for 8-bit makes it quoted-printable everywhere.

    Raises:
        ValueError: an address is not one.
    """
    sender_name, sender = _parsed(letterhead.from_address)
    boundary = "=_" + hashlib.sha256(letterhead.message_id.encode()).hexdigest()[:32]
    head = _headers(letterhead, sender_name, sender, mail.subject, boundary)
    parts = (("plain", _crlf(mail.text)), ("html", _crlf(mail.html)))
    fits = all(max(map(len, content.split(b"\r\n"))) <= LONGEST_LINE for _, content in parts)
    return Message(
        name,
        sender,
        letterhead.to_address,
        eight_bit=head + _body(parts, boundary, "8bit") if fits else None,
        seven_bit=lambda: head + _body(parts, boundary, "quoted-printable"),
    )


@lru_cache(maxsize=256)
def _parsed(address: str) -> tuple[str, str]:
    """Name and address of a sender, who is the same from mail to mail."""
    return parseaddr(address)


def _headers(letterhead: Letterhead, sender_name: str, sender: str, subject: str, boundary: str) -> bytes:
    """Written by hand: the library takes as long for ten headers as we do for the whole report."""
    headers = [
        ("From", _address(sender_name, sender)),
        ("To", _address(letterhead.to_name, letterhead.to_address)),
        ("Subject", encoded_words(subject)),
        ("Date", format_datetime(letterhead.written_at)),
        ("Message-ID", letterhead.message_id),
        ("Auto-Submitted", "auto-generated"),
        ("X-Auto-Response-Suppress", "All"),
    ]
    if letterhead.unsubscribe_url:
        headers.append(("List-Unsubscribe", f"<{letterhead.unsubscribe_url}>"))
        headers.append(("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))
    if letterhead.request_id:
        headers.append(("X-Request-Id", encoded_words(letterhead.request_id)))
    headers.append(("MIME-Version", "1.0"))
    headers.append(("Content-Type", f'multipart/alternative;\r\n boundary="{boundary}"'))
    return "".join(f"{name}: {value}\r\n" for name, value in headers).encode("ascii") + b"\r\n"


def encoded_words(text: str) -> str:
    """Header text on one line, or as encoded words (RFC 2047) where it is not plain ASCII."""
    text = " ".join(text.split())
    if text.isascii() and text.isprintable():
        return text
    words: list[str] = []
    chunk = b""
    for letter in text:
        if len(chunk) + len(letter.encode()) > _WORD_BYTES:
            words.append(_word(chunk))
            chunk = b""
        chunk += letter.encode()
    return "\r\n ".join([*words, _word(chunk)])


def _word(chunk: bytes) -> str:
    return f"=?utf-8?b?{b64encode(chunk).decode()}?="


def _address(name: str, address: str) -> str:
    """A mailbox; raises ValueError where the address could not stand in a header or an envelope."""
    if not _MAILBOX.fullmatch(address):
        message = f"{address!r}"
        raise ValueError(message)
    name = " ".join(name.split())
    if not name:
        return address
    if name.isascii() and name.isprintable():
        return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + f'" <{address}>'
    return f"{encoded_words(name)} <{address}>"


def _body(parts: tuple[tuple[str, bytes], ...], boundary: str, encoding: str) -> bytes:
    pieces: list[bytes] = []
    for kind, content in parts:
        pieces.append(
            f"--{boundary}\r\nContent-Type: text/{kind}; charset=utf-8\r\n"
            f"Content-Transfer-Encoding: {encoding}\r\n\r\n".encode()
        )
        pieces.append(content if encoding == "8bit" else b2a_qp(content))
        pieces.append(b"\r\n")
    pieces.append(f"--{boundary}--\r\n".encode())
    return b"".join(pieces)


def _crlf(text: str) -> bytes:
    return text.replace("\r\n", "\n").replace("\n", "\r\n").encode()
