"""The names in a file's header, and which of them is meant."""

from collections import defaultdict
from collections.abc import Sequence

from services.data_service.domain.csv_files.presets import currency_in, folded


class HeaderNames:
    """The names of one header, which may differ by their currency only, `Cost (VND)` beside `Cost (USD)`."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names
        self._places: dict[str, dict[str, list[int]]] = {}
        for at, name in enumerate(names):
            self._places.setdefault(folded(name), defaultdict(list))[currency_in(name)].append(at)

    def __contains__(self, header: str) -> bool:
        return folded(header) in self._places

    def place_of(self, header: str, currency: str, *, is_mapped: bool) -> int | None:
        """Where a header stands; None where it does not.

        Of those that differ by their currency the one that is mapped by its whole name, else that in `currency`, which
        the rows are in, else that which names none, is meant. Where each row says its own ('') the one that names none
        has its figures: the others are converted.
        """
        by_currency = self._places.get(folded(header), {})
        said = currency_in(header)
        if said:
            wanted = (said, "")
        elif is_mapped:
            wanted = ("", currency, *by_currency)
        else:
            wanted = (currency, "", *by_currency)
        return next((by_currency[one][0] for one in wanted if one in by_currency), None)

    def is_twice(self, place: int) -> bool:
        """Whether the same name stands at another place too."""
        name = self._names[place]
        return len(self._places[folded(name)][currency_in(name)]) > 1

    def is_converted_beside(self, place: int) -> bool:
        """Whether the name at a place names no currency and another one, the same else, does."""
        name = self._names[place]
        return not currency_in(name) and len(self._places[folded(name)]) > 1

    def rivals(self, place: int, mapped: str, currency: str) -> list[str]:
        """The names, of which this is one, that differ by a currency, where nothing says which of them is meant.

        `mapped` is the header that was chosen, '' where none was, `currency` as in `place_of`.
        """
        by_currency = self._places[folded(self._names[place])]
        is_meant = currency_in(self._names[place]) in (currency_in(mapped), currency, "")
        return [] if is_meant or len(by_currency) == 1 else [self._names[places[0]] for places in by_currency.values()]
