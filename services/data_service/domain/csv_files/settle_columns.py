"""Decide the date order and decimal separator of each column from evidence of the whole file."""

from collections.abc import Mapping

import msgspec

from services.data_service.domain.csv_files.currency_names import currencies_in_header
from services.data_service.domain.csv_files.dates import DATE_ORDERS, DateEvidence
from services.data_service.domain.csv_files.header_currency import currency_of_rows
from services.data_service.domain.csv_files.kinds import DATE_FORMS, FILE_KINDS, NUMBER_FORMS
from services.data_service.domain.csv_files.numbers import NumberEvidence
from services.data_service.domain.csv_files.plan import ColumnPlan, FilePlan
from services.data_service.domain.csv_files.presets import presets_of

Evidence = DateEvidence | NumberEvidence


def open_columns(kind: str, plan: FilePlan) -> dict[str, Evidence]:
    """Return empty evidence for each column whose format the file must decide, by our column names."""
    forms = {column.name: column.form for column in FILE_KINDS[kind].columns}
    found: dict[str, Evidence] = {}
    for column in plan.columns:
        form = forms.get(column.name)
        if column.place < 0:
            continue
        if form in DATE_FORMS and not column.dates:
            found[column.name] = DateEvidence(plan.year)
        elif form in NUMBER_FORMS and not column.decimal:
            found[column.name] = NumberEvidence(_currency_of(column, plan) if form == "money" else "")
    return found


def _currency_of(column: ColumnPlan, plan: FilePlan) -> str:
    """Return the currency of a money column, '' if it is not known before its rows are read."""
    currency_column = next((other for other in plan.columns if other.name == "currency"), None)
    if currency := currency_of_rows(currency_column, plan.currency):
        return currency
    in_header = currencies_in_header(column.header)
    return next(iter(in_header)) if in_header is not None and len(in_header) == 1 else ""


def settle_columns(plan: FilePlan, kind: str, evidence: dict[str, Evidence]) -> tuple[FilePlan, str]:
    """Return the plan with the formats that the evidence settles, and a message about undecided ones ('' if none)."""
    forms = {column.name: column.form for column in FILE_KINDS[kind].columns}
    usual_order = next((preset.dates for preset in presets_of(kind) if preset.name == plan.preset), "")
    usual_decimal = _usual_decimal(evidence, forms)
    problems: list[str] = []
    columns: list[ColumnPlan] = []
    for column in plan.columns:
        found = evidence.get(column.name)
        if isinstance(found, DateEvidence):
            order = found.settled(usual_order)
            problems += [] if order else [_undecided_dates(column, found)]
            columns.append(msgspec.structs.replace(column, dates=order))
        elif isinstance(found, NumberEvidence):
            decimal = found.settled(counts=forms[column.name] == "count", others=usual_decimal)
            problems += [] if decimal else [_undecided_decimals(column, found)]
            columns.append(msgspec.structs.replace(column, decimal=decimal))
        else:
            columns.append(column)
    return msgspec.structs.replace(plan, columns=columns), "; ".join(problems)


def _usual_decimal(evidence: dict[str, Evidence], forms: Mapping[str, str]) -> str:
    """Return the decimal separator that the decided columns share; '' if none is decided, or they differ.

    If only amounts in currencies without decimals contain a point or comma, that sign groups thousands.
    """
    numbers = [(forms[name], found) for name, found in evidence.items() if isinstance(found, NumberEvidence)]
    for with_money in (False, True):
        shown = {
            found.settled(counts=form == "count" or (with_money and form == "money" and found.is_whole))
            for form, found in numbers
            if found.has_signs
        } - {""}
        if shown:
            return shown.pop() if len(shown) == 1 else ""
    return ""


def _undecided_dates(column: ColumnPlan, found: DateEvidence) -> str:
    choices = " or ".join(f"dates={order}" for order in DATE_ORDERS if found.fits(order))
    return (
        f"the dates of {column.header!r} ({column.name}), such as {found.example[:30]!r}, can be read with their day,"
        f" month and year in another order, and no other value settles it: import the file again with {choices}"
    )


def _undecided_decimals(column: ColumnPlan, found: NumberEvidence) -> str:
    return (
        f"the numbers of {column.header!r} ({column.name}), such as {found.example[:30]!r}, can be thousands or"
        " decimals, and no other value settles it: import the file again with decimal=point or decimal=comma"
    )
