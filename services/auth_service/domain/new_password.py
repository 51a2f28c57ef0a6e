"""Rules for new passwords, as NIST SP 800-63B and OWASP recommend: long, hard to guess, and no required symbols."""

import re
from collections.abc import Iterable
from typing import Annotated
from unicodedata import normalize

from pydantic import AfterValidator, Field, SecretStr
from pydantic_core import PydanticCustomError

from common.problem import FieldError, Unprocessable
from services.auth_service.domain.passwords import in_turn
from services.auth_service.errors.own_account import PasswordGuessable

SHORTEST, LONGEST = 12, 128
# The limit before normalization: one character may be several code points, and composing them must stay cheap.
LONGEST_AS_TYPED = 4 * LONGEST
# The guesses that an attacker needs who knows breached passwords, words, names, keyboard patterns and the words of
# `about`. With fewer, a bot with many addresses succeeds in time.
_MIN_GUESSES = 10**8
# The time of the estimate grows fast with the length, and the beginning of a long password says enough.
_ESTIMATED_CHARACTERS = 32
_PRODUCT = "branchwise"
_TOO_SHORT = f"Use at least {SHORTEST} characters."
_WORD = re.compile(r"\w{3,}")


def _not_too_long(password: SecretStr) -> SecretStr:
    if len(normalize("NFC", password.get_secret_value())) > LONGEST:
        raise PydanticCustomError("password_too_long", "Use at most {most} characters.", {"most": LONGEST})
    return password


def _not_too_short(password: SecretStr) -> SecretStr:
    if _is_too_short(password.get_secret_value()):
        raise PydanticCustomError("password_too_short", "Use at least {least} characters.", {"least": SHORTEST})
    return password


def _is_too_short(password: str) -> bool:
    return len(normalize("NFC", password)) < SHORTEST


# A password to sign in with. It has no minimum length, since older passwords may be shorter.
TypedPassword = Annotated[SecretStr, Field(min_length=1, max_length=LONGEST_AS_TYPED), AfterValidator(_not_too_long)]
NewPassword = Annotated[TypedPassword, AfterValidator(_not_too_short)]


async def refuse_unfit(password: str, about: Iterable[str], field: str) -> None:
    """Check a `TypedPassword` that will be set as a new password, as `NewPassword` and `refuse_guessable` do.

    Raises:
        Unprocessable: it is too short.
        PasswordGuessable
    """
    if _is_too_short(password):
        raise Unprocessable(errors=[FieldError(field, _TOO_SHORT)])
    await refuse_guessable(password, about, field)


async def refuse_guessable(password: str, about: Iterable[str], field: str = "password") -> None:
    """Refuse a new password that is easy to guess.

    `about` is what an attacker knows about its owner: their email address, name and tenants' names.

    Raises:
        PasswordGuessable: it was breached, or can be guessed from patterns or from `about`.
    """
    words = {_PRODUCT}
    for text in about:
        words |= {text, *_WORD.findall(text)}
    # Runs on the thread of the hashes: it also keeps a core busy, and the library cannot check two passwords at once.
    if await in_turn(lambda: _is_guessable(normalize("NFC", password), sorted(words))):
        text = "This is too easy to guess. Use a longer one: a few words that have nothing to do with each other."
        raise PasswordGuessable(text, errors=[FieldError(field, text)])


def _is_guessable(password: str, words: list[str]) -> bool:
    # Imported at the first use: its lists take 20 MB, and most processes never set a password.
    from zxcvbn import zxcvbn  # noqa: PLC0415

    return bool(zxcvbn(password[:_ESTIMATED_CHARACTERS], words)["guesses"] < _MIN_GUESSES)
