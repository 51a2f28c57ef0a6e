"""CPU time of a server's process, which is less affected by others on the machine than wall time."""

from pathlib import Path


def busy_milliseconds(pid: int) -> float | None:
    """Return the total CPU time of a process once it is idle; None outside of Linux."""
    schedule = Path(f"/proc/{pid}/schedstat")
    if not schedule.exists():
        return None
    # For a running process, the value is as of its last tick, which may be milliseconds ago.
    while Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] == "R":
        pass
    return int(schedule.read_text(encoding="ascii").split()[0]) / 1e6
