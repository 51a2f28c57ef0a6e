"""Choose the ports of a stack, and check that they are distinct and free."""

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
    """Another program listens on the port of a service."""


def ports_from(base: int | None) -> dict[str, Any]:
    """Return the port settings for `--port-base`, in the order of SERVICES, or no settings without it."""
    if base is None:
        return {}
    ports = {port_setting(name): base + offset for offset, name in enumerate(SERVICES)}
    return {**ports, _OF_METRICS: base + len(SERVICES)}


def refuse_shared_ports(settings: Settings) -> None:
    """Raise PortShared if two settings have the same port, on which only one of them could listen."""
    by_port = defaultdict[int, list[str]](list)
    for name in (*map(port_setting, SERVICES), _OF_METRICS):
        # With port 0, the gateway does not serve metrics.
        if port := getattr(settings, name):
            by_port[port].append(name.upper())
    shared = [f"{' and '.join(names)} name the same port {port}" for port, names in by_port.items() if len(names) > 1]
    if shared:
        message = f"{'; '.join(shared)}. Each needs a port of its own."
        raise PortShared(message)


def refuse_taken_ports(settings: Settings) -> None:
    """Raise PortTaken if another program listens on one of the ports."""
    taken = [f"{settings.port_of(name)} ({name})" for name in SERVICES if answers_already(settings, name)]
    if listens(settings.gateway_metrics_port):
        taken.append(f"{settings.gateway_metrics_port} (the gateway's metrics)")
    if taken:
        message = f"Taken by another program: port {', '.join(taken)}. Choose others with --port-base."
        raise PortTaken(message)


def answers_already(settings: Settings, name: str) -> bool:
    """Return whether some program listens at the address of a service. For the gateway it need not be 127.0.0.1."""
    address = urlsplit(settings.url_of(name))
    return listens(settings.port_of(name), str(address.hostname))
