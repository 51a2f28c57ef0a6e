"""Derive the currency of a file's rows from its header."""

from collections.abc import Sequence

import msgspec

from services.data_service.domain.csv_files.currency_names import currencies_in_header, shown
from services.data_service.domain.csv_files.kinds import FileKind
from services.data_service.domain.csv_files.plan import ColumnPlan
from services.data_service.domain.files.rejection import Rejected


def currency_of_rows(currency_column: ColumnPlan | None, currency: str) -> str:
    """Return the currency of all rows; '' if each row has its own.

    `own` is the plan's currency column. Without one, rows are in `currency`, the tenant's.
    """
    if currency_column is None:
        return currency
    return "" if currency_column.place >= 0 else currency_column.value.strip().upper()


def with_currency(columns: Sequence[ColumnPlan], kind: FileKind, currency: str) -> list[ColumnPlan]:
    """Return the columns, with the currency named by money headers as the default of the currency column.

    `currency` is the tenant's.

    Raises:
        Rejected: two headers name different currencies; a header's sign stands for several and rows have no currency;
            or this kind of file has no currency column and the named currency is not the tenant's.
    """
    money = [column.header for column in columns if column.name in kind.money and column.place >= 0]
    named = {header: found for header in money if (found := currencies_in_header(header)) is not None}
    if not named:
        return list(columns)
    possible = frozenset.intersection(*named.values())
    names = " and ".join(map(repr, named))
    currency_column = next((column for column in columns if column.name == "currency"), ColumnPlan("currency", -1))
    reason = ""
    if not possible:
        reason = f"{names} is in different currencies: a row has one"
    elif not kind.has_currency and currency not in possible:
        reason = f"{names} is in {shown(possible)}, and {kind.name} are kept in the company's currency, {currency}"
    elif (
        kind.has_currency
        and len(possible) > 1
        and currency not in possible
        and currency_column.place < 0
        and not currency_column.value
    ):
        reason = (
            f"the currency of {names} is not clear, it may be {shown(possible)}: name it for every row by mapping,"
            ' such as {"currency": {"value": "USD"}}'
        )
    if reason:
        raise Rejected(reason, "currency")
    if not kind.has_currency or len(possible) > 1:
        return list(columns)
    (code,) = possible
    others = [column for column in columns if column is not currency_column]
    return [*others, msgspec.structs.replace(currency_column, value=currency_column.value or code)]
