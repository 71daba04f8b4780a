"""JAX as Keras' backend. Runs on: training process."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, TypeAlias

import jax
import numpy as np
from jax.flatten_util import ravel_pytree
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from sparkeras.engine.blueprint import state
from sparkeras.engine.internals import jax_internals, keras_internals
from sparkeras.errors import TrainingError

if TYPE_CHECKING:
    import keras

    from sparkeras.engine.backends.protocols import Step, Structure

# The values of a model's trainable variables, its others, its optimizer's and its metrics'.
_State: TypeAlias = tuple[list[jax.Array], ...]
_AXIS = "ranks"


def set_threads(threads: int) -> None:
    """XLA's pools were sized by the environment at the process's start; nothing is left to do."""


def version() -> str:
    """Return the backend's version."""
    return jax.__version__


def join(address: str, host: str, rank: int, ranks: int, timeout_seconds: int) -> Group:
    """Meet the other ranks and return the ``Group``; before anything else touches JAX."""
    jax.config.update("jax_cpu_collectives_implementation", "gloo")
    jax.distributed.initialize(
        address,
        num_processes=ranks,
        process_id=rank,
        initialization_timeout=timeout_seconds,
        coordinator_bind_address=address,  # by default it would listen on every network of this machine
        cluster_detection_method="deactivate",  # ranks are Spark's; a scheduler's variables would give others
    )
    jax_internals.listen_on(host)
    return Group(rank, ranks)


def fast_layers(model: keras.Model) -> AbstractContextManager[object]:
    """Return a context in which layers of images compute in the faster ways of ``jax_conv``."""
    from sparkeras.engine.backends import jax_conv

    return jax_conv.use(model)


class Group:
    """The ranks of one training, over JAX's own collectives (gloo on CPU, NCCL on GPU).

    The model and its variables stay local. Only the jitted training step runs over the mesh of all ranks: its state
    goes in and comes out as arrays that are "replicated", of which each rank holds its own copy, so that no step costs
    more than its one all-reduce, and everything between steps (callbacks, validation, saving) is plain local Keras.
    """

    equal_shapes = True  # one compiled step serves all ranks

    def shapes_may_differ(self, gathers: bool) -> bool:
        """Tell whether ranks may run steps of different shapes: each compiles its own, and they meet in the gradients.

        Not where steps gather rows too: XLA may order the exchanges of two programs differently, and ranks would take
        one for the other. On GPUs, XLA tunes one program on all ranks together.
        """
        return self.here.platform == "cpu" and not gathers

    def __init__(self, rank: int, ranks: int) -> None:
        self.rank, self.ranks = rank, ranks
        self.here = jax.local_devices()[0]
        # One device per rank, in the order of the ranks.
        devices = {device.process_index: device for device in reversed(jax.devices())}
        self.mesh = Mesh(np.array([devices[each] for each in range(ranks)]), (_AXIS,))
        self._sum = jax.jit(self._over_ranks(lambda array: jax.lax.psum(array, _AXIS), PartitionSpec()))

    def leave(self) -> None:
        """Wait for the others and part: a rank that left early would break the others' last step."""
        jax.distributed.shutdown()

    def sum(self, array: np.ndarray) -> np.ndarray:
        """Return the sum over the ranks of an array (n,), of the same dtype."""
        return np.asarray(_local(self._sum(self._replicated(np.asarray(array)))))

    def mean_inside(self, values: list[jax.Array | None], weight: jax.Array | None) -> list[jax.Array | None]:
        """Return the mean of ``values`` over the ranks, each weighted by its ``weight``; one all-reduce moves all."""
        flat, unravel = ravel_pytree(values)
        means: list[jax.Array | None] = unravel(
            jax.lax.pmean(flat, _AXIS) if weight is None else jax.lax.psum(flat * weight, _AXIS)
        )
        return means

    def sum_inside(self, number: jax.Array) -> jax.Array:
        """Return the sum of a number over the ranks; in a step."""
        return jax.lax.psum(number, _AXIS)

    def gather_inside(self, rows: jax.Array) -> jax.Array:
        """Return the rows (n, ...) of all ranks, rank by rank: (ranks * n, ...); in a step."""
        return jax.lax.all_gather(rows, _AXIS, tiled=True)

    def place_inside(self) -> jax.Array:
        """Return this rank's number; in a step, whose program is the same on all ranks."""
        return jax.lax.axis_index(_AXIS)

    def state_of(self, model: keras.Model) -> _State:
        """Return what a training step takes beside its batch."""
        if model.optimizer is not None and not model.optimizer.built:
            model.optimizer.build(model.trainable_variables)
        parts = (model.trainable_variables, model.non_trainable_variables)
        optimizer = model.optimizer.variables if model.optimizer is not None else []
        return tuple([v.value for v in part] for part in (*parts, optimizer, model.metrics_variables))

    def with_other_seeds(self, model: keras.Model, state: _State) -> _State:
        """Return a state in which layers draw other numbers."""
        seeds = [variable.path.endswith("seed_generator_state") for variable in model.non_trainable_variables]
        others = [value + is_seed if is_seed else value for value, is_seed in zip(state[1], seeds, strict=True)]
        return (state[0], others, *state[2:])

    def run_over_ranks(self, step: Step, state: _State, batch: Structure) -> list[jax.Array]:
        """Return the local result of a step that the ranks run together, each with its batch."""
        inside = jax.jit(self._over_ranks(step, PartitionSpec(), PartitionSpec(_AXIS)))
        return [_local(array) for array in inside(self._shared(state), jax.tree.map(self._sharded, batch))]

    def run_alone(self, step: Step, state: _State, batch: Structure) -> list[jax.Array]:
        """Return the result of a step that this rank runs by itself."""
        # Another function each time: JAX would take the program that it has traced, with the numbers drawn then.
        results: list[jax.Array] = jax.jit(lambda *arguments: step(*arguments))(state, batch)
        return results

    def distribute_steps(self, model: keras.Model, validation: bool = False) -> None:
        """Run the steps of ``model`` over all ranks, where ``mean_inside`` works: training's, and validation's too."""
        for kind in ("train", "test") if validation else ("train",):
            self._spread_steps(model, kind)
        sync = model.jax_state_sync

        def jax_state_sync() -> None:
            keras_internals.map_jax_state(model, _local)
            sync()

        model.jax_state_sync = jax_state_sync

    def _spread_steps(self, model: keras.Model, kind: str) -> None:
        """Put a step over all ranks in the place of ``train_step`` or ``test_step``.

        It is always compiled: JAX would run the operations of a step over ranks one by one, and compile each anew.
        """
        step = self._over_ranks(getattr(model, f"{kind}_step"), PartitionSpec(), PartitionSpec(_AXIS))
        setattr(model, f"{kind}_step", jax.jit(step))
        make: Callable[[bool], None] = getattr(model, f"make_{kind}_function")
        spread_functions = []

        def make_spread_function(force: bool = False) -> None:
            make(force)
            local_function = getattr(model, f"{kind}_function")
            if local_function in spread_functions:  # Keras asks again for each validation, and keeps what there is
                return

            def spread_function(state: _State, batches: Iterable[Structure]) -> Any:
                return local_function(self._shared(state), self._sharded_batches(batches))

            spread_functions.append(spread_function)
            setattr(model, f"{kind}_function", spread_function)

        setattr(model, f"make_{kind}_function", make_spread_function)

    def _sharded_batches(self, batches: Iterable[Structure]) -> Iterator[Structure]:
        return (jax.tree.map(self._sharded, batch) for batch in batches)

    def require_no_leak(self, model: keras.Model) -> None:
        """Raise TrainingError if a step changed an optimizer whose state it does not hand on: JAX would lose that."""
        for optimizer in state.optimizers(model):
            if any(isinstance(variable.value, jax.core.Tracer) for variable in optimizer.variables):
                raise TrainingError(
                    f"train_step changed the optimizer {optimizer.name!r} without handing its variables on, so JAX "
                    "lost them. Compile with a keras.optimizers.MultiOptimizer, or use the torch backend."
                )

    def _over_ranks(self, function: Callable[..., Any], *specs: PartitionSpec) -> Callable[..., Any]:
        # JAX cannot see that ranks agree, and metrics and dropout seeds need not.
        return jax.shard_map(function, mesh=self.mesh, in_specs=specs, out_specs=PartitionSpec(), check_vma=False)

    def _shared(self, state: _State) -> _State:
        """Make a state of local arrays one of the mesh's; the state that a step returned is one already."""
        shared: _State = jax.tree.map(lambda v: v if len(v.sharding.device_set) > 1 else self._replicated(v), state)
        return shared

    def _replicated(self, array: np.ndarray | jax.Array) -> jax.Array:
        local = jax.device_put(array, self.here)
        sharding = NamedSharding(self.mesh, PartitionSpec())
        return jax.make_array_from_single_device_arrays(local.shape, sharding, [local])

    def _sharded(self, array: np.ndarray | jax.Array) -> jax.Array:
        local = jax.device_put(array, self.here)
        shape = (self.ranks * local.shape[0], *local.shape[1:])
        sharding = NamedSharding(self.mesh, PartitionSpec(_AXIS))
        return jax.make_array_from_single_device_arrays(shape, sharding, [local])


def _local(array: jax.Array) -> jax.Array:
    """Return this rank's copy of an array of the mesh."""
    return array.addressable_data(0)
