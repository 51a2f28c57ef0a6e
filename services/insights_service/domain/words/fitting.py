"""Fit titles into 80 characters: names are shortened first, then the least important parts are left out."""

from collections.abc import Callable
from typing import Final

from services.insights_service.domain.words.names import shortened

MOST_TITLE: Final = 80
_NAMES_MAY_HAVE: Final = (60, 44, 32, 24)
# A shorter title is preferred to names this short, which hardly identify anything.
_LEAST_NAMES: Final = (18, 12, 8)
NAME_LENGTHS: Final = (*_NAMES_MAY_HAVE, *_LEAST_NAMES)


def fitted(*titles: Callable[[int], str], at_least: Callable[[int], str] | None = None) -> str:
    """Return the first title that fits.

    Args:
        titles: functions that return a title, the fullest first; each takes the largest length of a name.
        at_least: used if none of them fits with the shortest names, as cutting a title could change a figure.
    """
    tried = [(make, longest) for make in titles for longest in _NAMES_MAY_HAVE]
    tried += [(make, longest) for longest in _LEAST_NAMES for make in titles]
    tried += [(at_least, longest) for longest in NAME_LENGTHS if at_least]
    for make, longest in tried:
        title = make(longest)
        if len(title) <= MOST_TITLE:
            return title
    return shortened(titles[-1](_LEAST_NAMES[-1]), MOST_TITLE)
