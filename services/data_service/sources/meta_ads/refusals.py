"""What Meta's error codes mean for who keeps the source, in plain words.

"Handle Errors" (developers.facebook.com/docs/graph-api/guides/error-handling), "Error Codes"
(developers.facebook.com/docs/marketing-api/error-reference), "Rate Limits"
(developers.facebook.com/docs/graph-api/overview/rate-limiting).
"""

from collections.abc import Mapping
from typing import NamedTuple

from common.clock import now
from services.data_service.sources.meta_ads.allowance import wait_told
from services.data_service.sources.vendor import NeedsAttention, QuotaSpent, VendorAway, VendorError

_LIMITS = {4: "this app", 17: "this user", 32: "this page", 613: "this ad account"}
_BUSINESS_LIMITS = range(80000, 80015)
_TOKEN = (102, 190, 459, 464, 467)
_TOKEN_IS = {
    458: "the app was removed by the person who made it",
    459: "the person who made it must sign in to Facebook again",
    460: "the password of the person who made it was changed",
    463: "it has expired",
    464: "the account of the person who made it is not confirmed",
    467: "it was withdrawn",
}
_PERMISSIONS = (3, 10, *range(200, 300))
_BAD_PARAMETER, _NOT_THERE, _TOO_MUCH = 100, 33, 1487534
_TOO_MUCH_WORDS = "reduce the amount of data"
_BLOCKED = 368


class TooMuchData(VendorAway):
    """The question covers more than Meta hands out at once: ask for fewer days, or for shorter pages."""

    def __init__(self) -> None:
        super().__init__("Meta finds even the smallest question about this ad account too much at once")


class NotThere(NeedsAttention):
    """An object that does not exist, or that the token may not see."""


class Refusal(NamedTuple):
    """An error body and what came with it."""

    status: int
    code: int
    subcode: int
    message: str
    headers: Mapping[str, str]


def error_of(refusal: Refusal) -> VendorError:
    """What a refusal is for us. Meta's own words are left out: they may repeat the token."""
    code, subcode = refusal.code, refusal.subcode
    if (code, subcode) == (_BAD_PARAMETER, _TOO_MUCH) or _TOO_MUCH_WORDS in refusal.message.lower():
        return TooMuchData()
    if code in _LIMITS or code in _BUSINESS_LIMITS:
        of = _LIMITS.get(code, "this ad account")
        until = now() + wait_told(refusal.headers)
        return QuotaSpent(f"Meta's limit of calls for {of} is reached (code {code})", until)
    refused = _for_a_person(code, subcode)
    return refused or VendorAway(f"Meta did not answer but with an error (HTTP {refusal.status}, code {code})")


def _for_a_person(code: int, subcode: int) -> NeedsAttention | None:
    """What nobody but who keeps the source can put right, and how; None: the code means something else."""
    if code in _TOKEN:
        why = _TOKEN_IS.get(subcode, "it is not valid")
        return NeedsAttention(f"Meta no longer takes the access token: {why}. Make a new one and enter it here.")
    if (code, subcode) == (_BAD_PARAMETER, _NOT_THERE):
        return NotThere(
            "Meta knows no such ad account, or the access token may not see it. Check the account's number, and give"
            " the token's user access to it."
        )
    if code in _PERMISSIONS:
        return NeedsAttention(
            f"The access token may not read this ad account (code {code}). Give it the permission ads_read, and its"
            " user access to the account."
        )
    if code == _BLOCKED:
        return NeedsAttention("Meta has blocked the token's user for a while. See Meta's Account Quality page.")
    return None
