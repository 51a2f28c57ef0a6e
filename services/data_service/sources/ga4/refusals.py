"""How Google ends a call, and what that means here. Imported with Google's library only."""

import re
from collections.abc import Callable
from typing import Any, Final

from google.api_core import exceptions as api
from google.auth import exceptions as auth
from google.protobuf.json_format import ParseError
from requests.exceptions import Timeout

from common.clock import now
from services.data_service.sources.ga4.windows import next_day, next_hour
from services.data_service.sources.vendor import NeedsAttention, QuotaSpent, VendorAway, VendorError

_UNKNOWN_FIELD: Final = re.compile(r"Field (\S+) is not a valid (dimension|metric)")
_SECONDS_AFTER_CROWDING: Final = 60.0


class CredentialsRefused(NeedsAttention):
    """The token was not taken: it may have run out in the middle, so it is worth one more try with a new one."""


def vendor_error_of(error: Exception) -> VendorError | None:
    """What an exception of Google's library means; None where it is none of theirs."""
    return next((means(error) for kind, means in _MEANINGS if isinstance(error, kind)), None)


def _forbidden(error: api.Forbidden) -> VendorError:
    if "has not been used in project" in error.message or "is disabled" in error.message:
        return NeedsAttention("The Google Analytics Data API is not enabled in the service account's Google project.")
    return NeedsAttention(
        "The service account may not read this property: add its address in GA4 under Property access management"
        " (Viewer), and check the property id."
    )


def _too_many(error: api.TooManyRequests) -> VendorError:
    """Which allowance has run dry stands in the message only."""
    message = error.message.lower()
    if "concurrent" in message:
        return VendorAway("Too many reports of this GA4 property are asked for at once.", _SECONDS_AFTER_CROWDING)
    if "per day" in message:
        return QuotaSpent("GA4's tokens of this property are spent for today (Pacific time).", next_day(now()))
    return QuotaSpent("GA4's tokens of this property are spent for this hour.", next_hour(now()))


def _bad_request(error: api.BadRequest) -> VendorError:
    if unknown := _UNKNOWN_FIELD.search(error.message):
        name, what = unknown.groups()
        how = (
            " Register it in GA4 under Custom definitions, or take it out of custom_dimensions." if ":" in name else ""
        )
        return NeedsAttention(f"GA4 does not know the {what} {name} in this property.{how}")
    said = re.split(r" For a list| To learn more|https?://", error.message)[0].strip()
    return NeedsAttention(f"GA4 does not take the report as it is set up: {said[:300]}")


def _refused(_: Exception) -> VendorError:
    return CredentialsRefused("Google refuses the credentials: store a valid service account key.")


def _no_token(error: auth.RefreshError) -> VendorError:
    if error.retryable:
        return VendorAway("Google's sign-in cannot be reached.")
    return NeedsAttention("Google gives no token for this service account key: it is revoked, or not whole.")


def _late(_: Exception) -> VendorError:
    return VendorAway("GA4 did not answer in time.")


# The classes of HTTP's statuses, which are the bases of gRPC's: both transports fit. The first that fits stands.
_MEANINGS: Final[tuple[tuple[type[Exception], Callable[[Any], VendorError]], ...]] = (
    (api.Unauthorized, _refused),
    # (by REST the library itself fetches a new token first, which these credentials cannot)
    (auth.InvalidOperation, _refused),
    (api.Forbidden, _forbidden),
    (api.NotFound, lambda _: NeedsAttention("Google knows no such property: check the property id.")),
    (api.TooManyRequests, _too_many),
    (api.GatewayTimeout, _late),
    # (of REST)
    (TimeoutError, _late),
    (Timeout, _late),
    (api.BadRequest, _bad_request),
    (auth.RefreshError, _no_token),
    (api.ServiceUnavailable, lambda _: VendorAway("GA4 cannot be reached.")),
    (auth.GoogleAuthError, lambda _: VendorAway("Google's sign-in cannot be reached.")),
    # (of REST: no connection, and an answer that is not their JSON)
    (OSError, lambda _: VendorAway("GA4 cannot be reached.")),
    (ParseError, lambda _: VendorAway("What answers in GA4's place does not speak its language.")),
    (
        api.GoogleAPICallError,
        lambda error: VendorAway(f"GA4 answered with an error of its own ({type(error).__name__})."),
    ),
)
