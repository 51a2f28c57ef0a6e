"""For how long a server's process was at work, which others on the machine lengthen less than what a clock says."""

from pathlib import Path


def busy_milliseconds(pid: int) -> float | None:
    """What a process has been on a processor in all, once it rests; None where only Linux would say."""
    schedule = Path(f"/proc/{pid}/schedstat")
    if not schedule.exists():
        return None
    # Of one that runs it says what was so at its last tick, which may be milliseconds ago.
    while Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] == "R":
        pass
    return int(schedule.read_text(encoding="ascii").split()[0]) / 1e6
