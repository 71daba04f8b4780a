# ---
# jupyter:
#   lesson:
#     title: To the cloud
#     about: how long and how dear, how many machines, what a worker needs, and the command that starts it all
#     reading: 25
#     exercises: 40
#     figures:
#       speed_of_two: {value: 1.64, within: 0.01, format: ".2f"}
#       best_workers: {value: 42, within: 0, format: ".0f"}
#       best_times_faster: {value: 20.9, within: 0.1, format: ".1f"}
#       half_efficient: {value: 41, within: 0, format: ".0f"}
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
# ---

# %% [markdown]
# # 19. To the cloud
#
# **What you will do.** You plan a training on rented machines before you rent one: how long it takes with one worker and
# with many, what that costs, from which number on more machines make it slower, and how much memory each of them needs. Then
# you write the command that starts it.
#
# **Time.** 25 minutes of reading, 40 of exercises. **The figure to reach:** the number of workers with the shortest step
# for a small CNN on a 10 Gbit/s network, {fig:best_workers}, from a formula with two constants.
#
# This lesson runs no cluster: nobody should need a credit card for it. What was measured and what is only computed stands
# beside each number.

# %%
import matplotlib.pyplot as plt
import numpy as np

from sparkeras.course import check, figure

plt.style.use("tableau-colorblind10")

# %% [markdown]
# ## Time and money
#
# Rented machines cost money per hour, whether they compute or wait. So a training has two prices: the hours that you wait,
# and the hours that you pay, which are the same times the number of machines.
#
# Measured with this library on one machine, a core per worker (`docs/scaling.md`, and "When do more workers pay?" on the
# site):
#
# | model | rows per step | 1 worker, ms per step | 2 workers, ms per step |
# |---|---|---|---|
# | small CNN | 256 | 180.49 | 110.38 |
# | 784-512-512-10 | 512 | 24.81 | 21.84 |
# | 784-64-10 | 128 | 0.57 | 3.09 |
#
# Both columns do the *same* training: the rows of a step are shared out, and each step ends with an exchange of gradients.
#
# ### Exercise 19.1: what does it cost?
#
# Write `cost(steps, ms_per_step, workers, price)`. `price` is that of one worker's machine per hour. Return two numbers: the
# hours that the training takes, and what it costs.


# %% tags=["exercise", "19.1"]
def cost(steps, ms_per_step, workers, price):
    """Return (hours of waiting, price of the training)."""
    ### BEGIN SOLUTION
    hours = steps * ms_per_step / 1000 / 3600
    return hours, hours * workers * price
    ### END SOLUTION


# %% tags=["check"]
check("19.1")

# %%
measured = {"small CNN": (180.49, 110.38), "784-512-512-10": (24.81, 21.84), "784-64-10": (0.57, 3.09)}
if cost(1, 1, 1, 1) is not None:
    for name, times in measured.items():
        for workers, ms in zip((1, 2), times):
            hours, price = cost(1_000_000, ms, workers, price=0.40)
            print(f"{name:<15} {workers} worker(s): {hours:6.1f} hours, {price:6.2f} for a million steps")
figure("19.speed_of_two", measured["small CNN"][0] / measured["small CNN"][1])

# %% [markdown]
# Two workers make the CNN {fig:speed_of_two} times as fast, and the training costs more all the same: two machines for
# less than half of the time would be needed to save money, and that never happens. **More machines buy time, not money.**
# The small dense network takes five times as long with two workers, at ten times the price: its step is over before
# the gradients have met.
#
# ## How many?
#
# After each step all workers exchange their gradients (an *all-reduce*). In a ring of $N$ workers that takes
# $2 (N - 1)$ messages one after the other, and $2 (N - 1) / N$ of the gradient's bytes go through each worker's line. With
# $\alpha$ seconds per message and $\beta$ seconds per byte, a step takes
#
# $$t(N) = \frac{c}{N} + 2 (N - 1)\, \alpha + \frac{2 (N - 1)}{N}\, b\, \beta$$
#
# where $c$ is what one worker alone computes per step, and $b$ the bytes of the gradient: 4 for each parameter. The first
# part falls with $N$, the second grows. (The model is Thakur, Rabenseifner and Gropp's, 2005: *Optimization of Collective
# Communication Operations in MPICH*.)
#
# ### Exercise 19.2: a step of N workers
#
# Write `step_seconds(workers, compute, parameters, alpha, beta)`. It must also be right for one worker.


# %% tags=["exercise", "19.2"]
def step_seconds(workers, compute, parameters, alpha, beta):
    """Return the seconds of a step of several workers; ``compute`` is what one alone takes."""
    ### BEGIN SOLUTION
    messages = 2 * (workers - 1)
    return compute / workers + messages * alpha + messages / workers * 4 * parameters * beta
    ### END SOLUTION


# %% tags=["check"]
check("19.2")

# %% [markdown]
# A network of 10 Gbit/s takes $\beta = 0.8$ nanoseconds per byte, and let a message take $\alpha = 50$ microseconds. (These
# are assumptions for an undisturbed network; nobody has measured this library on such a cluster.)

# %%
CNN = {"compute": 0.180, "parameters": 34_826}
RESNET = {"compute": 0.640, "parameters": 25_600_000}  # as large as ResNet-50, on machines of 400 images per second
NETWORK = {"alpha": 50e-6, "beta": 0.8e-9}
if step_seconds(1, **CNN, **NETWORK) is not None:
    many = np.arange(1, 129)
    for name, model in (("small CNN", CNN), ("ResNet-50-like", RESNET)):
        faster = model["compute"] / np.array([step_seconds(n, **model, **NETWORK) for n in many])
        plt.plot(many, faster, label=name)
    plt.plot(many, many, "--", color="gray", label="if exchanging took no time")
    plt.ylim(0, 40)
    plt.xlabel("workers")
    plt.ylabel("times as fast as one worker")
    plt.title("More workers, until the exchange takes longer than the computing (computed)")
    plt.legend()
    plt.show()

# %% [markdown]
# ### Exercise 19.3: enough is enough
#
# For the small CNN on this network, set `best` to the number of workers (1 to 256) with the shortest step, and `efficient` to
# the largest number of workers that still does at least half of what it would do if exchanging took no time: it is at least
# half of `workers` times as fast as one. Compute them; do not read them off the picture.

# %% tags=["exercise", "19.3"]
best = efficient = None
### BEGIN SOLUTION
numbers = range(1, 257)
steps = {n: step_seconds(n, **CNN, **NETWORK) for n in numbers}
best = min(steps, key=steps.get)
efficient = max(n for n in numbers if CNN["compute"] / steps[n] >= n / 2)
### END SOLUTION

# %% tags=["check"]
check("19.3")

# %%
if best is not None:
    figure("19.best_workers", best)
    figure("19.best_times_faster", CNN["compute"] / step_seconds(best, **CNN, **NETWORK))
    figure("19.half_efficient", efficient)

# %% [markdown]
# {fig:best_workers} workers are {fig:best_times_faster} times as fast as one, and each further one makes the step *longer*.
# (The table in `docs/scaling.md` counts whole rows per worker, and comes to 43.)
# Up to {fig:half_efficient} at least half of the money is spent on computing. A larger batch moves both numbers up: twice the
# rows per step are half as many exchanges.
#
# ## What a worker needs
#
# With this library a worker is one *task* of Spark, and beside it runs a training process of its own. Three things follow.
#
# - **Cores.** The process takes as many threads as Spark gives the task: `spark.task.cpus`. An executor of 4 cores with
#   `spark.task.cpus=4` runs one worker with 4 threads; with `spark.task.cpus=1` it would run four workers with one thread
#   each, which meet more often than they should.
# - **Memory.** The process is outside of Java's heap. On YARN and Kubernetes an executor that takes more than it asked for is
#   killed, so the process needs `spark.executor.memoryOverhead`. Python, Keras and JAX take about 0.5 GB; then come the rows
#   that the worker holds (`max_shard_memory`, 1 GB if nobody says otherwise; more are trained from disk) and what the model
#   needs for one batch.
# - **All at once.** Workers of one training start together or not at all (a *barrier stage*). With fewer free slots it waits,
#   says so, and gives up after `queue_timeout_seconds`.
#
# `print(sparkeras.check(df, model, num_workers=4))` looks at all this on your cluster with a small job, and names the setting
# that is wrong. Run it first.
#
# ### Exercise 19.4: the settings
#
# Your machines have 16 cores each. You want 4 workers with 8 threads each; each worker holds up to 2 GB of rows, and its
# model needs 1.5 GB more for a batch. Fill `settings`: `spark.executor.instances`, `spark.executor.cores`, `spark.task.cpus`
# and `spark.executor.memoryOverhead` (text such as `"2g"`; a worker per executor; do not waste more than 2 GB each).

# %% tags=["exercise", "19.4"]
settings = None
### BEGIN SOLUTION
settings = {
    "spark.executor.instances": 4,
    "spark.executor.cores": 8,
    "spark.task.cpus": 8,
    "spark.executor.memoryOverhead": "5g",  # 0.5 for Python, Keras and JAX, 2 of rows, 1.5 for a batch, and some air
}
### END SOLUTION

# %% tags=["check"]
check("19.4")

# %% [markdown]
# ## Files that all machines see
#
# `/home/me/wine.parquet` on your laptop is no file of the machine where a task runs. Data, checkpoints and models that
# several machines read or write lie in a place that all of them know: HDFS, an object store (`s3a://`, `gs://`, `abfss://`), or a
# disk that is mounted everywhere. Spark reads them by their address, if its connector is there: `--packages
# org.apache.hadoop:hadoop-aws:VERSION` brings the one for `s3a://` (the version must be that of Spark's own Hadoop).
#
# What this library reads and writes there: data frames (Spark does), checkpoints (`checkpoint_dir="s3a://..."`), saved stages,
# and folders of images. That is tested with foreign file systems of Hadoop; **with a real object store nobody has tried it yet**.
#
# ## The command
#
# ```bash
# spark-submit --master yarn --deploy-mode cluster --name wine \
#   --num-executors 4 --executor-cores 8 \
#   --conf spark.task.cpus=8 --conf spark.executor.memoryOverhead=5g \
#   --conf spark.dynamicAllocation.enabled=false \
#   --archives env.tar.gz#env --conf spark.pyspark.python=env/bin/python \
#   train.py s3a://bucket/wine.parquet
# ```
#
# All options come before the program, all that follows is the program's own. `--archives` brings Python with all packages to
# machines that have not got them (`venv-pack` or `conda-pack` makes such an archive). In `train.py` one asks for the session
# that spark-submit started, `session.get_or_start()`, and sets no master: a master in the code wins over the one of the command.
#
# ### Exercise 19.5: write it
#
# Set `command` to the words of a spark-submit, as a list, one word each: the cluster at `spark://head:7077`, two workers with 4
# threads each (on a standalone cluster that is `--total-executor-cores 8` and `--executor-cores 4`, and `spark.task.cpus`),
# the program `train.py`, and as its only argument the data `hdfs://head:8020/wine.parquet`.

# %% tags=["exercise", "19.5"]
command = None
### BEGIN SOLUTION
command = ["spark-submit", "--master", "spark://head:7077"]
command += ["--total-executor-cores", "8", "--executor-cores", "4", "--conf", "spark.task.cpus=4"]
command += ["train.py", "hdfs://head:8020/wine.parquet"]
### END SOLUTION

# %% tags=["check"]
check("19.5")

# %% [markdown]
# ## GPUs and TPUs
#
# A GPU is worth its price for networks that compute much per row: convolutions and large matrix products. For the small
# networks of this course a CPU core is as fast, as sending the rows to the GPU takes longer than computing them.
#
# - **GPUs.** Spark gives each task a GPU of its own (`--conf spark.task.resource.gpu.amount=1`, and a script that finds them on
#   each machine, `spark.executor.resource.gpu.discoveryScript`). The training process then sees only that one, and the
#   workers exchange gradients by NCCL. The distribution of GPUs among tasks is tested on a cluster that claims to have
#   some; **no training of this library has run on a real GPU yet**. Install `jax[cuda13]` or a CUDA build of torch there.
# - **TPUs.** They are driven by JAX, and a machine's chips belong to one process, so one worker per machine would be the
#   plan. Nobody has tried it; do not count on it.
#
# ## Before you pay
#
# 1. Train on a small sample on your laptop until code and data are right.
# 2. Measure a step with one worker: `history.training.seconds / history.training.steps`.
# 3. Put it into the formula. Often the answer is: one worker, on one larger machine.
# 4. `sparkeras.check` on the cluster.
# 5. `max_retries=2` and a `checkpoint_dir` that outlives a machine. Cheap machines that may be taken away at any time (*spot*)
#    are then usable: the training goes on at its last finished epoch.
# 6. Stop the machines when it is done; a forgotten cluster costs more than any training.

# %% [markdown] tags=["slide", "hidden"]
# ## More machines buy time, not money
#
# - hours you wait, hours you pay: the second is the first times the machines
# - small CNN, measured: two workers are {fig:speed_of_two} times as fast as one
# - a step of N: $c / N + 2 (N - 1) \alpha + 2 (N - 1) / N \cdot b \beta$
# - computed for 10 Gbit/s: best at {fig:best_workers} workers, {fig:best_times_faster} times as fast

# %% [markdown] tags=["slide", "hidden"]
# ## What a worker needs
#
# - cores: spark.task.cpus; memory outside of Java: spark.executor.memoryOverhead
# - all workers start at once, or none
# - files that all machines see; checkpoints that outlive a machine
# - first measure a step, then compute, then `sparkeras.check`, then pay

# %% [markdown] tags=["teacher", "hidden"]
# **Discuss:** Your chief rents 64 machines "to be 64 times as fast". What do you ask?
#
# *Sample answer:* How long is a step with one worker, and how large is the model? From these two numbers follows the number of
# workers with the shortest step. And whether a single larger machine would do.
#
# **Discuss:** Why is a worker with 8 threads often better than 8 workers with one?
#
# *Sample answer:* The threads share one model and its memory, and exchange nothing. Eight workers exchange all gradients in
# each step.

# %% [markdown]
# ## What the result means
#
# Two constants of a network and one measured step tell more than a rented cluster: the small CNN is at its best with
# {fig:best_workers} workers, and beyond {fig:half_efficient} more than half of the money is for waiting. A small dense
# network belongs on one machine, whatever the budget. These are predictions; the measured part is one machine with two
# cores. When you have run it on your cluster, put your own alpha and beta in.
#
# ## Going further
#
# - Draw the *price* of a million steps against the number of workers. Where is its minimum, and why there?
# - Let the batch grow with the workers (each keeps its 256 rows): change `step_seconds`, and compare rows per second.
# - Which alpha would make 8 workers useless for the small CNN? Solve it by the formula, then by trying.
