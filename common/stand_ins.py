"""`STAND_INS`: accounts that a program of this machine answers for instead of their vendor.

The demo's accounts are such ones. Everybody else's in the same installation are asked at their vendors.
"""

import re
from typing import Final

_ENTRY: Final = re.compile(
    r"(?P<kind>[a-z0-9_]+)/(?P<account>[0-9]{1,20})=(?P<place>(https?://)?[A-Za-z0-9.-]+:[0-9]{1,5})"
)


def stand_in_places(setting: str) -> dict[tuple[str, str], str]:
    """Where each (kind of source, account) of a setting like `meta_ads/1001=http://127.0.0.1:8090` is asked.

    Raises:
        ValueError: an entry is not `kind/account=place`.
    """
    return dict(_entry(entry.strip()) for entry in setting.split(",") if entry.strip())


def _entry(entry: str) -> tuple[tuple[str, str], str]:
    parts = _ENTRY.fullmatch(entry)
    if parts is None:
        message = f"STAND_INS: {entry!r} is not kind/account=place"
        raise ValueError(message)
    return (parts["kind"], parts["account"]), parts["place"]
