"""A browser as far as signing in needs one: it keeps cookies, follows redirects, fills in forms and submits them."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urljoin, urlsplit

import httpx

_MOST_STEPS = 20


@dataclass
class _Form(HTMLParser):
    """The first form of a page: where it goes and what its fields hold."""

    action: str = ""
    fields: dict[str, str] = field(default_factory=dict[str, str])

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "form" and not self.action:
            self.action = values.get("action") or ""
        if tag == "input" and values.get("name"):
            self.fields[str(values["name"])] = values.get("value") or ""


class Browser:
    """One person's browser, with the frontend open: its calls to the API carry the browser's cookies."""

    def __init__(self, api: str) -> None:
        self.api = api
        self.http = httpx.AsyncClient(timeout=30)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.http.aclose()

    async def begin(self, **query: str) -> dict[str, str]:
        """GET /auth/login."""
        answer = await self.http.get(f"{self.api}/auth/login", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def end(self, code: str, state: str, **more: Any) -> httpx.Response:
        """POST /auth/callback."""
        return await self.http.post(f"{self.api}/auth/callback", json={"code": code, "state": state, **more})

    async def sign_in_there(self, login_url: str, login: str, redirect_uri: str) -> dict[str, str]:
        """Go to the provider, sign in and agree; answers what its last redirect says to the frontend's page."""
        answer = await self.http.get(login_url)
        for _ in range(_MOST_STEPS):
            if answer.is_redirect:
                place = urljoin(str(answer.url), answer.headers["location"])
                if place.startswith(redirect_uri):
                    return dict(parse_qsl(urlsplit(place).query))
                answer = await self.http.get(place)
                continue
            assert answer.status_code == 200, answer.text
            form = _Form()
            form.feed(answer.text)
            assert form.action, answer.text
            typed = {name: {"login": login, "password": "x"}.get(name, value) for name, value in form.fields.items()}
            answer = await self.http.post(urljoin(str(answer.url), form.action), data=typed)
        message = f"never came back from {login_url}"
        raise AssertionError(message)
