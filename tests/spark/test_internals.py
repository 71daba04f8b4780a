"""Each private name of pyspark and of Spark's Java that we use exists; a new pyspark fails here by that name."""

import inspect
import signal
import subprocess
import sys
from types import SimpleNamespace

import pyspark
import pytest
from pyspark import SparkContext, cloudpickle, java_gateway
from pyspark.ml.param.shared import HasInputCol, HasOutputCol
from pyspark.ml.util import DefaultParamsWriter

from sparkeras.spark import internals, slot_queue


class Stage(HasInputCol, HasOutputCol):
    pass


PYTHON = {
    "SparkContext._gateway": lambda: hasattr(SparkContext, "_gateway"),
    "java_gateway.launch_gateway": lambda: (
        {"conf", "popen_kwargs"} <= inspect.signature(java_gateway.launch_gateway).parameters.keys()
    ),
    "java_gateway.Popen": lambda: java_gateway.Popen is subprocess.Popen,
    "Params._paramMap": lambda: hasattr(Stage(), "_paramMap"),
    "DefaultParamsWriter._get_metadata_to_save": lambda: (
        "paramMap" in inspect.signature(DefaultParamsWriter._get_metadata_to_save).parameters
    ),
    "cloudpickle._DYNAMIC_CLASS_TRACKER_BY_CLASS": lambda: hasattr(
        cloudpickle.cloudpickle, "_DYNAMIC_CLASS_TRACKER_BY_CLASS"
    ),
    "cloudpickle._make_skeleton_class": lambda: callable(getattr(cloudpickle.cloudpickle, internals.MAKE_CLASS)),
    "cloudpickle._class_setstate": lambda: callable(getattr(cloudpickle.cloudpickle, internals.FILL_CLASS)),
}
JAVA = {
    "SparkContext._jsc": lambda spark: spark.sparkContext._jsc is not None,
    "SparkContext.pythonExec": lambda spark: spark.sparkContext.pythonExec,
    "SparkSession._jvm": lambda spark: internals.jvm_of(spark).org.apache.hadoop.fs.Path("/x").getName() == "x",
    "SparkSession._jsparkSession.sessionState().newHadoopConf": lambda spark: internals.hadoop_settings(spark).size(),
    "SparkContext.maxNumConcurrentTasks": lambda spark: internals.concurrent_tasks(spark) is not None,
    "SparkContext.getExecutorIds": lambda spark: internals.executor_count(spark) is not None,
    "statusStore().executorSummary": lambda spark: internals.host_of(spark, "driver"),
    "statusStore().taskList": lambda spark: (
        internals.core_of(spark.sparkContext).statusStore().taskList(0, 0, 1) is not None
    ),
    "statusTracker().getJobIdsForTag": lambda spark: internals.running_tasks(spark.sparkContext, "nosuch") == [],
    "taskScheduler().taskSetManagerForAttempt": lambda spark: (
        internals.core_of(spark.sparkContext).taskScheduler().taskSetManagerForAttempt(0, 0) is not None
    ),
}


@pytest.mark.parametrize("name", PYTHON)
def test_pyspark_has(name):
    assert PYTHON[name](), f"pyspark {pyspark.__version__} has no {name} as we use it; see spark/internals.py"


@pytest.mark.classic
@pytest.mark.parametrize("name", JAVA)
def test_sparks_java_has(name, spark):
    spark.range(2).collect()  # a stage 0 to ask for
    assert JAVA[name](spark), f"Spark {spark.version} has no {name} as we use it; see spark/internals.py"


def test_every_site_is_among_these():
    functions = {name for name, each in vars(internals).items() if inspect.isfunction(each) and each.__doc__}
    tested = inspect.getsource(sys.modules[__name__])
    missing = {name for name in functions if not name.startswith("_") and f"internals.{name}" not in tested}
    assert missing <= {
        "swapped",
        "is_stopped",
        "running_gateway",
        "launch_gateway",
        "set_python",
    }  # by their names above


def test_what_java_does_not_tell_is_unknown():
    nowhere = SimpleNamespace(sparkContext=SimpleNamespace(_jsc=SimpleNamespace(sc=object)))
    assert internals.concurrent_tasks(nowhere) is None
    assert internals.executor_count(nowhere) is None
    assert internals.host_of(nowhere, "1") is None
    assert internals.host_of_task(nowhere, 1, 1) is None
    assert internals.running_tasks(nowhere.sparkContext, "tag") is None


def test_a_queue_that_sees_no_tasks_lets_the_training_go_on():
    queue = slot_queue.Queue(SimpleNamespace(), slots=2, limit=0)
    queue("tag")
    queue("tag")
    assert queue.since is None


def test_without_popen_a_start_is_not_watched_but_happens(monkeypatch):
    monkeypatch.delattr(java_gateway, "Popen")
    with internals.launched_processes() as processes:
        pass
    assert processes == []


def test_a_launched_process_is_noted_and_popen_comes_back():
    with internals.launched_processes() as processes:
        java_gateway.Popen([sys.executable, "-c", ""]).wait()
    assert [process.returncode for process in processes] == [0]
    assert java_gateway.Popen is subprocess.Popen


def test_the_metadata_hold_the_chosen_params():
    stage = Stage()._set(inputCol="a", outputCol="x")
    assert internals.params_of(stage) == {"inputCol": "a", "outputCol": "x"}
    metadata = internals.stage_metadata(stage, SimpleNamespace(version="4"), {"outputCol": "x"})
    assert '"paramMap":{"outputCol":"x"}' in metadata


def test_classes_by_value_are_known_to_cloudpickle():
    class Local:
        pass

    cloudpickle.dumps(Local)
    assert Local in internals.classes_known_to_cloudpickle()


def test_interrupts_are_plain_within_and_as_before_afterwards():
    before = signal.getsignal(signal.SIGINT)
    with internals.plain_interrupts():
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
        internals.ignore_interrupts()
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    assert signal.getsignal(signal.SIGINT) is before
