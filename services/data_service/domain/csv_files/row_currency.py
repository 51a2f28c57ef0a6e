"""Determine the currency of a row's money from signs and codes beside its numbers."""

from collections.abc import Sequence

from services.data_service.domain.csv_files.currency_names import currencies_in_header, shown
from services.data_service.domain.csv_files.header_names import HeaderNames
from services.data_service.domain.csv_files.kinds import FileKind
from services.data_service.domain.csv_files.numbers import currencies_in
from services.data_service.domain.csv_files.plan import FilePlan
from services.data_service.domain.files.rejection import Rejected


class RowCurrency:
    """Checks and completes the currency of the rows of one file."""

    def __init__(self, kind: FileKind, plan: FilePlan) -> None:
        self._kind = kind.name
        self._own = plan.currency
        self._at = kind.staged_columns.index("currency") if kind.has_currency else -1
        money = [column for column in plan.columns if column.name in kind.money]
        self._cells = [(column.name, column.place) for column in money if column.place >= 0]
        values = [(column.name, currencies_in(column.value)) for column in money if column.place < 0]
        own = next((column for column in plan.columns if column.name == "currency"), None)
        # If the file also has a column of converted figures, a row without a currency cannot be assumed to be in the
        # tenant's.
        places = HeaderNames(plan.header)
        self._must_say = (
            own is not None and own.place >= 0 and any(places.is_converted_beside(place) for _, place in self._cells)
        )
        if own is None or own.place >= 0 or not own.value:
            # Otherwise the plan has one currency for every row, from the header or chosen by mapping; a chosen one
            # overrides the header.
            values += [(repr(one.header), currencies_in_header(one.header)) for one in money if one.place >= 0]
        self._always = [(name, found) for name, found in values if found is not None]

    def settle(self, fields: Sequence[str], values: list[str]) -> None:
        """Set the currency in `values` from a record's cells, if the row states no currency otherwise.

        A sign that stands for several currencies means the one that the row's column or the header names, else the
        tenant's.

        Raises:
            Rejected: the cells contradict the row's currency, or their sign stays ambiguous.
        """
        said = self._always.copy()
        for name, place in self._cells:
            found = currencies_in(fields[place])
            if found is not None:
                said.append((name, found))
        if said:
            self._keep(said, values)
        if self._must_say and not values[self._at]:
            reason = "currency is missing: a column beside this row's money has it in another one"
            raise Rejected(reason, "currency")

    def _keep(self, said: list[tuple[str, frozenset[str]]], values: list[str]) -> None:
        names = " and ".join(name for name, _ in said)
        possible = frozenset.intersection(*(found for _, found in said))
        stated = values[self._at] if self._at >= 0 else self._own
        if not possible:
            reason = f"{names} are in different currencies: a row has one"
        elif stated in possible or (not stated and self._own in possible):
            return
        elif self._at < 0:
            reason = f"{names} is in {shown(possible)}, and {self._kind} are kept in the company's currency, {stated}"
        elif stated:
            reason = f"{names} is in {shown(possible)}, and the row's currency is {stated}"
        elif len(possible) == 1:
            (values[self._at],) = possible
            return
        else:
            reason = (
                f"the currency of {names} is not clear, it may be {shown(possible)}: name it in a column, or for every"
                ' row by mapping, such as {"currency": {"value": "USD"}}'
            )
        raise Rejected(reason, "currency")
