"""A property's reports, without blocking the loop."""

import asyncio
from collections.abc import Callable, Sequence
from importlib import import_module
from types import TracebackType
from typing import Any, Final, Self, TypeVar

from services.data_service.sources.ga4.report import KnownNames, Page, Report
from services.data_service.sources.vendor_threads import in_vendor_thread

_T = TypeVar("_T")
_VENDOR: Final = "ga4"
_GOOGLE: Final = "services.data_service.sources.ga4.google_client"


class Ga4Client:
    """A property of GA4, open for as long as it is read. Its calls raise a `VendorError`.

    One at a time: Google counts concurrent requests of a property.
    """

    def __init__(self, property_id: str, endpoint: str, credentials: str) -> None:
        self.property_id = property_id
        self._endpoint = endpoint
        self._credentials = credentials
        self._open: Any = None
        self._turn = asyncio.Lock()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await in_vendor_thread(_VENDOR, self._close)

    async def pages(self, wanted: Sequence[tuple[Report, int]]) -> list[Page]:
        """A page of each of up to five reports, from the row that stands beside it."""
        return await self._call(lambda client: client.pages(self.property_id, wanted))

    async def known_names(self) -> KnownNames:
        """What its reports may name."""
        return await self._call(lambda client: client.known_names(self.property_id))

    async def _call(self, ask: Callable[[Any], _T]) -> _T:
        async with self._turn:
            return await in_vendor_thread(_VENDOR, self._ask, ask)

    def _ask(self, ask: Callable[[Any], _T]) -> _T:
        google = import_module(_GOOGLE)
        try:
            return ask(self._opened(google))
        except google.CredentialsRefused:
            # A token that ran out in the middle: once more with a new one; refused again, a person must look.
            self._close()
            return ask(self._opened(google))

    def _opened(self, google: Any) -> Any:
        if self._open is None:
            self._open = google.GoogleClient(self._endpoint, self._credentials)
        return self._open

    def _close(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None
