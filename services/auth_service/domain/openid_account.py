"""Whose account somebody gets whom a provider vouches for."""

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
    """The same person came in by another request at the same moment: what this one did must be undone and redone."""


@dataclass(frozen=True)
class Person:
    """What a provider proved of somebody. `email` is folded, and empty unless the provider verified it."""

    issuer: str
    subject: str
    email: str
    name: str


@dataclass(frozen=True)
class Found:
    """The account; `shut_out_others` where a password or sessions of before had to go."""

    account_id: UUID
    how: Literal["known", "linked", "created"]
    shut_out_others: bool = False


def person_of(issuer: str, claims: dict[str, Any]) -> Person:
    """The person of proven claims. An email counts only where `email_verified` is the boolean true."""
    email, name = claims.get("email"), claims.get("name")
    vouched = claims.get("email_verified") is True and isinstance(email, str)
    return Person(
        issuer=issuer,
        subject=claims["sub"],
        email=_usable_email(str(email)) if vouched else "",
        name=_printable(name)[:_MAX_NAME] if isinstance(name, str) else "",
    )


async def account_of(conn: Connection, person: Person, *, sign_up: Literal["open", "invited"]) -> Found:
    """The account of a person: the one they are known by, else that of their verified email, else a new one.

    Raises:
        EmailNotVouchedFor: they are not known, and have no email that the provider verified.
        SignUpByInvitation: they are not known, and nobody gets an account without having been invited.
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
    others = not account.proved and await _shut_out_others(conn, account.account_id)
    return Found(account.account_id, "linked", shut_out_others=others)


async def _shut_out_others(conn: Connection, account_id: UUID) -> bool:
    """Whoever set a password under an address that they never proved may be waiting for its owner to come."""
    had_password = await identities.prove_email(conn, account_id)
    return bool(await sessions.end_sessions(conn, account_id, "password-changed")) or had_password


def _usable_email(text: str) -> str:
    email = folded(text)
    return email if _EMAIL.fullmatch(email) and len(email) <= _MAX_EMAIL and _storable(email) else ""


def _printable(name: str) -> str:
    kept = "".join(" " if unicodedata.category(character).startswith("C") else character for character in name)
    return " ".join(kept.split())


def _storable(text: str) -> bool:
    """Half a surrogate pair, which JSON lets through, is text for Python and none for Postgres."""
    return not any(unicodedata.category(character) == "Cs" for character in text)
