"""Names in `.env` that no setting has: a slip of the pen would otherwise leave the default standing, in silence."""

from pathlib import Path

from pydantic_settings import DotEnvSettingsSource

from common.settings import Settings


def unknown_in_env_file() -> list[str]:
    """What `.env` names besides settings, as settings are written."""
    file = Settings.model_config.get("env_file")
    if not isinstance(file, str) or not Path(file).is_file():
        return []
    named = DotEnvSettingsSource(Settings).env_vars
    return sorted(name.upper() for name in named if name.lower() not in Settings.model_fields)
