"""Encode evidence as JSON and decode it, and write the times in it.

Unknown fields are ignored and missing ones have defaults, so rows of older and of newer versions can be read.
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
    """Encode evidence as JSON; NaN and infinities become null."""
    return _encoder.encode(evidence)


def decode_evidence(stored: bytes | str) -> AnyEvidence:
    """Decode evidence from JSON, as this version or another stored it.

    Raises:
        msgspec.DecodeError: it is not evidence, or of a kind that only a newer version knows.
    """
    return evidence_from(_decoder.decode(stored))


def evidence_from(stored: dict[str, Any]) -> AnyEvidence:
    """Convert JSON that is already decoded into dicts and lists; without a `kind`, it is inferred from the fields.

    Raises:
        msgspec.ValidationError: as in `decode_evidence`.
    """
    kind = "budget_advice" if "action" in stored else "anomaly"
    return msgspec.convert({"kind": kind, **stored}, AnyEvidence)


def at(moment: datetime | date) -> str:
    """Write a day or an instant as ISO 8601: `2026-11-22`, `2026-11-22T10:00:00+00:00`.

    Raises:
        ValueError: the instant has no time zone.
    """
    if isinstance(moment, datetime) and moment.utcoffset() is None:
        message = "an instant needs its zone"
        raise ValueError(message)
    return moment.isoformat()


def is_day(written: str) -> bool:
    """Return whether a written time is a day."""
    return _DAY.fullmatch(written) is not None
