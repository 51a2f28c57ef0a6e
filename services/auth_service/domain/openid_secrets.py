"""The secrets of one sign-in at an OpenID provider, and the cookie of the browser that started it."""

import re
from typing import NamedTuple

import msgspec

from services.auth_service.domain.random_token import new_token

# A sign-in that takes longer has to be started again.
LIFETIME_SECONDS = 600
_COOKIE_VALUE = re.compile(r"[A-Za-z0-9_-]{43}")
_COOKIE_NAME = "branchwise_sign_in"


class SignInSecrets(NamedTuple):
    """The secrets of a sign-in: the PKCE verifier, which only the provider is sent, and the nonce that it returns."""

    nonce: str
    code_verifier: str

    def as_text(self) -> str:
        """Serialize the secrets for sealing."""
        return msgspec.json.encode(self._asdict()).decode()


def new_secrets() -> SignInSecrets:
    """Generate the secrets of a new sign-in, 32 random bytes each."""
    return SignInSecrets(new_token(), new_token())


def from_text(text: str) -> SignInSecrets:
    """Parse the text that `as_text` returned."""
    return SignInSecrets(**msgspec.json.decode(text))


def cookie_name(*, over_tls: bool) -> str:
    """Return the name of the cookie that binds a sign-in to its browser.

    With the prefix `__Secure-`, browsers refuse the cookie from a plain http page.
    """
    return f"__Secure-{_COOKIE_NAME}" if over_tls else _COOKIE_NAME


def is_browser_value(text: str | None) -> bool:
    """Return whether the text has the format of the cookie values that this service sets."""
    return text is not None and _COOKIE_VALUE.fullmatch(text) is not None
