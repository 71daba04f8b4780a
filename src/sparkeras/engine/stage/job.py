"""What a training is told, and what it answers: the plain values that pass between driver, task and process.

Runs on: driver, Spark task, training process.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Job:
    """One training or evaluation, ready to leave the driver.

    Attributes
    ----------
    mode : str
        ``"fit"`` or ``"evaluate"``.
    blueprint : bytes
        Of ``blueprint.pack``.
    fields : list of columns.Field
    limits : dict
        What labels must be, by field key, see ``label_limits``.
    callbacks : bytes
        The user's callbacks by value, empty for none.
    files : bytes
        What callbacks find of the caller's files, of ``files.pack``.
    folder : tuple of str
        The caller's folder within what ``files`` mirrors: empty where no relative path leads upwards.
    root : str
        Where the training process keeps callbacks' files.
    backend : str
    template : bool
        Whether the process may be a fork of its executor's template.
    threads : int
        Threads that each training process computes with.
    workers : int
        Training processes; each is a rank.
    epochs, batch_size, seed : int
    shuffle : bool
    validation_fraction : float
        0 for none.
    class_weight : dict or None
    skip_invalid : bool
        Whether rows with a null or NaN are left out; else they are an error.
    max_shard_memory : int
        Bytes of rows that a training process holds at most.
    fast_convolutions : bool
        Whether images train in faster ways than Keras' own, where there are some.
    check_exact : bool
        Whether several workers' first gradients are compared with those of one worker.
    start_timeout_seconds, step_timeout_seconds : int
        Longest wait until the process is ready, and between two signs of life after that.
    checkpoint_dir : str or None
        Absolute path or URI.
    fingerprint : str
        Of model and settings, where there are checkpoints.
    run, attempt : str
        Tokens of this training, and of this attempt at it.
    queue_timeout_seconds : int
        Longest wait for free task slots.
    progress : dict or None
        Where live progress goes: host, port, token.
    """

    mode: str
    blueprint: bytes
    fields: list
    limits: dict
    callbacks: bytes
    backend: str
    threads: int
    workers: int
    batch_size: int
    seed: int
    files: bytes = b""
    folder: tuple = ()
    root: str = "."
    epochs: int = 1
    shuffle: bool = False
    validation_fraction: float = 0.0
    class_weight: dict | None = None
    skip_invalid: bool = False
    max_shard_memory: int = 2**30
    fast_convolutions: bool = True
    check_exact: bool = True
    start_timeout_seconds: int = 300
    step_timeout_seconds: int = 600
    checkpoint_dir: str | None = None
    fingerprint: str = ""
    run: str = ""
    attempt: str = ""
    queue_timeout_seconds: int = 3600
    progress: dict | None = None
    template: bool = True


@dataclass
class Answer:
    """What comes back to the driver.

    Attributes
    ----------
    facts : dict
        ``history`` (of ``TrainingHistory.packed``), ``figures`` (of an evaluation), ``build_shape``, ``last_epoch``,
        ``versions``, ``checkpoints`` (name of the training's checkpoints, None without).
    state : bytes
        Of ``blueprint.state.pack_state``; empty for an evaluation.
    callbacks : bytes
        Attributes of the user's callbacks after training, by value.
    files : bytes
        What callbacks wrote, changed or removed at relative paths, of ``files.changed``.
    """

    facts: dict = field(default_factory=dict)
    state: bytes = b""
    callbacks: bytes = b""
    files: bytes = b""
