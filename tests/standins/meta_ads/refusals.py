"""The Graph API's error bodies, each with the page that documents it.

Shape and codes 1, 2, 4, 10, 17, 190, 200: Graph API, "Handle Errors",
developers.facebook.com/docs/graph-api/guides/error-handling. Rate limits and 80004: "Rate Limits",
developers.facebook.com/docs/graph-api/overview/rate-limiting. 613 and 3018: Marketing API, "Error Codes",
developers.facebook.com/docs/marketing-api/error-reference. 100 with 1487534: "Insights API Limits and Best Practices",
developers.facebook.com/docs/marketing-api/insights/best-practices.
"""

import json
from typing import Any, NamedTuple


class Refusal(NamedTuple):
    """An HTTP status and what stands in `error`."""

    status: int
    error: dict[str, Any]
    headers: dict[str, str] = {}  # noqa: RUF012 -- an entry's default; nobody writes to it


def _refusal(status: int, code: int, message: str, subcode: int | None = None, **more: Any) -> Refusal:
    error: dict[str, Any] = {"message": message, "type": "OAuthException", "code": code, **more}
    if subcode is not None:
        error["error_subcode"] = subcode
    return Refusal(status, {**error, "fbtrace_id": "AtraceOfTheStandIn"})


def usage_of_business(minutes: int, percent: int = 100, kind: str = "ads_insights") -> str:
    """A value of X-Business-Use-Case-Usage ("Rate Limits", section on business use cases)."""
    entry = {
        "type": kind,
        "call_count": percent,
        "total_cputime": 20,
        "total_time": 25,
        "estimated_time_to_regain_access": minutes,
        "ads_api_access_tier": "standard_access",
    }
    return json.dumps({"66782684": [entry]})


_REGAIN = {"X-Business-Use-Case-Usage": usage_of_business(19, kind="ads_management")}
TOO_MUCH = "Please reduce the amount of data you're asking for, then retry your request"

REFUSALS = {
    "unknown_error": _refusal(500, 1, "An unknown error occurred", is_transient=True),
    "service_down": _refusal(500, 2, "Service temporarily unavailable", is_transient=True),
    "app_limit": _refusal(403, 4, "(#4) Application request limit reached", 1504022, is_transient=True),
    "no_permission": _refusal(403, 10, "(#10) Application does not have permission for this action"),
    "user_limit": _refusal(400, 17, "(#17) User request limit reached", 2446079, is_transient=True),
    "bad_parameter": _refusal(400, 100, "(#100) Invalid parameter"),
    "no_object": _refusal(
        400, 100, "Unsupported get request. Object with ID 'act_1' does not exist or cannot be loaded", 33
    ),
    "too_much_data": _refusal(400, 100, TOO_MUCH, 1487534),
    "too_much_for_a_page": _refusal(500, 1, TOO_MUCH),
    "expired_token": _refusal(401, 190, "Error validating access token: Session has expired", 463),
    "malformed_token": _refusal(400, 190, "Malformed access token {token}"),
    "no_ads_permission": _refusal(
        403, 200, "(#200) Ad account owner has NOT grant ads_management or ads_read permission"
    ),
    "account_limit": _refusal(400, 613, "(#613) Calls to this api have exceeded the rate limit.", 1487742),
    "too_old": _refusal(
        400, 3018, "(#3018) The start date of the time range cannot be beyond 37 months from the current date"
    ),
    "business_limit": _refusal(
        400, 80004, "(#80004) There have been too many calls to this ad-account.", 2446079
    )._replace(headers=_REGAIN),
}
