"""Following the links of a received report as a rep's phone does."""

import re
from html import unescape
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

import httpx

from common.testing.smtp import ReceivedMail


def html_of(mail: ReceivedMail) -> str:
    """The HTML part."""
    body = mail.message.get_body(("html",))
    assert body is not None
    return body.get_content()


def text_of(mail: ReceivedMail) -> str:
    """The plain-text part."""
    body = mail.message.get_body(("plain",))
    assert body is not None
    return body.get_content()


def block_of(mail: ReceivedMail, company: str) -> str:
    """The HTML from a customer's name to the next block."""
    html = html_of(mail)
    start = html.index(company, html.index("</h1>"))  # the preview line has it too
    return html[start : html.find('<tr><td class="card pad edge', start)]


def action_path(mail: ReceivedMail, company: str, label: str) -> str:
    """The path of an action's link in a customer's block."""
    found = re.search(rf'href="([^"]+)"[^>]*>{label}</a>', block_of(mail, company))
    assert found, f"no {label} for {company}"
    return urlsplit(unescape(found.group(1))).path


class Form(HTMLParser):
    """The fields that a page's form would post as it stands."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.fields: list[tuple[str, str]] = []
        self.forms = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self.forms += 1
        if tag != "input" or (given.get("type") in ("checkbox", "radio") and "checked" not in given):
            return
        self.fields.append((given["name"] or "", given.get("value") or ""))


async def press(client: httpx.AsyncClient, path: str, page: str, **changes: Any) -> httpx.Response:
    """Press a page's button, with some fields changed."""
    fields: dict[str, list[str]] = {}
    for name, value in Form(page).fields:
        fields.setdefault(name, []).append(value)
    fields |= {name: value if isinstance(value, list) else [str(value)] for name, value in changes.items()}
    return await client.post(path, data=fields)
