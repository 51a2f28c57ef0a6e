"""What a command prints where a setting does not hold, or what it is given is of no use."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from branchwise.cli import main


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"TRUSTED_PROXIES": "foo"}, "TRUSTED_PROXIES: 'foo' is neither an address nor a network"),
        ({"OAUTH_CLIENT_ID": "one"}, "OAUTH_CLIENT_SECRET: needed beside OAUTH_CLIENT_ID"),
        ({"GATEWAY_PORT": "many"}, "GATEWAY_PORT: Input should be a valid integer"),
        ({"AUTH_SERVICE_PORT": "70000"}, "AUTH_SERVICE_PORT: Input should be less than or equal to 65535"),
        ({"SECRETS_KEY": "short"}, "SECRETS_KEY needs at least 32 bytes"),
    ],
)
def test_a_setting_that_does_not_hold_is_named_once(
    given: dict[str, str], told: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as ended:
        main(["token", "--email", "who@example.com"])
    assert ended.value.code == 1
    first, fault = capsys.readouterr().err.splitlines()
    assert first == "A setting does not hold:"
    assert fault.startswith(f"  {told}")
    assert "Value error" not in fault


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (["up", "--home", "{file}"], "{file}/run: Not a directory"),
        (["up", "--home", "{file}/inside"], "{file}/inside: Not a directory"),
        (
            ["up", "--home", "{folder}/new", "--ready-file", "{folder}/no/ready"],
            "{folder}/no: No such file or directory",
        ),
        (["restore", "{file}", "--home", "{folder}/new"], "{file} is no backup, or not all of one: it cannot be read"),
    ],
)
def test_a_file_or_folder_that_is_of_no_use_is_named(
    command: list[str], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "file"
    file.write_text("anything")
    places = {"file": str(file), "folder": str(tmp_path)}
    with pytest.raises(SystemExit) as ended:
        main([part.format(**places) for part in command])
    assert ended.value.code == 1
    (said,) = capsys.readouterr().err.splitlines()
    assert said.startswith(told.format(**places))
    assert not (tmp_path / "new").exists()


def test_ctrl_c_while_it_loads_ends_it_without_a_traceback(tmp_path: Path) -> None:
    (tmp_path / "typer.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGINT)\n")
    # A process in the background inherits that Ctrl-C is ignored, and so would the command.
    begin = f"""
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.path.insert(0, {str(tmp_path)!r})
from branchwise.cli import main
main(["--help"])
"""
    ended = subprocess.run([sys.executable, "-c", begin], capture_output=True, text=True, check=False, timeout=60)
    assert (ended.returncode, ended.stdout, ended.stderr) == (-signal.SIGINT, "", "")
