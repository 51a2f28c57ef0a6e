"""Look up columns by name in a file's header, where names may differ only by a currency."""

from collections import defaultdict
from collections.abc import Sequence

from services.data_service.domain.csv_files.presets import currency_in, folded


class HeaderNames:
    """The names of one header; some may differ only by their currency, such as `Cost (VND)` and `Cost (USD)`."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names
        self._places: dict[str, dict[str, list[int]]] = {}
        for at, name in enumerate(names):
            self._places.setdefault(folded(name), defaultdict(list))[currency_in(name)].append(at)

    def __contains__(self, header: str) -> bool:
        return folded(header) in self._places

    def place_of(self, header: str, currency: str, *, is_mapped: bool) -> int | None:
        """Return the index of a header, None if it is missing.

        `currency` is that of the rows, '' if each row has its own. If several names differ only by their currency and
        `header` names one, that name is chosen, else the name without a currency. Otherwise an unmapped header prefers
        `currency` to the name without one; a mapped header prefers the name without one; the last resort is the first
        of them. If each row has its own currency, the name without one holds the original figures, and the others are
        converted.
        """
        by_currency = self._places.get(folded(header), {})
        header_currency = currency_in(header)
        if header_currency:
            wanted = (header_currency, "")
        elif is_mapped:
            wanted = ("", currency, *by_currency)
        else:
            wanted = (currency, "", *by_currency)
        return next((by_currency[code][0] for code in wanted if code in by_currency), None)

    def is_twice(self, place: int) -> bool:
        """Whether the same name occurs at another place, too."""
        name = self._names[place]
        return len(self._places[folded(name)][currency_in(name)]) > 1

    def is_converted_beside(self, place: int) -> bool:
        """Whether the header at a place has no currency, but another column of the same name has one."""
        name = self._names[place]
        return not currency_in(name) and len(self._places[folded(name)]) > 1

    def rivals(self, place: int, mapped: str, currency: str) -> list[str]:
        """Return the names that differ from this one only by a currency if the choice is ambiguous, else none.

        The result includes this name. `mapped` is the header in the mapping, '' if none; `currency` as in `place_of`.
        """
        by_currency = self._places[folded(self._names[place])]
        is_meant = currency_in(self._names[place]) in (currency_in(mapped), currency, "")
        return [] if is_meant or len(by_currency) == 1 else [self._names[places[0]] for places in by_currency.values()]
