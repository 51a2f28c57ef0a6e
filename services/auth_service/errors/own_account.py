"""Errors of people's own accounts: passwords, mailed links, pictures."""

from common.problem import Forbidden, NotFound, Problem, Unauthenticated, Unprocessable


class MailDeferred(Exception):
    """The mail server deferred the mail: the job tries again."""


class PasswordGuessable(Unprocessable):
    """A new password that is easy to guess."""

    type = "password-guessable"
    title = "This password is too easy to guess"


class PasswordNotOwn(Unprocessable):
    """The current password is missing or wrong."""

    type = "password-not-own"
    title = "This is not your present password"


class LinkDead(Problem):
    """A mailed link is unknown, used, expired, for another purpose, or a newer one was used."""

    status = 410
    type = "link-dead"
    title = "This link does not work any more"

    def __init__(self) -> None:
        super().__init__("It may have been used, be too old or be cut off. Ask for a new one.")


class ProofMissing(Unauthenticated):
    """A link that would move an account to this mailbox was followed without proof of owning the account."""

    type = "proof-missing"
    title = "Show that the account is yours"

    def __init__(self) -> None:
        super().__init__(
            "This link moves an account to another address. Sign in to that account and send its access token as"
            " Authorization: Bearer, or give its password as current_password."
        )


class NotThisAccount(Forbidden):
    """Signed in to another account than the one that the link would move."""

    type = "not-this-account"
    title = "This link is about another account"

    def __init__(self) -> None:
        super().__init__("It moves the account that it was asked for with. Sign in to that one to confirm.")


class PictureNotFound(NotFound):
    """No picture of this name, or its owner shares no tenant with the caller."""

    type = "picture-not-found"
    title = "No such picture"
