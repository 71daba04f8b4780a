"""What a session is started with, and what its master tells."""

from types import SimpleNamespace

import pytest

from sparkeras.errors import SetupError
from sparkeras.spark import session


def test_a_wrong_driver_memory_is_named(monkeypatch):
    from sparkeras.spark.session import spark as starting

    monkeypatch.setenv("SPARKERAS_DRIVER_MEMORY", "much")
    with pytest.raises(SetupError, match="'much'; it must be a number and a unit, e.g. 4g"):
        starting._driver_memory()


@pytest.mark.parametrize(
    ("settings", "local", "cores"),
    [
        ({"spark.master": "local"}, True, 1),
        ({"spark.master": "local[3]"}, True, 3),
        ({"spark.master": "local[3,2]"}, True, 3),
        ({"spark.master": "local[*]"}, True, session.usable_cores()),
        ({"spark.master": "local-cluster[2,1,1024]"}, False, 1),
        ({"spark.master": "yarn", "spark.task.cpus": "4"}, False, 4),
        ({"spark.task.cpus": "4"}, False, 4),
        ({}, False, None),
    ],
)
def test_the_master_tells_what_one_task_may_use(settings, local, cores):
    spark = SimpleNamespace(conf=SimpleNamespace(get=settings.get))
    assert session.is_local(spark) is local
    assert session.task_cores(spark) == cores


@pytest.mark.parametrize(
    ("settings", "slots", "dynamic"),
    [
        ({"spark.master": "local[3]", "spark.dynamicAllocation.enabled": "true"}, 3, False),
        ({"spark.master": "local-cluster[2,4,1024]", "spark.task.cpus": "2"}, 4, False),
        ({"spark.master": "yarn", "spark.dynamicAllocation.enabled": "true"}, None, True),
        ({"spark.master": "spark://here:7077"}, None, False),
    ],
)
def test_the_master_tells_how_many_workers_may_run(settings, slots, dynamic):
    spark = SimpleNamespace(conf=SimpleNamespace(get=settings.get))
    assert session.slots(spark) == slots
    assert session.allocates_dynamically(spark) is dynamic


def test_a_session_that_hides_its_settings_tells_nothing():
    def refuse(name, default):
        raise RuntimeError(f"{name} is not available")

    spark = SimpleNamespace(conf=SimpleNamespace(get=refuse))
    assert session.task_cores(spark) is None
    assert not session.is_local(spark)
