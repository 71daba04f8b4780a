"""Wrong answers that learners give in lesson 19."""

from sparkeras.course.exercise import Mistake


def settings(instances=4, cores=8, cpus=8, overhead='"5g"'):
    """Return an answer to 19.4."""
    return (
        f'settings = {{"spark.executor.instances": {instances}, "spark.executor.cores": {cores}, '
        f'"spark.task.cpus": {cpus}, "spark.executor.memoryOverhead": {overhead}}}'
    )


def command(late=False, cpus=4, data="hdfs://head:8020/wine.parquet"):
    """Return an answer to 19.5."""
    options = ["--master", "spark://head:7077", "--total-executor-cores", "8", "--executor-cores", "4"]
    options += ["--conf", f"spark.task.cpus={cpus}"] if cpus else []
    program = ["train.py", data]
    return f"command = {['spark-submit', *([*program, *options] if late else [*options, *program])]}"


MISTAKES = {
    "19.1": (
        Mistake(
            "one machine only",
            "hours = steps * ms_per_step / 3.6e6\nreturn hours, hours * price",
            "every machine",
        ),
        Mistake("seconds for hours", "h = steps * ms_per_step / 1000\nreturn h, h * workers * price", "are seconds"),
        Mistake(
            "divided by the workers",
            "h = steps * ms_per_step / 3.6e6 / workers\nreturn h, h * workers * price",
            "already measured",
        ),
    ),
    "19.2": (
        Mistake(
            "parameters for bytes",
            "m = 2 * (workers - 1)\nreturn compute / workers + m * alpha + m / workers * parameters * beta",
            "4 bytes each",
        ),
        Mistake(
            "computing not shared",
            "m = 2 * (workers - 1)\nreturn compute + m * alpha + m / workers * 4 * parameters * beta",
            "share the rows",
        ),
        Mistake(
            "N for N - 1",
            "m = 2 * workers\nreturn compute / workers + m * alpha + m / workers * 4 * parameters * beta",
            "has nobody to send to",
        ),
    ),
    "19.3": (
        Mistake("as many as there are", "best, efficient = 256, 41", "latency"),
        Mistake(
            "the seconds, not the number",
            "best, efficient = step_seconds(42, **CNN, **NETWORK), 41",
            "these are seconds",
        ),
        Mistake(
            "one number for both",
            "best = efficient = min(range(1, 257), key=lambda n: step_seconds(n, **CNN, **NETWORK))",
            "half of each step",
        ),
    ),
    "19.4": (
        Mistake("a core per task", settings(cpus=1), "eight tasks"),
        Mistake("Java's overhead", settings(overhead='"1g"'), "killed"),
        Mistake("too few executors", settings(instances=2), "4 workers"),
    ),
    "19.5": (
        Mistake("options after the program", command(late=True), "to train.py itself"),
        Mistake("one long text", '\ncommand = ["spark-submit --master spark://head:7077 train.py"]', "a word each"),
        Mistake("no spark.task.cpus", command(cpus=None), "one thread"),
        Mistake(
            "in the cluster's mode",
            command().replace("'--executor-cores'", "'--deploy-mode', 'cluster', '--executor-cores'"),
            "in this mode",
        ),
        Mistake("a local path", command(data="/home/me/wine.parquet"), "your laptop's disk"),
    ),
}
