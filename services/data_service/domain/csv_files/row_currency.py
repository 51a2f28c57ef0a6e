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
        self._tenant_currency = plan.currency
        self._currency_index = kind.staged_columns.index("currency") if kind.has_currency else -1
        money = [column for column in plan.columns if column.name in kind.money]
        self._cells = [(column.name, column.place) for column in money if column.place >= 0]
        values = [(column.name, currencies_in(column.value)) for column in money if column.place < 0]
        currency_column = next((column for column in plan.columns if column.name == "currency"), None)
        # If the file also has a column of converted figures, a row without a currency cannot be assumed to be in the
        # tenant's.
        places = HeaderNames(plan.header)
        self._is_required = (
            currency_column is not None
            and currency_column.place >= 0
            and any(places.is_converted_beside(place) for _, place in self._cells)
        )
        if currency_column is None or currency_column.place >= 0 or not currency_column.value:
            # Otherwise the plan has one currency for every row, from the header or chosen by mapping; a chosen one
            # overrides the header.
            values += [
                (repr(money_column.header), currencies_in_header(money_column.header))
                for money_column in money
                if money_column.place >= 0
            ]
        self._constant_findings = [(name, found) for name, found in values if found is not None]

    def settle(self, fields: Sequence[str], values: list[str]) -> None:
        """Set the currency in `values` from a record's cells, if the row states no currency otherwise.

        A sign that stands for several currencies means the one that the row's column or the header names, else the
        tenant's.

        Raises:
            Rejected: the cells contradict the row's currency, or their sign stays ambiguous.
        """
        findings = self._constant_findings.copy()
        for name, place in self._cells:
            found = currencies_in(fields[place])
            if found is not None:
                findings.append((name, found))
        if findings:
            self._apply(findings, values)
        if self._is_required and not values[self._currency_index]:
            reason = "currency is missing: a column beside this row's money has it in another one"
            raise Rejected(reason, "currency")

    def _apply(self, findings: list[tuple[str, frozenset[str]]], values: list[str]) -> None:
        names = " and ".join(name for name, _ in findings)
        possible = frozenset.intersection(*(found for _, found in findings))
        stated = values[self._currency_index] if self._currency_index >= 0 else self._tenant_currency
        if not possible:
            reason = f"{names} are in different currencies: a row has one"
        elif stated in possible or (not stated and self._tenant_currency in possible):
            return
        elif self._currency_index < 0:
            reason = f"{names} is in {shown(possible)}, and {self._kind} are kept in the company's currency, {stated}"
        elif stated:
            reason = f"{names} is in {shown(possible)}, and the row's currency is {stated}"
        elif len(possible) == 1:
            (values[self._currency_index],) = possible
            return
        else:
            reason = (
                f"the currency of {names} is not clear, it may be {shown(possible)}: name it in a column, or for every"
                ' row by mapping, such as {"currency": {"value": "USD"}}'
            )
        raise Rejected(reason, "currency")
