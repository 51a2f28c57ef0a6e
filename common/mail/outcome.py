"""The outcome of handing a message to a mail server, as far as it can be known."""

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["sent", "written", "refused", "deferred", "unknown"]


class ServerAway(Exception):
    """The mail server cannot be reached or refuses the login: no message can be sent for now."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The verdict, with details: the server's answer, the path of the file, or the error.

    `refused` (permanent) and `deferred` (temporary) mean that the message was certainly not accepted. `unknown` means
    that the connection was lost after the message was handed over and before the answer, or that the answer was
    meaningless.
    """

    verdict: Verdict
    detail: str
