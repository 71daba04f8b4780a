"""Lesson 19: planning a training on rented machines.

Runs on: driver.
"""

import numpy as np

from sparkeras.course.exercise import exercise, right, wrong

from . import spark_submit

_CASES = [(1_000_000, 180.0, 1, 0.4), (1_000_000, 110.0, 2, 0.4), (3_600, 1000.0, 4, 2.0)]


@exercise(
    "19.1",
    "What does it cost?",
    baseline="one worker: whatever costs more should at least be faster.",
    hints=(
        "Milliseconds of a step times steps, in hours: divide by 1000 and by 3600.",
        "hours = steps * ms_per_step / 1000 / 3600; the price is hours * workers * price.",
    ),
)
def what_it_costs(cost):
    """Judge hours and price of trainings."""
    results = [cost(*case) for case in _CASES]
    if any(each is None for each in results):
        return wrong("It returns nothing.", what_it_costs.hints[0])
    if any(np.shape(each) != (2,) for each in results):
        return wrong("It does not return two numbers.", "return hours, price: both, in this order.")
    hours, prices = np.array(results, float).T
    true = np.array([steps * ms / 3.6e6 for steps, ms, *_ in _CASES])
    workers, rates = np.array([case[2] for case in _CASES]), np.array([case[3] for case in _CASES])
    if np.allclose(hours, true * 3600):
        return wrong("The first numbers are seconds.", "An hour has 3600 of them.")
    if np.allclose(hours, true / workers):
        return wrong(
            "The hours are too few.", "The step of two workers is already measured with both; do not divide it."
        )
    if not np.allclose(hours, true):
        if np.allclose(hours, true * workers * rates):
            return wrong("The price comes first.", "return hours, price: in this order.")
        case = int(np.argmin(np.isclose(hours, true)))
        words = f"{_CASES[case][0]:,} steps of {_CASES[case][1]:g} ms take {true[case]:.4g} hours"
        words += f"; you return {hours[case]:.4g}."
        return wrong(words, what_it_costs.hints[0])
    if np.allclose(prices, true * rates) and not np.allclose(workers, 1):
        return wrong("The hours are right, the price is not.", "You pay for every machine, also for one that waits.")
    if not np.allclose(prices, true * workers * rates):
        return wrong("The hours are right, the price is not.", what_it_costs.hints[1])
    return right("You wait the hours once, and pay for them once per machine.")


_PLANS = [(1, 0.18, 34_826), (2, 0.18, 34_826), (8, 0.64, 25_600_000), (64, 0.18, 34_826)]
_NETWORK = {"alpha": 50e-6, "beta": 0.8e-9}


def _step(workers, compute, parameters, byte=4, ring=None, alpha=50e-6, beta=0.8e-9):
    messages = 2 * (workers - 1)
    share = messages / workers if ring is None else ring
    return compute / workers + messages * alpha + share * byte * parameters * beta


@exercise(
    "19.2",
    "A step of N workers",
    baseline="one worker, who exchanges nothing: for N = 1 the formula gives c.",
    hints=(
        "Three terms: computing, messages, bytes. A parameter's gradient has 4 bytes.",
        "compute / workers + 2 * (workers - 1) * alpha + 2 * (workers - 1) / workers * 4 * parameters * beta",
    ),
)
def a_step_of_many(step_seconds):
    """Judge the formula of a step."""
    results = [step_seconds(*plan, **_NETWORK) for plan in _PLANS]
    if any(each is None for each in results):
        return wrong("It returns nothing.", a_step_of_many.hints[0])
    results = np.array(results, float)
    if np.allclose(results, [_step(*plan) for plan in _PLANS]):
        return right("The first term falls with N, the others grow: there is a best number of workers.")
    if np.allclose(results, [_step(*plan, byte=1) for plan in _PLANS]):
        return wrong("The bytes are too few.", "Gradients are float32: 4 bytes each.")
    if not np.isclose(results[0], 0.18):
        return wrong(
            f"For one worker it returns {results[0]:.4g} s, not 0.18.", "A single worker has nobody to send to."
        )
    if results[3] > 0.18:
        return wrong("64 workers compute as long as one.", "They share the rows: compute / workers.")
    return wrong("It is right for one worker, not for more.", a_step_of_many.hints[1])


@exercise(
    "19.3",
    "Enough is enough",
    baseline="one worker, and as many as you can pay: both are slower.",
    hints=(
        "step_seconds(n, **CNN, **NETWORK) for each n; min(..., key=...) gives the n of the shortest.",
        'efficient: the largest n with CNN["compute"] / step_seconds(n, ...) >= n / 2.',
    ),
)
def enough(best, efficient):
    """Judge the numbers of workers with the shortest step, and with half of it spent on computing."""
    steps = {n: _step(n, 0.18, 34_826) for n in range(1, 257)}
    shortest = min(steps, key=lambda n: steps[n])
    half = max(n for n in steps if 0.18 / steps[n] >= n / 2)
    if any(np.ndim(each) for each in (best, efficient)):
        return wrong("best and efficient should be a number each.", "Keep the number of workers only.")
    if best == shortest - 1:
        return wrong(f"{best} workers are not the fastest.", "Does your list begin with n = 1? Places count from 0.")
    if isinstance(best, float) and best < 1:
        return wrong(f"best is {best:.4g}: these are seconds.", "Return the number of workers with the shortest step.")
    if best != shortest:
        words = "Every worker adds two messages of latency to each step; the shortest step is somewhere between."
        return wrong(f"{best} workers are not the fastest.", words)
    if efficient != half:
        return wrong(
            f"best is right; efficient is not {efficient}.",
            f"At least half of each step should be computing: {enough.hints[1]}",
        )
    return right(
        f"{best} workers take {steps[shortest] * 1000:.1f} ms; beyond {half}, more than half of each step is waiting."
    )


@exercise(
    "19.4",
    "The settings",
    baseline="Spark's own defaults: one core per task, and an overhead of a tenth of Java's memory.",
    hints=(
        "A worker is a task, and it gets as many threads as spark.task.cpus says.",
        "4 executors of 8 cores, 8 cores per task; overhead: 0.5 + 2 + 1.5 GB, and some reserve.",
    ),
)
def the_settings(settings):
    """Judge Spark's settings for four workers of eight threads."""
    names = ("spark.executor.instances", "spark.executor.cores", "spark.task.cpus", "spark.executor.memoryOverhead")
    missing = [name for name in names if name not in settings]
    if missing:
        return wrong(f"{missing[0]} is missing.", the_settings.hints[0])
    instances, cores, cpus = (int(settings[name]) for name in names[:3])
    overhead = spark_submit.gigabytes(settings[names[3]])
    if cpus != 8:
        return wrong(
            f"A task gets {cpus} core(s).", "8 threads per worker: else an executor runs up to eight tasks, or none."
        )
    if cores != 8:
        return wrong(f"An executor has {cores} cores.", "One worker per executor: as many cores as the task takes.")
    if instances != 4:
        return wrong(
            f"{instances} executors run {instances} workers at once.", "You want 4 workers, one in each executor."
        )
    if overhead is None:
        return wrong(f"{settings[names[3]]!r} is not a size.", 'A whole number with m or g: "5g" or "5120m".')
    if overhead < 0.1:
        return wrong(f"{settings[names[3]]} is a number of MB.", 'A bare number counts MB: write "5g".')
    if overhead < 4:
        return wrong(
            f"{overhead:g} GB are too few.", "Python, rows and a batch take 4 GB: the executor would be killed."
        )
    if overhead > 6:
        return wrong(f"{overhead:g} GB are more than it needs.", "About 4 GB, and at most 2 GB of reserve.")
    return right("Four workers of eight threads, with room for what lies outside of Java.")


@exercise(
    "19.5",
    "Write it",
    baseline="a command that starts on your laptop: without a master, Spark takes this machine.",
    hints=(
        "Options with their values first, then the program, then its arguments.",
        'Settings without an option of their own: "--conf", "spark.task.cpus=4".',
    ),
)
def write_it(command):
    """Judge the words of a spark-submit."""
    if isinstance(command, str) or any(" " in str(word) for word in command):
        return wrong(
            "A word contains spaces.", "Expected a list with a word each; command.split() makes one from a string."
        )
    read = spark_submit.read([str(word) for word in command])
    if read.problem:
        return wrong(read.problem, read.hint)
    expected = {"--master": "spark://head:7077", "--total-executor-cores": "8", "--executor-cores": "4"}
    for option, value in expected.items():
        found = read.options.get(option)
        if found != value:
            return wrong(f"{option} is {found or 'missing'}.", f"Expected {value}: two workers with 4 threads each.")
    if read.options.get("--deploy-mode") == "cluster":
        words = "A standalone cluster takes no Python programs in this mode."
        return wrong(words, "Leave --deploy-mode out; the driver is where you are.")
    if read.settings.get("spark.task.cpus") != "4":
        return wrong("spark.task.cpus is not 4.", "Without it a worker gets one thread, and eight of them would start.")
    if not read.arguments:
        return wrong("The data are missing after train.py.", "hdfs://head:8020/wine.parquet")
    if len(read.arguments) != 1 or (read.arguments[0].startswith("hdfs:/") and "8020/wine" not in read.arguments[0]):
        return wrong(f"The program's arguments are {read.arguments}.", "Expected: hdfs://head:8020/wine.parquet alone.")
    if read.arguments != ["hdfs://head:8020/wine.parquet"]:
        return wrong(
            f"The program's arguments are {read.arguments}.", "The cluster cannot read a path on your laptop's disk."
        )
    return right("Options, program, arguments: the cluster does what the laptop did.")
