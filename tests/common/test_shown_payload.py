import json

from common.events.shown_payload import shown_payload


def test_a_short_payload_is_shown_as_it_is():
    payload = {"batch_id": "b1", "counts": {"purchase": 3}, "keys": [["d", None, 1, 2]], "ok": True}
    assert shown_payload(payload) == payload


def test_what_may_be_a_secret_is_not_shown_wherever_it_stands():
    payload = {"config": [{"password": "p1", "API-Key": "k", "apiKey": "p2", "access_token": ["p3"]}], "user": "u"}
    shown = json.dumps(shown_payload(payload))
    assert "u" in shown
    assert [secret for secret in ("p1", "p2", "p3") if secret in shown] == []


def test_whatever_comes_the_answer_stays_small():
    wide = {f"name {number}": [["x" * 5000] * 1000] * 1000 for number in range(1000)}
    deep: list[object] = []
    for _ in range(900):
        deep = [deep, deep]
    for payload in (wide, deep, ["y" * 10**6] * 10):
        assert len(json.dumps(shown_payload(payload))) < 200_000


def test_what_was_cut_says_so():
    shown = shown_payload({"ids": list(range(50)), "text": "x" * 1234})
    assert shown["ids"][-1] == "… (50 in all)"
    assert shown["text"].endswith("… (1,234 characters)")
