import json
from datetime import UTC, date, datetime

import msgspec
import pytest

from services.insights_service.domain.evidence.shapes import Point
from services.insights_service.domain.evidence.written import at, decode_evidence, encode_evidence, evidence_from
from tests.insights_service.told import EVERY_KIND, anomaly

INSIGHT_TYPES = {
    "anomaly": "anomaly",
    "money": "anomaly",
    "level": "trend",
    "scale": "recommendation",
    "pause": "recommendation",
    "unjudged": "recommendation",
    "goal": "trend",
    "budget": "trend",
    "late": "anomaly",
}


@pytest.mark.parametrize("name", EVERY_KIND)
def test_evidence_is_decoded_as_it_was_encoded(name: str):
    evidence = EVERY_KIND[name]
    stored = encode_evidence(evidence)
    assert decode_evidence(stored) == evidence == evidence_from(json.loads(stored))
    assert evidence.insight_type == INSIGHT_TYPES[name]


def test_evidence_of_other_versions_is_decoded():
    stored = json.loads(encode_evidence(anomaly()))
    newer = stored | {"added_later": {"x": 1}}
    newer["segment"][0]["rank"] = 1
    assert decode_evidence(json.dumps(newer)) == anomaly()
    of_before = stored | {"probability": None, "score": 2.5}
    del of_before["return_period_days"]
    assert decode_evidence(json.dumps(of_before)) == anomaly(score=2.5, return_period_days=None)
    untold = evidence_from({"action": "scale", "platform": "meta", "campaign_name": "Spring", "reason": "80 leads."})
    assert (untold.insight_type, untold.metric) == ("recommendation", "cpl")
    old_fields = ("metric", "unit", "grain", "expected", "actual", "direction")
    older = decode_evidence(json.dumps({field: stored[field] for field in old_fields}))
    assert (older.metric, older.series, older.window) == ("leads", [], None)


@pytest.mark.parametrize("stored", [b"{}", b"[]", b"", b'{"kind": "of next year"}', b'{"kind": "anomaly"}'])
def test_invalid_evidence_is_refused(stored: bytes):
    with pytest.raises(msgspec.DecodeError):
        decode_evidence(stored)


def test_nan_is_not_stored():
    point = Point(at="2026-11-22", actual=float("nan"), expected=float("inf"))
    read = decode_evidence(encode_evidence(anomaly(series=[point])))
    assert read.series == [Point(at="2026-11-22")]
    with pytest.raises(ValueError, match="needs what was expected"):
        anomaly(actual=float("nan"))
    with pytest.raises(ValueError, match="zone"):
        at(datetime(2026, 11, 22))  # noqa: DTZ001 -- what is refused


def test_times_are_written_as_iso_8601():
    assert at(date(2026, 11, 22)) == "2026-11-22"
    assert at(datetime(2026, 11, 22, 10, tzinfo=UTC)) == "2026-11-22T10:00:00+00:00"
