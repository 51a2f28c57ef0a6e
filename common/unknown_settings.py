"""Find names in `.env` that are not settings, because a misspelled setting would otherwise be ignored silently."""

from pathlib import Path

from pydantic_settings import DotEnvSettingsSource

from common.settings import Settings


def unknown_in_env_file() -> list[str]:
    """Return the names in `.env` that are not settings, in upper case."""
    file = Settings.model_config.get("env_file")
    if not isinstance(file, str) or not Path(file).is_file():
        return []
    named = DotEnvSettingsSource(Settings).env_vars
    return sorted(name.upper() for name in named if name.lower() not in Settings.model_fields)
