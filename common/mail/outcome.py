"""How handing over a message ended, as far as anybody can know."""

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["sent", "written", "refused", "deferred", "unknown"]


class ServerAway(Exception):
    """The mail server cannot be reached or does not let us in: no message can be sent for now."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The verdict and the words for it: the server's answer, the file's place, or what went wrong.

    `refused` for good and `deferred` for now: the message was certainly not taken. `unknown`: the connection was
    lost after the message had been handed over and before the answer, or the answer told nothing.
    """

    verdict: Verdict
    detail: str
