"""Slots and executors, asked of a real scheduler whose session calls itself a cluster's."""

import time
from types import SimpleNamespace

import pytest

from sparkeras.spark import session


@pytest.fixture
def cluster(spark):
    """The scheduler of ``local[2]`` under another master's name: it has two slots and no executors."""
    conf = SimpleNamespace(get=lambda name, default=None: {"spark.master": "yarn"}.get(name, default))
    return SimpleNamespace(conf=conf, sparkContext=spark.sparkContext)


@pytest.mark.classic
def test_slots_are_asked_of_the_scheduler_where_the_master_does_not_tell(cluster):
    assert session.slots(cluster) == 2
    assert session.executors(cluster) == 0


@pytest.mark.classic
def test_the_wait_for_slots_ends_at_once_or_at_its_limit(cluster, spark):
    began = time.monotonic()
    assert session.wait_for_slots(cluster, 2, 60) == 2
    assert session.wait_for_slots(spark, 3, 60) == 2  # a local master gets no more
    assert time.monotonic() - began < 5
    assert session.wait_for_slots(cluster, 3, 1) == 2
    assert time.monotonic() - began > 1


@pytest.mark.classic
def test_executors_count_once_their_number_has_settled(monkeypatch, cluster):
    coming = iter([0, 1, 1, 3])
    monkeypatch.setattr("sparkeras.spark.session.capacity.executors", lambda spark: next(coming, 4))
    began = time.monotonic()
    assert session.wait_for_executors(cluster, 60) == 4
    assert 2 < time.monotonic() - began < 10


def test_what_cannot_be_asked_is_unknown():
    def hidden(name, default=None):
        raise RuntimeError(name)

    connect = SimpleNamespace(conf=SimpleNamespace(get=hidden))
    assert session.slots(connect) is None
    assert session.executors(connect) is None
    assert session.wait_for_executors(connect, 60) is None
