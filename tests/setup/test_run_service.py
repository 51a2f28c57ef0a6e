"""One service alone, where it cannot run."""

import os
import socket
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "scripts" / "run_service.py"


def said_by(name: str, home: Path, **settings: str) -> str:
    """What the script says when it gives up."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("POSTGRES_", "DATABASE_", "NATS_"))}
    env = {**kept, "BRANCHWISE_HOME": str(home), **settings}
    ended = subprocess.run(
        [sys.executable, SCRIPT, name], cwd=home, env=env, capture_output=True, text=True, check=False, timeout=60
    )
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    return ended.stderr


def test_without_a_stack_or_servers_it_says_what_it_needs(tmp_path: Path) -> None:
    assert f"No stack runs in {tmp_path}" in said_by("data", tmp_path)


def test_a_taken_port_is_named_with_the_setting_for_another(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        said = said_by("data", tmp_path, POSTGRES_HOST="127.0.0.1", DATA_SERVICE_PORT=str(port))
    assert f"Port {port} is taken" in said
    assert "DATA_SERVICE_PORT=" in said


def test_settings_that_name_the_same_port_are_named(tmp_path: Path) -> None:
    said = said_by("data", tmp_path, POSTGRES_HOST="127.0.0.1", DATA_SERVICE_PORT="8001")
    assert "ANALYTICS_SERVICE_PORT and DATA_SERVICE_PORT name the same port 8001" in said
    assert "REALTIME" not in said


def test_a_service_that_there_is_not_is_answered_with_those_there_are(tmp_path: Path) -> None:
    assert "analytics|data|auth" in said_by("nothing", tmp_path)
