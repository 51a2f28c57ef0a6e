"""Create and parse the tokens in a report's links.

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
    """The tokens of one delivery; `full_list` is the token of the page that lists every customer of the report."""

    full_list: str
    made: dict[str, str] = field(default_factory=dict[str, str], compare=False, repr=False)

    @classmethod
    def new(cls) -> "LinkTokens":
        """Create tokens from a random one."""
        return cls(secrets.token_urlsafe(_BYTES))

    def customer(self, number: int) -> str:
        """Return a customer's token, without the letter of an action."""
        return self._token(f"customer {number}")

    def stop(self) -> str:
        """Return the token of the link to unsubscribe."""
        return self._token("unsubscribe")

    def _token(self, purpose: str) -> str:
        token = self.made.get(purpose)
        if token is None:
            mark = hmac.digest(self.full_list.encode(), purpose.encode(), "sha256")
            token = self.made[purpose] = base64.urlsafe_b64encode(mark[:_BYTES]).decode()
        return token


def with_action(token: str, action: str) -> str:
    """Return the 21 characters of a customer's link: the token and the letter of the action."""
    return token + ACTION_LETTERS[action]


def split_token(text: str) -> tuple[str, str]:
    """Split a link into its token and action; the action is `choose` if the letter is missing or unknown."""
    return text[:LENGTH], ACTIONS.get(text[LENGTH:], "choose")


def token_hash(token: str) -> bytes:
    """Return the SHA-256 hash that is stored instead of the token."""
    return hashlib.sha256(token.encode()).digest()
