"""jsonb travels as text: Postgres' own form goes straight into an answer, and COPY needs no codec."""

from decimal import Decimal
from typing import Any

import msgspec

from common.rounding import EXACT

_encoder = msgspec.json.Encoder(decimal_format="number")


def to_jsonb(value: Any) -> str:
    """A value as the text of a jsonb parameter; Decimals become JSON numbers."""
    return _encoder.encode(value).decode()


def from_jsonb(text: str | None) -> Any:
    """The value of a jsonb column; numbers with a point come as floats."""
    return None if text is None else msgspec.json.decode(text)


def raw_jsonb(text: str | None) -> msgspec.Raw | None:
    """A jsonb column as it is, to be put into an answer without being parsed."""
    return None if text is None else msgspec.Raw(text.encode())


def number(value: Decimal | float | None) -> Decimal | int | None:
    """Money and quantities as a JSON number without needless zeros."""
    if value is None:
        return None
    exact = Decimal(str(value)) if isinstance(value, float) else Decimal(value)
    whole = exact.to_integral_value()
    return int(whole) if whole == exact else exact.normalize(EXACT)
