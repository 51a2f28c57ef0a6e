"""`STAND_INS`: accounts that a program of this machine answers for instead of their vendor.

The demo's accounts are such ones, under numbers that no vendor gives and nobody can guess: everybody else's accounts in
the same installation are asked at their vendors, and only its own sources lead to a place of this machine.
"""

import re
from typing import Final

_HOST: Final = r"[A-Za-z0-9.-]{1,253}:[0-9]{1,5}"
# The kinds of source that can have one: how an account of theirs is written, and where it may be asked.
_FORMS: Final = {
    "ga4": (re.compile(r"[0-9]{1,20}"), re.compile(rf"(https?://)?{_HOST}")),
    "meta_ads": (re.compile(r"[0-9]{1,20}"), re.compile(rf"https?://{_HOST}")),
    # A shop is its host's name.
    "woocommerce": (re.compile(r"[a-z0-9.-]{1,253}"), re.compile(rf"https?://{_HOST}")),
}
_PORTS: Final = range(1, 65536)


def stand_in_places(setting: str) -> dict[tuple[str, str], str]:
    """Where each (kind of source, account) of a setting like `meta_ads/1001=http://127.0.0.1:8090` is asked.

    Raises:
        ValueError: an entry is not `kind/account=place`, of a kind whose accounts can have one.
    """
    return dict(_entry(entry.strip()) for entry in setting.split(",") if entry.strip())


def _entry(entry: str) -> tuple[tuple[str, str], str]:
    whose, _, place = entry.partition("=")
    kind, _, account = whose.partition("/")
    if kind not in _FORMS:
        message = f"STAND_INS: {entry!r} does not begin with one of {', '.join(f'{name}/' for name in _FORMS)}"
        raise ValueError(message)
    is_account, is_place = _FORMS[kind]
    if not (is_account.fullmatch(account) and is_place.fullmatch(place)) or int(place.rpartition(":")[2]) not in _PORTS:
        message = f"STAND_INS: {entry!r} is not {kind}/account=place, the place with a port"
        raise ValueError(message)
    return (kind, account), place
