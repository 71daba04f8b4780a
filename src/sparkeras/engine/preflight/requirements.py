"""What a training needs before its first Spark job, each need as a finding in plain words with the line that mends it.

Runs on: driver.

``training`` raises what is an error here; ``preflight`` shows everything.
"""

from dataclasses import dataclass, field

from sparkeras.engine import backends, blueprint, columns
from sparkeras.engine.blueprint.label_rules import class_counts, label_limits, label_shapes
from sparkeras.engine.blueprint.labels import (
    require_a_class_per_row,
    require_class_numbers,
    require_known_classes,
    require_labels,
    require_reductions,
    require_wide_labels,
)
from sparkeras.engine.blueprint.targets import idle_outputs, targets_of
from sparkeras.engine.callbacks.caller_files import CallbackFiles
from sparkeras.engine.callbacks.writers import require_alone
from sparkeras.engine.columns.label_limits import ids_below
from sparkeras.engine.stage.checkpoints import checked_place
from sparkeras.errors import InvalidColumnError, InvalidModelError, InvalidParamError, SetupError, SparkerasError
from sparkeras.spark import session

# Executors register one by one after a session has started; whoever asks at once finds none.
_GRACE_SECONDS = 60


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes
    ----------
    subject : str
        E.g. ``"slots"``.
    level : str
        ``"ok"``, ``"warning"`` (training goes on, worse than it could) or ``"error"`` (it would fail).
    words : str
    fix : str
        What to change, with the exact setting where it is one; empty where all is well.
    error : type
        The error that a training raises for it.
    """

    subject: str
    level: str
    words: str
    fix: str = ""
    error: type = field(default=SetupError, repr=False)

    def require(self):
        """Raise this finding's error if its level is one."""
        if self.level == "error":
            raise self.error(f"{self.words} {self.fix}".rstrip())

    def __str__(self):
        return f"{self.level:<7}  {self.subject:<18}  {self.words} {self.fix}".rstrip()


def attempt(subject, function, *arguments):
    """Call a function that raises; return its value (None after an error), and a list with the error's Finding."""
    try:
        return function(*arguments), []
    except SparkerasError as error:
        return None, [Finding(subject, "error", str(error), error=type(error))]


def fields_of(schema, model, settings, texts=None):
    """Return the columns that the model is trained with, see ``columns.plan``, which takes ``texts`` too.

    Raises
    ------
    InvalidColumnError, InvalidModelError
        If the columns do not fit the model or its losses.
    """
    validation = settings.validation if isinstance(settings.validation, str) else None
    signature = blueprint.signature(model)
    known = {"idle": idle_outputs(model)} | ({"texts": texts} if texts else {})
    fields = columns.plan(schema, signature, settings.features, settings.label, settings.weight, validation, **known)
    labels = [each for each in fields if each.role == "label"]
    if settings.class_weight and len(labels) != 1:
        raise InvalidParamError(f"Class weights are for a model with one output; this one has {len(labels)}.")
    named = [name for name in settings.class_weight or () if isinstance(name, str)]
    if named:
        raise InvalidParamError(f"Class weights name {named[0]!r}, and the labels are numbers; weight class numbers.")
    if not labels:
        require_labels(model)
    targets = _targets(schema, model, labels)
    require_class_numbers(targets)
    require_wide_labels(model, targets)
    shapes = label_shapes(model, targets)
    require_known_classes(settings.class_weight, class_counts(targets))
    require_a_class_per_row(settings.class_weight, targets, shapes)
    return columns.with_label_shapes(schema, fields, shapes)


def limits_of(schema, model, fields):
    """Return ``{field key: Limits}``, what the model's losses want of labels, and its Embeddings of ids."""
    limits = label_limits(model, _targets(schema, model, [each for each in fields if each.role == "label"]))
    sizes = {each.key: blueprint.embedding_size(model, each.name) for each in fields if each.role == "input"}
    return limits | {key: ids_below(size) for key, size in sizes.items() if size}


def number_of_workers(spark, settings):
    """Return how many workers a training has: the number given; for ``"auto"`` one per executor where Spark tells.

    ``"auto"`` is 1 where only one worker can work (TensorFlow, ``shuffle=False``), where executors come and go, on a
    local master, and where Spark does not tell, as through Connect. Right after a session's start it waits for
    executors, for a minute at most.
    """
    if settings.num_workers != "auto":
        return settings.num_workers
    alone = backends.choose(settings.backend) == "tensorflow" or not settings.shuffle
    if alone or session.allocates_dynamically(spark):
        return 1
    return session.wait_for_executors(spark, _grace(settings)) or 1


def threads_per_worker(spark, settings, workers, side_by_side=1):
    """Return the threads of each worker of each of the trainings that run side by side.

    The number given; else a share of a local master's cores, or all that Spark grants a task elsewhere.
    """
    cores = session.task_cores(spark) or 1
    share = max(1, cores // (workers * side_by_side)) if session.is_local(spark) else cores
    return settings.threads_per_worker or share


def several_workers(spark, settings, workers):
    """Yield the findings about what several workers need of backend, settings and Spark; last the one that may wait."""
    if workers > 1:
        yield _backend(settings)
        yield _order(settings)
        yield _dynamic_allocation(spark)
        yield _slots(spark, settings, workers)


def checkpoint_folder(spark, settings):
    """Return the findings about ``checkpoint_dir``, none without it."""
    if not settings.checkpoint_dir:
        return []
    place, problem = attempt("checkpoints", checked_place, settings.checkpoint_dir, session.runs_here(spark))
    return problem or [Finding("checkpoints", "ok", f"{place}.")]


def require_an_end(df):
    """Raise InvalidColumnError for a stream."""
    if df.isStreaming:
        raise InvalidColumnError("A stream has no end: take a DataFrame of rows that are there.")


def callback_files(spark, settings, workers, backend):
    """Return the CallbackFiles of a training.

    Raises
    ------
    InvalidParamError
        For a callback that cannot do its work there, or cannot travel.
    """
    require_alone(settings.callbacks, workers, backend)
    return CallbackFiles(spark, settings.callbacks)


def require_exact(model, workers):
    """Raise InvalidModelError if several workers could not make the updates that one would make."""
    if workers > 1:
        require_reductions(model)


def require_batch_size(model, batch_size, workers):
    """Raise InvalidModelError or InvalidParamError for a model that takes a fixed number of rows, and gets others."""
    rows = blueprint.fixed_rows(model)
    if rows and workers > 1:
        raise InvalidModelError(
            f"The model was built for batches of {rows} rows (batch_shape), which several workers cannot share. "
            "Build it with keras.Input(shape), or set num_workers=1."
        )
    if rows and rows != batch_size:
        raise InvalidParamError(
            f"The model was built for batches of {rows} rows (batch_shape); got batch_size={batch_size}. "
            f"Set batch_size={rows}."
        )


def _backend(settings):
    name, problem = attempt("backend", backends.choose, settings.backend)
    if problem:
        return problem[0]
    if name == "tensorflow":
        fix = "Use the backend jax or torch for several."
        return Finding("backend", "error", "TensorFlow trains with one worker.", fix)
    return Finding("backend", "ok", f"{name} trains with several workers.")


def _order(settings):
    if settings.shuffle:
        return Finding("order", "ok", "Rows are shuffled by the seed.")
    words = "The DataFrame's order (shuffle=False) can be kept by one worker only; got several."
    return Finding("order", "error", words, "Set shuffle=True or num_workers=1.", InvalidParamError)


def _dynamic_allocation(spark):
    if not session.allocates_dynamically(spark):
        return Finding("dynamic allocation", "ok", "It is off.")
    return Finding(
        "dynamic allocation",
        "error",
        "Spark refuses tasks that wait for each other while it allocates executors dynamically.",
        "Start the session with spark.dynamicAllocation.enabled=false for several workers, or set num_workers=1.",
    )


def _slots(spark, settings, workers):
    if session.allocates_dynamically(spark):
        return Finding("slots", "ok", "Not counted while executors come and go.")
    found = session.wait_for_slots(spark, workers, _grace(settings))
    if found is None:
        return Finding("slots", "ok", f"Unknown here; {workers} workers need as many task slots at once.")
    if found >= workers:
        return Finding("slots", "ok", f"Spark runs {found} tasks at once, and {workers} workers need as many.")
    return Finding(
        "slots",
        "error",
        f"{workers} workers need as many task slots at once, and this Spark has {found} ({session.master_of(spark)}).",
        f"Start it with more, e.g. {session.more_slots(spark, workers)}, or take fewer workers.",
    )


def _grace(settings):
    return min(_GRACE_SECONDS, settings.queue_timeout_seconds)


def _targets(schema, model, labels):
    return targets_of(model, [each.key for each in labels], [_is_number(schema, each) for each in labels])


def _is_number(schema, given):
    """Tell whether a field is one number per row."""
    if given.classes:
        return True
    return len(given.columns) == 1 and columns.is_number(schema[given.columns[0]].dataType)
