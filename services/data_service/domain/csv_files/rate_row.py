"""What a row of exchange rates must be, beyond the forms of its cells."""

from collections.abc import Sequence
from typing import Final

import msgspec

from services.data_service.domain.csv_files.kinds import FILE_KINDS, FX_RATES
from services.data_service.domain.csv_files.plan import ColumnPlan
from services.data_service.domain.files.rejection import Rejected

_COLUMNS: Final = FILE_KINDS[FX_RATES].staged_columns
_BASE_AT, _CURRENCY_AT = _COLUMNS.index("base"), _COLUMNS.index("currency")


def with_base(columns: Sequence[ColumnPlan], own: str) -> list[ColumnPlan]:
    """The columns of a file of rates; where a row says no base, it is the tenant's currency, `own`."""
    base = next((column for column in columns if column.name == "base"), ColumnPlan("base", -1))
    others = [column for column in columns if column is not base]
    return [*others, msgspec.structs.replace(base, value=base.value or own)]


class RateRow:
    """Judges the rows of one file. `own` is the tenant's currency, in which its money is reckoned."""

    def __init__(self, own: str) -> None:
        self._own = own

    def judge(self, values: Sequence[str]) -> None:
        """Refuse a row that no money would be converted with.

        Raises:
            Rejected: its rate is in another currency than the tenant's, or is that of the tenant's currency itself.
        """
        base = values[_BASE_AT]
        if base != self._own:
            reason = f"base is {base}, and rates say what a currency is worth in the company's own, {self._own}"
            raise Rejected(reason, "base")
        if values[_CURRENCY_AT] == self._own:
            reason = f"currency is {self._own}, the company's own: it has no rate"
            raise Rejected(reason, "currency")
