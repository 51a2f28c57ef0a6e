"""Find or create the account of a person whom an OpenID provider has identified."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from common.db import Connection
from services.auth_service.domain.email_address import folded
from services.auth_service.errors.sign_in import EmailNotVouchedFor, SignUpByInvitation
from services.auth_service.store import identities, sessions

_EMAIL = re.compile(r"[^@\s\x00-\x1f\x7f]+@[^@\s\x00-\x1f\x7f]+")
_MAX_EMAIL = 254
_MAX_NAME = 200


class IdentityTakenMeanwhile(Exception):
    """A concurrent request signed in the same person: roll back and try again."""


@dataclass(frozen=True)
class Person:
    """The verified claims of a person. `email` is folded, and empty unless the provider has verified it."""

    issuer: str
    subject: str
    email: str
    name: str


@dataclass(frozen=True)
class Found:
    """The account, and how it was found.

    `shut_out_others` is set if a previous password or previous sessions of the account were removed.
    """

    account_id: UUID
    how: Literal["known", "linked", "created"]
    shut_out_others: bool = False


def person_of(issuer: str, claims: dict[str, Any]) -> Person:
    """Build the person from verified claims. An email address counts only if `email_verified` is the boolean true."""
    email, name = claims.get("email"), claims.get("name")
    is_verified = claims.get("email_verified") is True and isinstance(email, str)
    return Person(
        issuer=issuer,
        subject=claims["sub"],
        email=_usable_email(str(email)) if is_verified else "",
        name=_printable(name)[:_MAX_NAME] if isinstance(name, str) else "",
    )


async def account_of(conn: Connection, person: Person, *, sign_up: Literal["open", "invited"]) -> Found:
    """Return a person's account: that of their linked identity, else of their verified email address, else a new one.

    Raises:
        EmailNotVouchedFor: their identity is not linked, and the provider has not verified an email address.
        SignUpByInvitation: they have no account, and accounts are created by invitation only.
        IdentityTakenMeanwhile: roll back and try again.
    """
    known = await identities.account_of_identity(conn, person.issuer, person.subject)
    if known is not None:
        return Found(known, "known")
    if not person.email:
        raise EmailNotVouchedFor
    found = await _account_of_email(conn, person, sign_up)
    if not await identities.add_identity(conn, person.issuer, person.subject, found.account_id):
        raise IdentityTakenMeanwhile
    return found


async def _account_of_email(conn: Connection, person: Person, sign_up: Literal["open", "invited"]) -> Found:
    account = await identities.lock_account_of_email(conn, person.email)
    if account is None:
        if sign_up == "invited":
            raise SignUpByInvitation
        created = await identities.add_proved_account(conn, person.email, person.name)
        if created is None:
            raise IdentityTakenMeanwhile
        return Found(created, "created")
    shut_out_others = not account.proved and await _shut_out_others(conn, account.account_id)
    return Found(account.account_id, "linked", shut_out_others=shut_out_others)


async def _shut_out_others(conn: Connection, account_id: UUID) -> bool:
    """Remove the password and sessions of an account whose email address was never verified.

    Somebody else may have registered the address in advance, to get access when its owner arrives. Returns whether
    there was a password or session.
    """
    had_password = await identities.prove_email(conn, account_id)
    return bool(await sessions.end_sessions(conn, account_id, "password-changed")) or had_password


def _usable_email(text: str) -> str:
    email = folded(text)
    return email if _EMAIL.fullmatch(email) and len(email) <= _MAX_EMAIL and _storable(email) else ""


def _printable(name: str) -> str:
    printable = "".join(" " if unicodedata.category(character).startswith("C") else character for character in name)
    return " ".join(printable.split())


def _storable(text: str) -> bool:
    """Return whether Postgres can store the text: JSON and Python allow lone surrogates, but Postgres does not."""
    return not any(unicodedata.category(character) == "Cs" for character in text)
