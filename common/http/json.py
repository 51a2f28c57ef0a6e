"""JSON responses encoded by msgspec, with Decimals as numbers and UTC times with a `Z`."""

from typing import Any

import msgspec
from starlette.responses import Response

_encoder = msgspec.json.Encoder(decimal_format="number")


class JsonAnswer(Response):
    """A JSON response of plain values, structs, Decimals, UUIDs, dates and aware datetimes."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """Encode the content."""
        return _encoder.encode(content)
