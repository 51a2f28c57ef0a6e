"""Render the mails about an account. Each mail has a function here and files of the same name in `templates/mails/`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, StrictUndefined

from common.mail.compose import RenderedMail
from common.mail.templates import PREHEADER_FILLER, mail_template
from services.auth_service.domain.names_in_mails import as_words

if TYPE_CHECKING:
    from jinja2 import Template

_FOLDER = Path(__file__).parent.parent / "templates" / "mails"
_ROLES = {"admin": "an admin", "manager": "a manager", "analyst": "an analyst", "rep": "a sales rep"}
_NOT_ASKED_FOR = "Did you not ask for this? Then ignore this mail: nothing changes."


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mail:
    """The values that the templates of a mail use. A mail without `link` has no button."""

    subject: str
    headline: str
    preheader: str
    footer: str
    email: str
    eyebrow: str = "Branchwise"
    link: str = ""
    button: str = ""
    validity: str = ""
    at: str = ""
    account_email: str = ""
    new_email: str = ""
    tenant: str = ""
    invited_by: str = ""
    role: str = ""
    listed: tuple[str, ...] = ()
    providers: str = ""


def reset_password(email: str, link: str) -> RenderedMail:
    """Render the mail with a link to choose a new password."""
    mail = _Mail(
        subject="Choose a new password",
        headline="Choose a new password",
        preheader="The link works once, within an hour.",
        email=email,
        link=link,
        button="Choose a new password",
        validity="The link works once, within one hour.",
        footer=_NOT_ASKED_FOR + " Your password stays as it is.",
    )
    return _rendered("reset_password", mail)


def verify_email(email: str, link: str) -> RenderedMail:
    """Render the mail with a link that confirms an email address."""
    mail = _Mail(
        subject="Confirm your email address",
        headline="Confirm your email address",
        preheader="The link works once, within a day.",
        email=email,
        link=link,
        button="Confirm this address",
        validity="The link works once, within 24 hours.",
        footer=_NOT_ASKED_FOR,
    )
    return _rendered("verify_email", mail)


def move_account(email: str, link: str, account_email: str) -> RenderedMail:
    """Render the mail with a link that moves the account of `account_email` to this mailbox.

    Its reader may have nothing to do with that account.
    """
    account_email = as_words(account_email)
    mail = _Mail(
        subject="Move an account to this address?",
        headline="Move an account to this address?",
        preheader=f"Somebody asked to move the account {account_email} here.",
        email=email,
        account_email=account_email,
        link=link,
        button="Look at the request",
        validity="The link works once, within 24 hours, and only together with that account's password.",
        footer=f"Is {account_email} not your account, or did you not ask for this? Then ignore this mail: nothing"
        " changes, and nobody gets anything under your address.",
    )
    return _rendered("move_account", mail)


def password_changed(email: str, at: datetime, still_works: Sequence[str]) -> RenderedMail:
    """Render the notice that the password was changed.

    `still_works` lists the API keys and invitations that still give access regardless of the password.
    """
    mail = _Mail(
        subject="Your password was changed",
        headline="Your password was changed",
        preheader="Every device that was signed in has been signed out.",
        email=email,
        at=_format_time(at),
        listed=tuple(still_works),
        footer="You get this mail whenever the password of your account changes.",
    )
    return _rendered("password_changed", mail)


def email_changed(email: str, new_email: str, at: datetime, providers: str) -> RenderedMail:
    """Render the notice to the mailbox that the account has left.

    `providers` are the issuers of the OpenID providers that no longer sign in to the account.
    """
    mail = _Mail(
        subject="Your email address was changed",
        headline="Your email address was changed",
        preheader=f"You sign in with {new_email} now.",
        email=email,
        new_email=new_email,
        at=_format_time(at),
        providers=providers,
        footer="You get this mail because the account was yours under this address.",
    )
    return _rendered("email_changed", mail)


def invitation(email: str, link: str, tenant: str, invited_by: str, role: str, days: int) -> RenderedMail:
    """Render an invitation to a tenant.

    `invited_by` is the name or email address of the person who invites, and `role` that of the membership.
    """
    tenant, invited_by = as_words(tenant), as_words(invited_by)
    mail = _Mail(
        subject=f"{invited_by} invites you to {tenant}",
        headline=f"You are invited to {tenant}",
        preheader=f"{invited_by} invites you to work with {tenant} in Branchwise.",
        email=email,
        link=link,
        button="Accept the invitation",
        validity=f"The link works once, within {days} days.",
        tenant=tenant,
        invited_by=invited_by,
        role=_ROLES.get(role, role),
        footer=f"Do you not know {invited_by}? Then ignore this mail: nobody joins without saying yes.",
    )
    return _rendered("invitation", mail)


def _rendered(name: str, mail: _Mail) -> RenderedMail:
    html, content, layout = _templates(name)
    text = layout.render(mail=mail, content=content.render(mail=mail))
    return RenderedMail(mail.subject, html.render(mail=mail, filler=PREHEADER_FILLER), text)


@lru_cache(maxsize=16)
def _templates(name: str) -> "tuple[Template, Template, Template]":
    """Load the templates of the HTML part, the text part's content and the text part's layout."""
    layout = (_FOLDER / "layout.html").read_text()
    html = layout.replace("<!--CONTENT-->", (_FOLDER / f"{name}.html").read_text())
    plain = Environment(autoescape=False, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)  # noqa: S701 -- the text part
    return (
        mail_template(html, _FOLDER / "mail.css"),
        plain.from_string((_FOLDER / f"{name}.txt").read_text()),
        plain.from_string((_FOLDER / "layout.txt").read_text()),
    )


def _format_time(at: datetime) -> str:
    return f"{at:%B} {at.day}, {at:%Y} at {at:%H:%M} UTC"
