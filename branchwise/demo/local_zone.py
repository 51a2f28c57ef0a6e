"""Where this machine is, as far as clocks go."""

from __future__ import annotations

import os
from pathlib import Path
from zoneinfo import available_timezones


def local_zone() -> str:
    """The IANA name of this machine's time zone, so that the demo's yesterday is everybody's; else UTC."""
    link = Path("/etc/localtime").resolve().as_posix().rpartition("zoneinfo/")[2]
    for name in (os.environ.get("TZ", "").removeprefix(":"), link):
        if "/" in name and not name.startswith(("/", "Etc/")) and name in available_timezones():
            return name
    return "UTC"
