"""The expected end of a backfill, and the days that it could not read, in words."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from services.data_service.store.syncs.backfill_pieces import Piece, Standing

_ONE_DAY: Final = timedelta(days=1)
_MOST_SPANS: Final = 10


def eta(stands: Standing, expected_seconds: float | None, at: datetime) -> datetime | None:
    """The later of two estimates: by the time per day so far, and by the plan. None while there is neither."""
    by_work = stands.seconds / stands.read * stands.waiting if stands.read else None
    by_plan = expected_seconds * stands.waiting / stands.total if expected_seconds and stands.total else None
    seconds = max((guess for guess in (by_work, by_plan) if guess is not None), default=None)
    return None if seconds is None else at + timedelta(seconds=seconds)


def missing_in_words(failed: Sequence[Piece], waiting: Sequence[Piece]) -> str:
    """The days that were not read: failed ones grouped by reason, then those not requested yet."""
    reasons = dict.fromkeys(piece.reason for piece in failed)
    said = [
        f"{reason.rstrip('.')} (not read: {_days_in_words([piece for piece in failed if piece.reason == reason])})."
        for reason in reasons
    ]
    if waiting:
        said.append(f"Not asked for: {_days_in_words(waiting)}.")
    return " ".join(said)


def _days_in_words(pieces: Sequence[Piece]) -> str:
    """`2024-05-01 to 2024-05-09, 2024-06-02`: runs of days, newest first."""
    spans: list[tuple[Piece, Piece]] = []
    for piece in pieces:
        if spans and spans[-1][0].first_day - _ONE_DAY <= piece.last_day:
            spans[-1] = (piece, spans[-1][1])
        else:
            spans.append((piece, piece))
    words = [
        str(first.first_day) if first.first_day == last.last_day else f"{first.first_day} to {last.last_day}"
        for first, last in spans[:_MOST_SPANS]
    ]
    more = len(spans) - len(words)
    return ", ".join(words) + (f" and {more} more spans" if more else "")
