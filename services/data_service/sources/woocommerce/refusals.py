"""What a shop's answer means that is not what was asked for, in words for the person who keeps it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

import httpx
import msgspec

from common.clock import now
from common.outbound.guard import HostRefused
from common.outbound.url import UrlRefused
from services.data_service.sources.vendor import NeedsAttention, VendorAway, VendorError

_MOST_CHARACTERS: Final = 200
# Seconds, where a server that asks for fewer calls does not say how long.
_PAUSE: Final = 60.0
_WEB_PAGE: Final = "the shop answered a web page, not its API: is the address right, are permalinks on?"
_REFUSED: Final = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
# How the codes of WooCommerce's own errors begin; WordPress's, a plugin's or a firewall's are others.
_OWN_CODES: Final = "woocommerce_"


class _ErrorBody(msgspec.Struct):
    """What is read of an error; whatever else it holds is passed over, not built."""

    code: str | int
    message: str


def of_transport(error: httpx.HTTPError | httpx.InvalidURL) -> VendorError:
    """What it means that no answer came: a name may lead inside for a moment, a URL stays what it is."""
    for cause in _causes(error):
        if isinstance(cause, HostRefused | UrlRefused):
            kind = VendorAway if isinstance(cause, HostRefused) else NeedsAttention
            return kind(f"the shop's address is not connected to: {cause}")
    if isinstance(error, httpx.InvalidURL):
        return NeedsAttention("the shop's address is not a URL")
    if isinstance(error, httpx.TimeoutException):
        return VendorAway("the shop did not answer in time")
    if isinstance(error, httpx.ConnectError):
        return VendorAway(f"the shop cannot be reached: {_short(str(error))}")
    return VendorAway("the shop's answer broke off")


def of_answer(answer: httpx.Response, body: bytes) -> VendorError | None:
    """What an answer means that is an error, or not JSON; None where it is neither.

    Only WooCommerce itself refuses a key. A web page, a redirect or an API that is not there may be a firewall's or an
    update's of one moment: what stays is told by the schedule, which calls the source degraded.
    """
    if answer.is_redirect:
        where = _place_of(answer.headers.get("location", ""))
        return VendorAway(f"the shop sends on to {where}: if that stays so, connect it at that address")
    if answer.status_code == HTTPStatus.TOO_MANY_REQUESTS:
        told = _retry_after(answer)
        return VendorAway("the shop asks for fewer calls (429)", _PAUSE if told is None else told)
    if not _is_json(answer):
        return _of_page(answer)
    return None if answer.is_success else _of_error(answer, body)


def of_shape(what: str) -> VendorError:
    """An answer that is JSON, but not what the documentation says."""
    return VendorAway(f"the shop's answer is not what WooCommerce documents: {what}")


def _place_of(location: str) -> str:
    """Where a redirect leads, without what its path and sign-in may tell."""
    try:
        place = urlsplit(location)
    except ValueError:
        return "an address that is none"
    return _short(f"{place.scheme}://{place.netloc.rpartition('@')[2]}") if place.netloc else "another page of its own"


def _of_error(answer: httpx.Response, body: bytes) -> VendorError:
    """Errors in their documented form: https://woocommerce.github.io/woocommerce-rest-api-docs/#errors."""
    status = answer.status_code
    code, message = _code_and_message(body)
    told = f"{_short(message)} ({_short(code) or status})"
    if status in _REFUSED and code.startswith(_OWN_CODES):
        return NeedsAttention(f"the shop refuses the key, or it may not read: {told}")
    if status == HTTPStatus.NOT_FOUND and code == "rest_no_route":
        return VendorAway("the shop has no WooCommerce API (v3) there: is WooCommerce active at this address?")
    if status == HTTPStatus.BAD_REQUEST and code == "rest_invalid_param":
        return NeedsAttention(f"the shop does not know what it is asked for, WooCommerce 5.8 does: {told}")
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return VendorAway(f"the shop has an error of its own: {told}", _retry_after(answer))
    return VendorAway(f"the shop refuses the call: {told}")


def _of_page(answer: httpx.Response) -> VendorError:
    status = answer.status_code
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        return VendorAway("the shop is closed for maintenance (503, a web page)", _retry_after(answer))
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return VendorAway(f"the shop has an error of its own ({status}, a web page)", _retry_after(answer))
    return VendorAway(_WEB_PAGE if answer.is_success else f"{_WEB_PAGE} ({status})")


def _is_json(answer: httpx.Response) -> bool:
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))


def _code_and_message(body: bytes) -> tuple[str, str]:
    try:
        told = msgspec.json.decode(body, type=_ErrorBody)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return "", "an error without its form"
    return str(told.code), told.message


def _retry_after(answer: httpx.Response) -> float | None:
    """Seconds, from a number of them or a date; how many are believed is VendorAway's."""
    text = answer.headers.get("retry-after", "").strip()
    if text.isdecimal():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return (moment.replace(tzinfo=moment.tzinfo or UTC) - now()).total_seconds()


def time_told(answer: httpx.Response) -> datetime | None:
    """The shop's clock, by the answer's `Date`."""
    try:
        return parsedate_to_datetime(answer.headers.get("date", "")).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__


def _short(text: str) -> str:
    plain = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return plain[:_MOST_CHARACTERS]
