import json

from common.events.pieces import MOST_BYTES, in_pieces


def test_a_long_list_is_told_in_pieces_that_any_bus_takes() -> None:
    items = ["\x01" * 256 for _ in range(2000)]

    pieces = in_pieces(items)

    assert [item for piece in pieces for item in piece] == items
    assert all(len(json.dumps(piece)) <= MOST_BYTES * 1.1 for piece in pieces)
    assert len(pieces) > 1


def test_a_short_list_is_one_piece() -> None:
    assert in_pieces(["a", "b"]) == [["a", "b"]]
    assert in_pieces([]) == [[]]
