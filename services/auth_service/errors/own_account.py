"""What can be wrong where people see to their own account: passwords, mailed links, pictures."""

from common.problem import Forbidden, NotFound, Problem, Unauthenticated, Unprocessable


class MailDeferred(Exception):
    """The mail server does not take the mail for now: the job tries again."""


class PasswordGuessable(Unprocessable):
    """A new password that somebody would guess."""

    type = "password-guessable"
    title = "This password is too easy to guess"


class PasswordNotOwn(Unprocessable):
    """Who asks for a change did not give the account's present password."""

    type = "password-not-own"
    title = "This is not your present password"


class LinkDead(Problem):
    """The link of a mail is not known, was used, is too old, was for something else, or a newer one was used."""

    status = 410
    type = "link-dead"
    title = "This link does not work any more"

    def __init__(self) -> None:
        super().__init__("It may have been used, be too old or be cut off. Ask for a new one.")


class ProofMissing(Unauthenticated):
    """Who reads a mailbox follows a link that would move somebody's account there, and shows nothing of being them."""

    type = "proof-missing"
    title = "Show that the account is yours"

    def __init__(self) -> None:
        super().__init__(
            "This link moves an account to another address. Sign in to that account and send its access token as"
            " Authorization: Bearer, or give its password as current_password."
        )


class NotThisAccount(Forbidden):
    """Signed in, but to another account than the link would move."""

    type = "not-this-account"
    title = "This link is about another account"

    def __init__(self) -> None:
        super().__init__("It moves the account that it was asked for with. Sign in to that one to confirm.")


class PictureNotFound(NotFound):
    """No picture of this name, or none of somebody who shares a tenant with the caller."""

    type = "picture-not-found"
    title = "No such picture"
