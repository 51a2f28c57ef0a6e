"""Refresh tokens: what one is good for when it comes back."""

from typing import Literal

GRACE_SECONDS = 10

# exchange: for a new pair; repeat: the pair it was exchanged for; reuse: the session is over
Verdict = Literal["exchange", "repeat", "reuse"]


def judged(used_seconds_ago: float | None, *, answer_is_kept: bool) -> Verdict:
    """What a token is good for, whose session stands.

    A client whose answer got lost, or that asked twice at once, asks again within seconds and gets the same answer;
    it is kept until its successor is used. Anything later is a copy in somebody else's hands: of the two who then
    hold tokens of this session nobody knows which is which.
    """
    if used_seconds_ago is None:
        return "exchange"
    return "repeat" if answer_is_kept and used_seconds_ago <= GRACE_SECONDS else "reuse"
