"""Tokens in a report's links: short, and told apart by their last letter.

A token is 20 characters, plus one letter for the link's purpose; the database stores only the hash of the 20
characters. The token of the page that lists every customer is random. The others are HMACs keyed by it, so that this
page, and only it, can derive them; no key of the installation is involved, so rotating keys leaves mailed links valid.
"""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field

_BYTES = 15
LENGTH = 20
ACTION_LETTERS = {"done": "d", "not_reached": "r", "snooze": "s", "not_mine": "m", "choose": "c"}
ACTIONS = {letter: action for action, letter in ACTION_LETTERS.items()}


@dataclass(frozen=True, slots=True)
class LinkTokens:
    """The tokens of one delivery; `full_list` is that of the page that lists every customer of the report."""

    full_list: str
    made: dict[str, str] = field(default_factory=dict[str, str], compare=False, repr=False)

    @classmethod
    def new(cls) -> "LinkTokens":
        """New random tokens."""
        return cls(secrets.token_urlsafe(_BYTES))

    def customer(self, number: int) -> str:
        """The customer's token, without an action's letter."""
        return self._token(f"customer {number}")

    def stop(self) -> str:
        """The token that ends the emails."""
        return self._token("unsubscribe")

    def _token(self, purpose: str) -> str:
        token = self.made.get(purpose)
        if token is None:
            mark = hmac.digest(self.full_list.encode(), purpose.encode(), "sha256")
            token = self.made[purpose] = base64.urlsafe_b64encode(mark[:_BYTES]).decode()
        return token


def with_action(token: str, action: str) -> str:
    """The 21 characters that stand in a customer's link."""
    return token + ACTION_LETTERS[action]


def split_token(text: str) -> tuple[str, str]:
    """A link's token and its action; `choose` where there is no letter, or one that is not known."""
    return text[:LENGTH], ACTIONS.get(text[LENGTH:], "choose")


def token_hash(token: str) -> bytes:
    """The hash that is stored instead of the token."""
    return hashlib.sha256(token.encode()).digest()
