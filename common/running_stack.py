"""Read `run/stack.json`, which a running stack writes in its home.

It contains the addresses that the stack chose (the embedded Postgres and NATS listen on free ports), so that a service
or a command that is started by hand finds them.
"""

import json
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_settings import PydanticBaseSettingsSource


def read_stack_file(home: Path) -> dict[str, Any]:
    """Return the content of the file, or an empty dict if no stack runs in this home."""
    try:
        content: dict[str, Any] = json.loads((home / "run" / "stack.json").read_text())
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return {}
    return content


class RunningStack(PydanticBaseSettingsSource):
    """Reads from `run/stack.json` of the home the settings of the running stack, by their names in lower case."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Required by the base class, but unused: the file is read as a whole instead."""
        del field
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        """Return the settings of the stack that runs in this home."""
        content = read_stack_file(Path(self.current_state.get("branchwise_home") or "var").expanduser())
        # The file also contains entries that are not settings.
        return {name: value for name, value in content.items() if name in self.settings_cls.model_fields}
