"""Validate rows of exchange rates beyond the form of their cells."""

from collections.abc import Sequence
from typing import Final

import msgspec

from services.data_service.domain.csv_files.kinds import FILE_KINDS, FX_RATES
from services.data_service.domain.csv_files.plan import ColumnPlan
from services.data_service.domain.files.rejection import Rejected

_COLUMNS: Final = FILE_KINDS[FX_RATES].staged_columns
_BASE_AT, _CURRENCY_AT = _COLUMNS.index("base"), _COLUMNS.index("currency")


def with_base(columns: Sequence[ColumnPlan], own: str) -> list[ColumnPlan]:
    """Return the columns of a rates file, with the tenant's currency (`own`) as the default base."""
    base = next((column for column in columns if column.name == "base"), ColumnPlan("base", -1))
    others = [column for column in columns if column is not base]
    return [*others, msgspec.structs.replace(base, value=base.value or own)]


class RateRow:
    """Validates the rows of one file. `own` is the tenant's currency, to which money is converted."""

    def __init__(self, own: str) -> None:
        self._own = own

    def judge(self, values: Sequence[str]) -> None:
        """Refuse a rate that could never be used for a conversion.

        Raises:
            Rejected: the base is not the tenant's currency, or the rate is for the tenant's currency itself.
        """
        base = values[_BASE_AT]
        if base != self._own:
            reason = f"base is {base}, and rates say what a currency is worth in the company's own, {self._own}"
            raise Rejected(reason, "base")
        if values[_CURRENCY_AT] == self._own:
            reason = f"currency is {self._own}, the company's own: it has no rate"
            raise Rejected(reason, "currency")
