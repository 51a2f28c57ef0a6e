"""The secrets of one sign-in at a provider, and of the browser that began it."""

import re
from typing import NamedTuple

import msgspec

from services.auth_service.domain.random_token import new_token

# A sign-in that takes longer has to begin again.
LIFETIME_SECONDS = 600
_COOKIE_VALUE = re.compile(r"[A-Za-z0-9_-]{43}")
_COOKIE_NAME = "branchwise_sign_in"


class SignInSecrets(NamedTuple):
    """What never leaves this system: the verifier (PKCE) goes to the provider alone, the nonce comes back from it."""

    nonce: str
    code_verifier: str

    def as_text(self) -> str:
        """As it is sealed."""
        return msgspec.json.encode(self._asdict()).decode()


def new_secrets() -> SignInSecrets:
    """Secrets of a sign-in that begins, 32 random bytes each."""
    return SignInSecrets(new_token(), new_token())


def from_text(text: str) -> SignInSecrets:
    """What `as_text` made."""
    return SignInSecrets(**msgspec.json.decode(text))


def cookie_name(*, over_tls: bool) -> str:
    """The cookie that binds a sign-in to its browser; its prefix makes browsers refuse it from a plain http page."""
    return f"__Secure-{_COOKIE_NAME}" if over_tls else _COOKIE_NAME


def is_browser_value(text: str | None) -> bool:
    """Could this be the value of a cookie that was set here?"""
    return text is not None and _COOKIE_VALUE.fullmatch(text) is not None
