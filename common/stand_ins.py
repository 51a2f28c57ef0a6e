"""Parse `STAND_INS`: accounts for which a program on this machine answers instead of their vendor.

The demo's accounts are of this kind. Their numbers are such that no vendor assigns them and nobody can guess them. So
only the demo's own sources connect to this machine; all other accounts of the installation are read from their vendors.
"""

import re
from typing import Final

_HOST: Final = r"[A-Za-z0-9.-]{1,253}:[0-9]{1,5}"
# The kinds of source that can have a stand-in, with the forms of their accounts and of the stand-in's address.
_FORMS: Final = {
    "ga4": (re.compile(r"[0-9]{1,20}"), re.compile(rf"(https?://)?{_HOST}")),
    "meta_ads": (re.compile(r"[0-9]{1,20}"), re.compile(rf"https?://{_HOST}")),
    # The account of a shop is the name of its host.
    "woocommerce": (re.compile(r"[a-z0-9.-]{1,253}"), re.compile(rf"https?://{_HOST}")),
}
_PORTS: Final = range(1, 65536)


def stand_in_places(setting: str) -> dict[tuple[str, str], str]:
    """Return the address by (kind of source, account) of a setting such as `meta_ads/1001=http://127.0.0.1:8090`.

    Raises:
        ValueError: an entry is not `kind/account=address`, or accounts of its kind cannot have a stand-in.
    """
    return dict(_entry(entry.strip()) for entry in setting.split(",") if entry.strip())


def _entry(entry: str) -> tuple[tuple[str, str], str]:
    source, _, address = entry.partition("=")
    kind, _, account = source.partition("/")
    if kind not in _FORMS:
        message = f"STAND_INS: {entry!r} does not begin with one of {', '.join(f'{name}/' for name in _FORMS)}"
        raise ValueError(message)
    account_form, address_form = _FORMS[kind]
    if (
        not (account_form.fullmatch(account) and address_form.fullmatch(address))
        or int(address.rpartition(":")[2]) not in _PORTS
    ):
        message = f"STAND_INS: {entry!r} is not {kind}/account=place, the place with a port"
        raise ValueError(message)
    return (kind, account), address
