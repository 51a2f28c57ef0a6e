"""The ports of a stack: which they are, that no two are the same, and that nobody else has them."""

from __future__ import annotations

from collections import defaultdict
from typing import Any
from urllib.parse import urlsplit

from common.embedded.process import listens
from common.settings import SERVICES, Settings, port_setting

_OF_METRICS = "gateway_metrics_port"


class PortShared(RuntimeError):
    """Several settings name the same port."""


class PortTaken(RuntimeError):
    """Something else listens where a service should."""


def ports_from(base: int | None) -> dict[str, Any]:
    """The port settings that `--port-base` stands for, in the order of SERVICES; none without it."""
    if base is None:
        return {}
    ports = {port_setting(name): base + place for place, name in enumerate(SERVICES)}
    return {**ports, _OF_METRICS: base + len(SERVICES)}


def refuse_shared_ports(settings: Settings) -> None:
    """Raise PortShared where two settings name the same port: one of the two could not listen."""
    by_port = defaultdict[int, list[str]](list)
    for name in (*map(port_setting, SERVICES), _OF_METRICS):
        # (0: the gateway's metrics are not told)
        if port := getattr(settings, name):
            by_port[port].append(name.upper())
    shared = [f"{' and '.join(names)} name the same port {port}" for port, names in by_port.items() if len(names) > 1]
    if shared:
        message = f"{'; '.join(shared)}. Each needs a port of its own."
        raise PortShared(message)


def refuse_taken_ports(settings: Settings) -> None:
    """Raise PortTaken where another program listens already."""
    taken = [f"{settings.port_of(name)} ({name})" for name in SERVICES if answers_already(settings, name)]
    if listens(settings.gateway_metrics_port):
        taken.append(f"{settings.gateway_metrics_port} (the gateway's metrics)")
    if taken:
        message = f"Taken by another program: port {', '.join(taken)}. Choose others with --port-base."
        raise PortTaken(message)


def answers_already(settings: Settings, name: str) -> bool:
    """Whether somebody answers where a service would: the gateway may listen elsewhere than on 127.0.0.1."""
    where = urlsplit(settings.url_of(name))
    return listens(settings.port_of(name), str(where.hostname))
