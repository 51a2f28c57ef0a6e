"""Find the time zone of this machine."""

from __future__ import annotations

import os
from pathlib import Path
from zoneinfo import available_timezones


def local_zone() -> str:
    """Return the IANA name of this machine's time zone, in which the user expects the demo's days, or else UTC."""
    link = Path("/etc/localtime").resolve().as_posix().rpartition("zoneinfo/")[2]
    for name in (os.environ.get("TZ", "").removeprefix(":"), link):
        if "/" in name and not name.startswith(("/", "Etc/")) and name in available_timezones():
            return name
    return "UTC"
