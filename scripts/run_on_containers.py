"""Run the tests on containers of PostgreSQL and NATS, where Docker answers; arguments go to pytest."""

import os
import secrets
import subprocess
import sys

from docker.errors import DockerException
from testcontainers.community.postgres import PostgresContainer
from testcontainers.core.container import DockerContainer
from testcontainers.core.waiting_utils import wait_for_logs

_PASSWORD = secrets.token_urlsafe(12)


def main() -> int:
    """Start both, run the suite, stop both; the suite's exit code."""
    nats = DockerContainer("nats:2").with_exposed_ports(4222).with_command("-js")
    with (
        PostgresContainer("postgres:18-alpine", username="postgres", password=_PASSWORD, driver=None) as postgres,
        nats,
    ):
        wait_for_logs(nats, "Server is ready")
        env = os.environ | {
            "POSTGRES_HOST": postgres.get_container_host_ip(),
            "POSTGRES_PORT": str(postgres.get_exposed_port(5432)),
            "POSTGRES_USER": "postgres",
            "POSTGRES_PASSWORD": _PASSWORD,
            "NATS_URL": f"nats://{nats.get_container_host_ip()}:{nats.get_exposed_port(4222)}",
        }
        command = (sys.executable, "-m", "pytest", "-m", "not faults and not bench", *sys.argv[1:])
        return subprocess.run(command, env=env, check=False).returncode  # noqa: S603 -- our own tests


if __name__ == "__main__":
    try:
        sys.exit(main())
    except DockerException as error:
        sys.exit(f"Docker does not answer: {error}")
