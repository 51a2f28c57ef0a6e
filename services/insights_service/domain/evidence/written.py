"""How evidence is written and read: JSON beside the insight, and places in time in it.

What a reader does not know it passes over: rows of an older and of a newer version can both be read.
"""

import re
from datetime import date, datetime
from typing import Any, Final

import msgspec

from services.insights_service.domain.evidence.shapes import AnyEvidence

_encoder: Final = msgspec.json.Encoder()
_decoder: Final = msgspec.json.Decoder(dict[str, Any])
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


def encode_evidence(evidence: AnyEvidence) -> bytes:
    """As JSON; what is no number (NaN, infinity) as null."""
    return _encoder.encode(evidence)


def decode_evidence(stored: bytes | str) -> AnyEvidence:
    """From JSON, as it was stored by this version or another.

    Raises:
        msgspec.DecodeError: no evidence, or of a kind that only a newer version knows.
    """
    return evidence_from(_decoder.decode(stored))


def evidence_from(stored: dict[str, Any]) -> AnyEvidence:
    """The same of JSON that is already read into dicts and lists; what says no kind is told by what it has.

    Raises:
        msgspec.ValidationError: as above.
    """
    kind = "budget_advice" if "action" in stored else "anomaly"
    return msgspec.convert({"kind": kind, **stored}, AnyEvidence)


def at(moment: datetime | date) -> str:
    """How a place in time is written: `2026-11-22`, `2026-11-22T10:00:00+00:00`.

    Raises:
        ValueError: an instant without a zone.
    """
    if isinstance(moment, datetime) and moment.utcoffset() is None:
        message = "an instant needs its zone"
        raise ValueError(message)
    return moment.isoformat()


def is_day(written: str) -> bool:
    """Whether a place in time is a day."""
    return _DAY.fullmatch(written) is not None
