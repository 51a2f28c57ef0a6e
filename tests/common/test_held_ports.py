import socket

import pytest

from common.testing.held_ports import held_ports


def test_a_held_port_can_be_listened_on_by_its_owner_and_is_free_for_nobody_else() -> None:
    with held_ports(["mine"]) as ports, socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", ports["mine"]))
        other.listen()
        with socket.socket() as third, pytest.raises(OSError, match="in use"):
            third.bind(("127.0.0.1", ports["mine"]))


def test_who_asks_for_ports_at_once_is_given_different_ones() -> None:
    with held_ports(map(str, range(200))) as one, held_ports(map(str, range(200))) as other:
        assert len({*one.values(), *other.values()}) == 400


def test_what_was_held_can_be_listened_on_and_is_silent_before() -> None:
    with held_ports(["late"]) as ports:
        with socket.socket() as caller, pytest.raises(ConnectionRefusedError):
            caller.connect(("127.0.0.1", ports["late"]))
        with socket.create_server(("127.0.0.1", ports["late"])), socket.socket() as caller:
            caller.connect(("127.0.0.1", ports["late"]))
