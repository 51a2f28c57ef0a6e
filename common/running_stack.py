"""What a stack that is up wrote of itself: `run/stack.json` in its home.

It holds the addresses that the stack chose (the embedded Postgres and NATS listen on free ports), so that a service
or a command started by hand beside it finds them.
"""

import json
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_settings import PydanticBaseSettingsSource


def read_stack_file(home: Path) -> dict[str, Any]:
    """What the stack that runs in this home wrote of itself; nothing where none runs."""
    try:
        written: dict[str, Any] = json.loads((home / "run" / "stack.json").read_text())
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return {}
    return written


class RunningStack(PydanticBaseSettingsSource):
    """Reads the settings in `run/stack.json` of the home: their names, lower case, with the values in effect."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Asked for by the base class; the file is read as a whole instead."""
        del field
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        """What the stack of this home runs with."""
        written = read_stack_file(Path(self.current_state.get("branchwise_home") or "var").expanduser())
        # It says more of the stack than what can be set.
        return {name: value for name, value in written.items() if name in self.settings_cls.model_fields}
