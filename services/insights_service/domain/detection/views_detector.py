"""Judge series without a stable profile by several views, each in both directions, and keep the largest surprise.

Each view (views.py) is compared with its own past alone (conformal.py). Rises and falls are judged separately, since
most series have one long tail. The past is the largest logarithm of each block of rows. Single rows are only judged in
blocks whose largest value is surprising enough.
"""

from typing import NamedTuple

import numpy as np

from services.insights_service.domain.arrays import Bools, Floats
from services.insights_service.domain.detection.calendar import Rows
from services.insights_service.domain.detection.conformal import BLOCK, Tails, tails_of
from services.insights_service.domain.detection.fading_means import FadingMeans
from services.insights_service.domain.detection.views import View, ground_of, views_of

LEAST = 1.0  # Blocks of rows with less surprise than this are returned as 0, since they begin no episode.
_IN_CACHE, _AT_ONCE = 50_000, 1_000_000  # Values computed together, and values whose views are held in memory.


class _DirectedView(NamedTuple):
    """A view of some series in one direction."""

    members: slice
    view: View
    sign: float
    ground: Floats

    def largest(self, blocks: int) -> Floats:
        """Return the largest logarithm of each block of rows, (blocks, series); minus infinity after the last row."""
        high = self.sign * self.view.high[:, self.view.start :]
        if not self.view.in_logs:
            np.maximum(high, 0.0, out=high)
            high += self.ground[:, self.view.start :]
        series, rows = high.shape
        full_blocks = rows // BLOCK
        block_maxima = np.full((blocks, series), -np.inf)
        block_maxima[:full_blocks] = high[:, : full_blocks * BLOCK].reshape(series, full_blocks, BLOCK).max(axis=2).T
        if rows % BLOCK:
            block_maxima[full_blocks] = high[:, full_blocks * BLOCK :].max(axis=1)
        return block_maxima if self.view.in_logs else np.log(block_maxima, out=block_maxima, where=block_maxima > 0.0)

    def judge(self, highest: Floats, tails: Tails, is_candidate: Bools) -> None:
        """Raise `highest` to the surprise of the rows in candidate blocks; it has space for one more block."""
        block, series = np.nonzero(is_candidate)
        at = series[:, None], self.view.start + block[:, None] * BLOCK + np.arange(BLOCK)
        last = self.view.high.shape[1] - 1
        read = at[0], np.minimum(at[1], last)
        high = self.sign * self.view.high[read]
        valid = at[1] <= last
        if not self.view.in_logs:
            ground = self.ground[read]
            valid &= high > ground
            high = np.log(np.maximum(high, 0.0) + ground)
        found = np.where(valid, tails.surprise(high, block, series), 0.0)
        highest[at] = np.maximum(highest[at], found)


def views_surprise(rows: Rows, values: Floats) -> Floats:
    """Return the surprise of `values`, (series, rows), at the times of `rows`; 0 in blocks that do not exceed LEAST."""
    series, length = values.shape
    if not values.size:
        return np.zeros_like(values)
    highest = np.zeros((series, length + BLOCK))
    means = FadingMeans(length)
    for batch in _parts(slice(0, series), _AT_ONCE // length):
        directed_views = list[_DirectedView]()
        for part in _parts(batch, _IN_CACHE // length):
            ground = ground_of(values[part], means)
            for view in views_of(rows, values[part], means):
                if view.start < length:
                    directed_views += [_DirectedView(part, view, sign, ground) for sign in view.signs]
        if directed_views:
            _judge(directed_views, highest)
    return highest[:, :length]


def _parts(whole: slice, length: int) -> list[slice]:
    """Split a slice into slices of at most `length` members, at least one."""
    step = max(length, 1)
    return [slice(begin, min(begin + step, whole.stop)) for begin in range(whole.start, whole.stop, step)]


def _judge(directed_views: list[_DirectedView], highest: Floats) -> None:
    """Judge all views of all series, block by block, and raise `highest` in place."""
    blocks = -(-highest.shape[1] // BLOCK)
    largest = np.concatenate([directed_view.largest(blocks) for directed_view in directed_views], axis=1)
    tails = tails_of(largest)
    is_candidate = largest > tails.threshold(LEAST)
    begin = 0
    for directed_view in directed_views:
        own = slice(begin, begin + directed_view.members.stop - directed_view.members.start)
        begin = own.stop
        if is_candidate[:, own].any():
            directed_view.judge(highest[directed_view.members], tails.of(own), is_candidate[:, own])
