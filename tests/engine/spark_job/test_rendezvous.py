"""What the ranks tell each other before they train, and what stops them there."""

import socket
import threading
from types import SimpleNamespace

import pytest

from sparkeras.engine.spark_job import rendezvous
from sparkeras.errors import InvalidColumnError, RendezvousTimeout, SetupError

LAYOUT = [["input:x", "<f4", [3]], ["key", "<u8", []]]


def said(host="a", layout=LAYOUT, **versions):
    known = {"python": "3.11", "sparkeras": "0.1", "keras": "3.15", "jax": "0.10", **versions}
    return {"host": host, "address": f"{host}:7", "layout": layout, "digest": 2**63, "skipped": 0, "versions": known}


def test_a_rank_without_rows_takes_the_others_layout_and_rank_0s_address():
    agreed = rendezvous.agree([said("a", None), said("b"), said("c", None)])
    assert agreed == {
        "address": "a:7",
        "ranks": 3,
        "layout": LAYOUT,
        "skipped": 0,
        "digest": 2**63,
    }  # 3 * 2**63 in 64 bits


def test_no_row_on_any_rank_is_said():
    with pytest.raises(InvalidColumnError, match="The DataFrame has no row, and at least one is needed"):
        rendezvous.agree([said(layout=None), said(layout=None)])


def test_rows_of_two_widths_on_two_ranks_are_told_apart():
    wider = [["input:x", "<f4", [4]], ["key", "<u8", []]]
    with pytest.raises(InvalidColumnError, match="Rows are not all of one width"):
        rendezvous.agree([said(), said(layout=wider)])


@pytest.mark.parametrize("name", ["python", "keras", "jax"])
def test_another_version_is_named_with_both_hosts(name):
    words = f"different versions of {name}: rank 0 on host a has .*, rank 1 on host b has 9.9. Install the same"
    with pytest.raises(SetupError, match=words):
        rendezvous.agree([said("a"), said("b", **{name: "9.9"})])


class Plugin:
    """A Spark task whose plugin plays with barriers."""

    def partitionId(self):
        return 0

    def getTaskInfos(self):
        return ["only one"]


def test_tasks_that_cannot_meet_are_told_in_words(monkeypatch):
    from pyspark import BarrierTaskContext, TaskContext

    with pytest.raises(SetupError, match="as a barrier stage, so they cannot meet: a plugin removed"):
        rendezvous.meet({}, SimpleNamespace(workers=2, backend="jax"))
    monkeypatch.setattr(BarrierTaskContext, "get", Plugin)
    with pytest.raises(SetupError, match="asked for 2 tasks at once and Spark started 1. Turn off"):
        rendezvous.meet({}, SimpleNamespace(workers=2, backend="jax"))
    assert TaskContext.get() is None


def test_the_address_is_free_and_not_debians_own_name(monkeypatch):
    monkeypatch.setattr(socket, "gethostbyname", lambda host: "127.0.1.1")
    host, port = rendezvous._free_address("here").rsplit(":", 1)
    assert host != "127.0.1.1"
    with socket.socket() as own:
        own.bind((host, int(port)))
    monkeypatch.setenv("SPARKERAS_ADDRESS", "127.0.0.1")
    assert rendezvous._free_address("anything").startswith("127.0.0.1:")


def test_the_port_is_none_that_the_system_gives_to_others_meanwhile(monkeypatch):
    assert 1024 < rendezvous._free_port("127.0.0.1") < 30_000
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setattr(rendezvous, "_PORTS", [taken.getsockname()[1]] * 20)
        with socket.create_server(("127.0.0.1", rendezvous._free_port("127.0.0.1"))) as other:
            assert other.getsockname() != taken.getsockname()


def test_ranks_do_not_wait_forever_for_one_that_is_stuck():
    class Stuck:
        """A barrier whose last rank never comes."""

        def partitionId(self):
            return 1

        def allGather(self, message):
            threading.Event().wait()

    with pytest.raises(RendezvousTimeout, match=r"Rank 1 on host \S+ waited 0 s for the rows .* \(startTimeoutSeconds"):
        rendezvous._gather(Stuck(), "{}", 0.1)
