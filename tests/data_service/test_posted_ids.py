"""A posted event without an id is known by all that it says, however its JSON was written."""

import hashlib
import json
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from services.data_service.domain.events.location_rule import read_rule
from services.data_service.domain.events.posted_events import events_of, read_posted
from tests.data_service.export_rows import NOON

numbers = st.integers(-(2**62), 2**62) | st.floats(allow_nan=False, allow_infinity=False)
texts = st.text(st.characters(exclude_characters="\0", codec="utf-8"))


@given(params=st.dictionaries(texts, numbers | texts, max_size=4), escaped=st.booleans(), spaced=st.booleans())
@example(params={"score": 1e16}, escaped=True, spaced=False)
@example(params={"score": 1e-5}, escaped=True, spaced=True)
@example(params={"shop": "\x7f"}, escaped=True, spaced=True)
@example(params={"shop": "søk"}, escaped=False, spaced=True)
def test_the_writing_of_a_body_does_not_change_who_its_events_are(
    params: dict[str, Any], *, escaped: bool, spaced: bool
) -> None:
    event = {"event_name": "scroll", "event_timestamp": NOON, "user_id": None, "params": params}
    separators = (", ", ": ") if spaced else (",", ":")
    body = json.dumps({"events": [event]}, ensure_ascii=escaped, separators=separators)

    read, _ = events_of(read_posted(body.encode()), read_rule(None))

    said = {"event_name": "scroll", "event_timestamp": NOON, "params": params}
    canonical = json.dumps(said, sort_keys=True, separators=(",", ":"))
    assert [one.event_id for one in read] == [hashlib.sha256(canonical.encode()).digest()[:16].hex()]


def test_a_posted_refund_keeps_the_transaction_that_it_is_of() -> None:
    event = {"event_name": "refund", "event_timestamp": NOON, "transaction_id": "T1", "value": 5}
    read, _ = events_of(read_posted(json.dumps({"events": [event]}).encode()), read_rule(None))
    assert [(one.subject, one.value, json.loads(one.extra)) for one in read] == [
        ("refund", "5", {"params": {"transaction_id": "T1"}})
    ]
