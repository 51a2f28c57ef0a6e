"""Decide what a presented refresh token may be used for."""

from typing import Literal

GRACE_SECONDS = 10

# exchange: issue a new pair; repeat: answer with the pair that it was exchanged for; reuse: end the session
Verdict = Literal["exchange", "repeat", "reuse"]


def judged(used_seconds_ago: float | None, *, answer_is_kept: bool) -> Verdict:
    """Return what a token of an active session may be used for.

    A client that lost the answer, or sent two requests at once, sends the token again within seconds and gets the same
    answer, which is stored until the new refresh token is used. Any later use means that somebody has a copy of the
    token, and it is unknown which of the two is the legitimate client.
    """
    if used_seconds_ago is None:
        return "exchange"
    return "repeat" if answer_is_kept and used_seconds_ago <= GRACE_SECONDS else "reuse"
