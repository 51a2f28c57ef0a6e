"""What a new password may be: NIST SP 800-63B and OWASP ask for length and against what is known, not for symbols."""

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
# As typed: one character may be several code points, and putting them together must stay cheap.
LONGEST_AS_TYPED = 4 * LONGEST
# Guesses that somebody needs who knows breached passwords, words, names, patterns on keyboards and what stands in
# `about`. Below, a bot with many addresses gets there in time.
_FEWEST_GUESSES = 10**8
# The estimate's time grows fast with the length; the beginning of a long password says enough.
_JUDGED_CHARACTERS = 32
_PRODUCT = "branchwise"
_TOO_SHORT = f"Use at least {SHORTEST} characters."
_WORD = re.compile(r"\w{3,}")


def _not_too_long(password: SecretStr) -> SecretStr:
    if len(normalize("NFC", password.get_secret_value())) > LONGEST:
        raise PydanticCustomError("password_too_long", "Use at most {most} characters.", {"most": LONGEST})
    return password


def _not_too_short(password: SecretStr) -> SecretStr:
    if _is_short(password.get_secret_value()):
        raise PydanticCustomError("password_too_short", "Use at least {least} characters.", {"least": SHORTEST})
    return password


def _is_short(password: str) -> bool:
    return len(normalize("NFC", password)) < SHORTEST


# A password to sign in with: whatever was once taken.
TypedPassword = Annotated[SecretStr, Field(min_length=1, max_length=LONGEST_AS_TYPED), AfterValidator(_not_too_long)]
NewPassword = Annotated[TypedPassword, AfterValidator(_not_too_short)]


async def refuse_unfit(password: str, about: Iterable[str], field: str) -> None:
    """Judge a `TypedPassword` that turns out to be a new one, as `NewPassword` and `refuse_guessable` do.

    Raises:
        Unprocessable: it is too short.
        PasswordGuessable
    """
    if _is_short(password):
        raise Unprocessable(errors=[FieldError(field, _TOO_SHORT)])
    await refuse_guessable(password, about, field)


async def refuse_guessable(password: str, about: Iterable[str], field: str = "password") -> None:
    """Judge a new password; `about` is what everybody knows of its owner: their email, name and tenants' names.

    Raises:
        PasswordGuessable: it is a breached one, or a bot gets there by patterns or by what it knows of the owner.
    """
    words = {_PRODUCT}
    for text in about:
        words |= {text, *_WORD.findall(text)}
    # In turn with the hashes: it takes a core likewise, and the library judges one password at a time.
    if await in_turn(lambda: _is_guessable(normalize("NFC", password), sorted(words))):
        text = "This is too easy to guess. Use a longer one: a few words that have nothing to do with each other."
        raise PasswordGuessable(text, errors=[FieldError(field, text)])


def _is_guessable(password: str, words: list[str]) -> bool:
    # Imported where it is used: its lists take 20 MB, and most processes never set a password.
    from zxcvbn import zxcvbn  # noqa: PLC0415

    return bool(zxcvbn(password[:_JUDGED_CHARACTERS], words)["guesses"] < _FEWEST_GUESSES)
