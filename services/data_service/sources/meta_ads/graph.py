"""facebook-business, as one source uses it: its own session, never the library's default one, so that tenants run side
by side. Imported only when a source is read: its classes take memory.

The library puts the access token into the query of every request, so no exception of `requests` gets out of here: it
would tell the URL.
"""

import re
from typing import Any, NamedTuple

import requests
from facebook_business.adobjects.adaccount import AdAccount
from facebook_business.adobjects.adreportrun import AdReportRun
from facebook_business.adobjects.adsinsights import AdsInsights
from facebook_business.api import Cursor, FacebookAdsApi, FacebookResponse
from facebook_business.exceptions import FacebookRequestError
from facebook_business.session import FacebookSession

from services.data_service.sources.cut_off import CutOff
from services.data_service.sources.meta_ads.allowance import Allowance
from services.data_service.sources.meta_ads.refusals import Refusal, error_of
from services.data_service.sources.vendor import VendorAway

__all__ = ["AdAccount", "AdReportRun", "AdsInsights", "Edge", "GraphApi", "Page"]

# Seconds to connect, and between two packets of an answer; and of a whole call.
TIMEOUTS = (5.0, 60.0)
SECONDS = 180.0
_BROKEN = "Meta's answer was not what its documentation says"


class Page(NamedTuple):
    """Rows as Meta wrote them, and the cursor of what follows; None: nothing does."""

    rows: list[dict[str, Any]]
    after: str | None


class _Session(FacebookSession):
    """The library's session at another address: its own is a constant of the class."""

    def __init__(self, graph_url: str, token: str) -> None:
        super().__init__(access_token=token, timeout=TIMEOUTS)
        setattr(self, "GRAPH", graph_url.rstrip("/"))  # noqa: B010 -- typed as the one address


class GraphApi(FacebookAdsApi):
    """One token's way to the Graph API. Every failure is a `VendorError`."""

    def __init__(self, graph_url: str, token: str) -> None:
        session = _Session(graph_url, token)
        session.requests.hooks["response"].append(self._hear)
        # Nobody else is told the token.
        session.requests.max_redirects = 0
        self._cut_off = CutOff()
        for scheme in ("https://", "http://"):
            session.requests.mount(scheme, self._cut_off)
        super().__init__(session)
        self.allowance = Allowance()

    def close(self) -> None:
        """Let go of the connections."""
        self._session.requests.close()

    def call(self, method: str, path: Any, *given: Any, **named: Any) -> FacebookResponse:
        """One request.

        Raises:
            VendorError: what went wrong, without a word of the request.
        """
        self.allowance.check()
        try:
            with self._cut_off.after(SECONDS):
                answer = super().call(method, path, *given, **named)
        except FacebookRequestError as refused:
            raise error_of(_refusal(refused)) from None
        except (requests.exceptions.Timeout, TimeoutError):
            raise VendorAway("Meta did not answer in time") from None
        except requests.exceptions.RequestException:
            raise VendorAway("Meta could not be reached, or broke off its answer") from None
        except (AttributeError, KeyError, TypeError, ValueError):
            # The library takes any JSON for an answer and any `error` for an object.
            raise VendorAway(_BROKEN) from None
        if not isinstance(answer.json(), dict) or answer.status() != requests.codes.ok:
            raise VendorAway(_BROKEN)
        return answer

    def _hear(self, response: requests.Response, **_: Any) -> None:
        """Look at an answer before the library does, which takes a web page for a success."""
        self.allowance.hear(response.headers)
        if not re.match(rb"\s*\{", response.content):
            wait = response.headers.get("Retry-After", "")
            reason = f"Meta answered with something that is no data (HTTP {response.status_code})"
            raise VendorAway(reason, float(wait) if wait.isdecimal() else None)


class Edge(Cursor):
    """A list of the account, page by page. Rows stay plain: the library's objects cost more than storing the rows."""

    def next_page(self) -> Page | None:
        """The next page, which may be empty; None after the last.

        Raises:
            VendorError: no page could be read.
        """
        if self._finished_iteration:
            return None
        before = self.params.get("after")
        # (its result only says whether the page has rows: an empty one in the middle would end the library's loop)
        self.load_next_page()
        after: str | None = None if self._finished_iteration else self.params["after"]
        if after is not None and after == before:
            raise VendorAway("Meta's pages lead back to themselves")
        return Page(self._queue, after)

    def build_objects_from_response(self, response: dict[str, Any]) -> list[dict[str, Any]]:
        """The page's rows.

        Raises:
            VendorAway: there are none, or more are said to follow and not where.
        """
        rows, paging = response.get("data"), response.get("paging", {})
        has_more = isinstance(paging, dict) and "next" in paging
        if not isinstance(rows, list) or (has_more and self._finished_iteration):
            raise VendorAway(_BROKEN)
        return rows


def _refusal(refused: FacebookRequestError) -> Refusal:
    return Refusal(
        refused.http_status() or 0,
        refused.api_error_code() or 0,
        refused.api_error_subcode() or 0,
        refused.api_error_message() or "",
        refused.http_headers() or {},
    )
