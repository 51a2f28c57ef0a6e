"""The one way to write an ad account's id, which goes by several."""

import re
from typing import Final

# `act_17`: Meta's calls; `123-456-7890`: Google's pages and exports, whose calls leave the dashes out.
_META: Final = re.compile(r"act_(\d+)", re.IGNORECASE)
_GOOGLE: Final = re.compile(r"(\d{3})-(\d{3})-(\d{4})")


def canonical_account(name: str) -> str:
    """The id as the platforms' calls tell it, so that a file's account and a source's are one."""
    found = _META.fullmatch(name) or _GOOGLE.fullmatch(name)
    return "".join(found.groups()) if found else name
