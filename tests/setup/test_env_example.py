import re
from pathlib import Path

from pydantic import SecretStr

from common.settings import Settings

EXAMPLE = Path(__file__).parents[2] / ".env.example"
LINE = re.compile(r"#([A-Z][A-Z0-9_]*)=(.*)")


def _lines() -> dict[str, str]:
    found = (LINE.fullmatch(line) for line in EXAMPLE.read_text().splitlines())
    return {match[1]: match[2] for match in found if match}


def test_every_setting_is_listed_and_nothing_else() -> None:
    assert sorted(_lines()) == sorted(name.upper() for name in Settings.model_fields)


def test_every_line_shows_the_default() -> None:
    for name, shown in _lines().items():
        default = Settings.model_fields[name.lower()].get_default(call_default_factory=True)
        plain = default.get_secret_value() if isinstance(default, SecretStr) else default
        assert shown == (str(plain).lower() if isinstance(plain, bool) else str(plain)), name


def test_a_plain_copy_changes_nothing() -> None:
    for line in EXAMPLE.read_text().splitlines():
        assert not line or line.startswith("#"), line
