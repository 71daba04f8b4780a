"""The plain values that pass between driver, Spark task and training process: a Job, and the Answer to it.

Runs on: driver, Spark task, training process.
"""

from dataclasses import dataclass, field
from typing import Any

from sparkeras.engine.columns.field import Field
from sparkeras.engine.columns.label_limits import Limits
from sparkeras.engine.params import Settings


@dataclass(frozen=True)
class Job:
    """One training or evaluation, ready to leave the driver.

    Attributes
    ----------
    mode : str
        ``"fit"`` or ``"evaluate"``.
    blueprint : bytes
        Of ``blueprint.pack``.
    settings : Settings
        Without its callbacks, which travel packed.
    fields : list of Field
    limits : dict of str to Limits
        The values that a field may have, by field key.
    backend : str
    workers : int
        Training processes; each is a rank.
    threads : int
        Threads that each training process computes with.
    callbacks : bytes
        The user's callbacks by value, empty for none.
    files : bytes
        The caller's files that callbacks may read, of ``files.pack``.
    folder : tuple of str
        The caller's folder within the tree of ``files``: empty if no relative path leads upwards.
    root : str
        The training process's folder for callbacks' files.
    checkpoint_dir : str or None
        Absolute path or URI.
    fingerprint : str
        Of model and settings, if there are checkpoints.
    run, attempt : str
        Tokens of this training, and of this attempt at it.
    progress : dict or None
        The address for live progress: host, port, token.
    template : bool
        Whether the process may be a fork of its executor's template.
    """

    mode: str
    blueprint: bytes
    settings: Settings
    fields: list[Field]
    limits: dict[str, Limits]
    backend: str
    workers: int = 1
    threads: int = 1
    callbacks: bytes = b""
    files: bytes = b""
    folder: tuple[str, ...] = ()
    root: str = "."
    checkpoint_dir: str | None = None
    fingerprint: str = ""
    run: str = ""
    attempt: str = ""
    progress: dict[str, Any] | None = None
    template: bool = True


@dataclass
class Answer:
    """The result that comes back to the driver.

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
        Files that callbacks wrote, changed or removed at relative paths, of ``files.changed``.
    """

    facts: dict[str, Any] = field(default_factory=dict)
    state: bytes = b""
    callbacks: bytes = b""
    files: bytes = b""
