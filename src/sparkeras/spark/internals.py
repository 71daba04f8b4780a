"""Private names of pyspark and of Spark's Java classes: each use once, and only here.

Runs on: driver, Spark task, training process.

Each docstring says which name, since which Spark, and what fails without it; where no version stands, it is older than
our oldest, 4.0. Where only comfort is lost without a name, the function gives None; elsewhere the AttributeError shows
it. ``tests/spark/test_internals.py`` lists them all, so a new pyspark fails by name.
"""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from subprocess import Popen
from typing import TYPE_CHECKING, Any

from sparkeras.spark.swapping import swapped

if TYPE_CHECKING:
    from pyspark import SparkConf, SparkContext
    from pyspark.ml.param import Params
    from pyspark.sql import SparkSession

# cloudpickle's functions that make a class and fill it while a pickle is opened, by their names in the pickle. Without
# them a class that is opened where it was packed would get the opened copies of its own methods.
MAKE_CLASS, FILL_CLASS = "_make_skeleton_class", "_class_setstate"


def is_stopped(context: SparkContext) -> bool:
    """Tell whether a context was stopped.

    ``SparkContext._jsc``, None after ``stop()``. pyspark has no public name for that. Without it every training on
    classic Spark fails.
    """
    return context._jsc is None


def core_of(context: SparkContext) -> Any:
    """Return Java's SparkContext behind a context, by ``SparkContext._jsc``; see ``is_stopped``."""
    return context._jsc.sc()


def jvm_of(spark: SparkSession) -> Any:
    """Return py4j's view of the Java classes, by ``SparkSession._jvm``.

    Without it classic Spark saves no stage, and no checkpoint to a remote folder.
    """
    return spark._jvm


def hadoop_settings(spark: SparkSession) -> Any:
    """Return the session's Hadoop configuration, its own ``spark.hadoop.*`` settings included.

    ``SparkSession._jsparkSession`` and ``SessionState.newHadoopConf`` of Java, as Spark's own readers do. Without them
    classic Spark saves no stage.
    """
    return spark._jsparkSession.sessionState().newHadoopConf()


def running_gateway() -> Any:
    """Return py4j's gateway to the Java process of an earlier session, None without one.

    ``SparkContext._gateway``. Without it no session starts: a process can have one Java only.
    """
    from pyspark import SparkContext

    return SparkContext._gateway


def launch_gateway(conf: SparkConf, stderr: int) -> Any:
    """Start Spark's Java process, its stderr a descriptor, and return py4j's gateway to it.

    ``pyspark.java_gateway.launch_gateway`` and its ``popen_kwargs``. Without it no session starts from Python.
    """
    from pyspark import java_gateway

    return java_gateway.launch_gateway(conf, {"stderr": stderr})


@contextlib.contextmanager
def launched_processes() -> Iterator[list[Popen[bytes]]]:
    """Yield the list of the processes that ``launch_gateway`` starts within this context.

    ``pyspark.java_gateway.Popen``, the standard library's, replaced for the block, because pyspark hands the process
    out only once it has answered. Without that name the list stays empty: an interrupted start leaves Java behind.
    """
    from pyspark import java_gateway

    processes: list[Popen[bytes]] = []
    popen = getattr(java_gateway, "Popen", None)
    if popen is None:
        yield processes
        return

    def start(*arguments: Any, **settings: Any) -> Popen[bytes]:
        processes.append(popen(*arguments, **settings))
        return processes[-1]

    with swapped(java_gateway, "Popen", start):
        yield processes


def set_python(context: SparkContext, python: str) -> None:
    """Set the Python of all tasks that are made after the call.

    ``SparkContext.pythonExec``, undocumented. Without it tasks run the ``python3`` of PATH, which may lack our
    packages; such a task fails with the sentence of ``tasks.explain``.
    """
    context.pythonExec = python


def concurrent_tasks(spark: SparkSession) -> int | None:
    """Return the number of tasks that a cluster can run at once, busy or not; None where unknown.

    ``maxNumConcurrentTasks`` of Java's SparkContext, ``private[spark]``, with a resource profile since Spark 3.1.
    Without it too few slots show late, as a training that waits.
    """
    return _number(
        spark, lambda core: core.maxNumConcurrentTasks(core.resourceProfileManager().defaultResourceProfile())
    )


def executor_count(spark: SparkSession) -> int | None:
    """Return the number of a cluster's executors; None where unknown.

    ``getExecutorIds`` of Java's SparkContext, ``private[spark]``. Without it a start does not wait for executors.
    """
    return _number(spark, lambda core: core.getExecutorIds().size())


def _number(spark: SparkSession, question: Callable[[Any], Any]) -> int | None:
    """Return a number of Java's SparkContext; None without an answer, as under Spark Connect, which has no context."""
    try:
        return int(question(core_of(spark.sparkContext)))
    except Exception:
        return None


def host_of(spark: SparkSession, executor: str) -> str | None:
    """Return the host of an executor by its number, dead or alive; None where unknown.

    ``statusStore().executorSummary`` of Java's SparkContext, ``private[spark]``, since Spark 2.3. Without it the
    message about a lost executor names no host.
    """
    try:
        address = core_of(spark.sparkContext).statusStore().executorSummary(executor).hostPort()
    except Exception:  # Spark Connect has no context; Spark forgets old executors
        return None
    return str(address).rsplit(":", 1)[0]


def host_of_task(spark: SparkSession, stage: int, partition: int) -> str | None:
    """Return the host that ran a task of a stage's first attempt; None where unknown.

    ``statusStore().taskList``, as in ``host_of``. Without it the message about a crashed Python worker names no
    host.
    """
    try:
        tasks = core_of(spark.sparkContext).statusStore().taskList(stage, 0, 10_000)
        hosts = [task.host() for task in map(tasks.apply, range(tasks.size())) if task.partitionId() == partition]
    except Exception:  # as above
        return None
    return hosts[0] if hosts else None


def running_tasks(context: SparkContext, tag: str) -> list[int] | None:
    """Return the number of running tasks of each stage with tasks to run, for the jobs of a tag; None where unknown.

    ``taskScheduler().taskSetManagerForAttempt`` of Java's SparkContext, ``private[spark]``: the status tracker
    (``getJobIdsForTag`` since Spark 3.5) may show a stage's tasks ten seconds late. Without it a training waits for
    task slots without a message and without a limit.
    """
    counts = []
    try:
        tracker, scheduler = core_of(context).statusTracker(), core_of(context).taskScheduler()
        for number in tracker.getJobIdsForTag(tag):
            job = tracker.getJobInfo(number)
            for stage in job.get().stageIds() if job.isDefined() else ():
                info = tracker.getStageInfo(stage)
                attempt = info.get().currentAttemptId() if info.isDefined() else 0
                tasks = scheduler.taskSetManagerForAttempt(stage, attempt)
                if tasks.isDefined():
                    counts.append(int(tasks.get().runningTasks()))
    except Exception:
        return None
    return counts


def params_of(stage: Params) -> dict[str, Any]:
    """Return the values that were set on a stage, by the names of its Params, without the defaults.

    ``Params._paramMap``. Without it no stage is saved.
    """
    return {param.name: value for param, value in stage._paramMap.items()}


def stage_metadata(stage: Params, spark: SparkSession, params: dict[str, Any]) -> str:
    """Return the metadata of a stage as Spark saves them, a line of JSON, with ``params`` for its own values.

    ``DefaultParamsWriter._get_metadata_to_save``, since Spark 2.3. Without it no stage is saved: the public
    ``saveMetadata`` does not write over an older stage.
    """
    from pyspark.ml.util import DefaultParamsWriter

    return DefaultParamsWriter._get_metadata_to_save(stage, spark, paramMap=params)


def classes_known_to_cloudpickle() -> set[type]:
    """Return the classes that cloudpickle has packed or opened by value in this process.

    ``cloudpickle._DYNAMIC_CLASS_TRACKER_BY_CLASS``. Without it no model travels; see ``MAKE_CLASS``.
    """
    from pyspark.cloudpickle import cloudpickle

    return set(cloudpickle._DYNAMIC_CLASS_TRACKER_BY_CLASS)


@contextlib.contextmanager
def plain_interrupts() -> Iterator[None]:
    """Let Ctrl-C raise KeyboardInterrupt and do no more within this context.

    pyspark's own SIGINT handler is replaced: it calls Java, perhaps in the middle of another call, and breaks that one.
    """
    if not _handles_signals():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def ignore_interrupts() -> None:
    """Ignore Ctrl-C until ``plain_interrupts`` ends: a second one while jobs are cancelled would leave them running."""
    if _handles_signals():
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def _handles_signals() -> bool:
    in_main = threading.current_thread() is threading.main_thread()
    return in_main and signal.getsignal(signal.SIGINT) is not None  # None: a handler that Python did not install
