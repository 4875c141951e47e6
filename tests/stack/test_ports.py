"""The ports of a stack."""

import socket

import pytest

from assay_stack.home import Home, require_free
from assay_stack.ports import free_port, is_free
from kernel.failure import Failure


def test_ports_are_chosen_once_and_kept(home: Home) -> None:
    chosen = home.ports(["kafka", "postgres"])
    assert home.ports(["postgres", "kafka", "gateway"]) | chosen == home.ports(["postgres", "kafka", "gateway"])
    assert len(set(home.ports(["postgres", "kafka", "gateway"]).values())) == 3


def test_a_port_that_somebody_listens_on_is_not_free() -> None:
    with socket.create_server(("127.0.0.1", free_port())) as server:
        assert not is_free(server.getsockname()[1])


def test_a_taken_port_is_named_with_what_to_do_about_it(home: Home) -> None:
    ports = home.ports(["kafka", "postgres"])
    with socket.create_server(("127.0.0.1", ports["kafka"])), pytest.raises(Failure) as failure:
        require_free(home, ports)
    assert f"{ports['kafka']} (kafka)" in failure.value.what
    assert "postgres" not in failure.value.what
    assert "ports.json" in failure.value.remedy


def test_a_ports_file_that_is_damaged_is_named(home: Home) -> None:
    (home.folder / "ports.json").write_text("{")
    with pytest.raises(Failure, match=r"ports\.json can't be read"):
        home.ports(["kafka"])
