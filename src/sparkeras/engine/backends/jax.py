"""JAX as Keras' backend. Runs on: training process."""

import jax
import numpy as np
from jax.flatten_util import ravel_pytree
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from sparkeras.engine.blueprint import state
from sparkeras.errors import TrainingError

_AXIS = "ranks"


def set_threads(threads):
    """XLA's pools were sized by the environment at the process's start; nothing is left to do."""


def version():
    """Return the backend's version."""
    return jax.__version__


def join(address, host, rank, ranks, timeout_seconds):
    """Meet the other ranks and return the ``Group``; before anything else touches JAX.

    Parameters
    ----------
    address : str
        ``host:port`` where rank 0 listens.
    host : str
        This rank's own address: the only one that it listens on.
    rank, ranks : int
    timeout_seconds : int
        Longest wait for the others.
    """
    jax.config.update("jax_cpu_collectives_implementation", "gloo")
    jax.distributed.initialize(
        address,
        num_processes=ranks,
        process_id=rank,
        initialization_timeout=timeout_seconds,
        coordinator_bind_address=address,  # by default it would listen on every network of this machine
        cluster_detection_method="deactivate",  # Spark told the ranks; a scheduler's variables would tell others
    )
    _listen_on(host)
    return Group(rank, ranks)


def _listen_on(host):
    """Let gloo listen on one address; it would take what the machine's name means, which on Debian is 127.0.1.1.

    JAX has no setting for it (0.10.2). This is its private way to make the CPU's client, with one argument more; a
    test looks at the open ports, so that a JAX which has changed is noticed.
    """
    from jax._src import distributed, xla_bridge

    def make():
        client = distributed.global_state.client
        gloo = xla_bridge._jax.make_gloo_tcp_collectives(distributed_client=client, hostname=host)
        return xla_bridge.make_cpu_client(collectives=gloo)

    xla_bridge.register_backend_factory("cpu", make, priority=0, fail_quietly=False)


def fast_layers(model):
    """Let layers of images compute in faster ways, where there are some; a context."""
    from sparkeras.engine.backends import jax_conv

    return jax_conv.use(model)


class Group:
    """The ranks of one training, over JAX's own collectives (gloo on CPU, NCCL on GPU).

    The model and its variables stay local. Only the jitted training step runs over the mesh of all ranks: its state
    goes in and comes out as arrays that are "replicated", of which each rank holds its own copy, so that no step costs
    more than its one all-reduce, and everything between steps (callbacks, validation, saving) is plain local Keras.
    """

    even_shapes = True  # one compiled step serves all ranks

    def shapes_may_differ(self, gathers):
        """Tell whether ranks may run steps of different shapes: each compiles its own, and they meet in the gradients.

        Not where steps gather rows too: XLA may order the exchanges of two programs differently, and ranks would get
        one for another. On GPUs, XLA tunes one program on all ranks together.
        """
        return self.here.platform == "cpu" and not gathers

    def __init__(self, rank, ranks):
        self.rank, self.ranks = rank, ranks
        self.here = jax.local_devices()[0]
        # One device per rank, in the order of the ranks.
        devices = {device.process_index: device for device in reversed(jax.devices())}
        self.mesh = Mesh(np.array([devices[each] for each in range(ranks)]), (_AXIS,))
        self._sum = jax.jit(self._over_ranks(lambda array: jax.lax.psum(array, _AXIS), PartitionSpec()))

    def leave(self):
        """Wait for the others and part; whoever leaves early would break the others' last step."""
        jax.distributed.shutdown()

    def sum(self, array):
        """Return the sum over the ranks of an array (n,), of the same dtype."""
        return np.asarray(_local(self._sum(self._replicated(np.asarray(array)))))

    def mean_inside(self, values, weight):
        """Return the mean of ``values`` (list of arrays) over the ranks, each weighted by its ``weight``; in a step.

        One all-reduce moves them all.
        """
        flat, unravel = ravel_pytree(values)
        return unravel(jax.lax.pmean(flat, _AXIS) if weight is None else jax.lax.psum(flat * weight, _AXIS))

    def sum_inside(self, number):
        """Return the sum of a number over the ranks; in a step."""
        return jax.lax.psum(number, _AXIS)

    def gather_inside(self, rows):
        """Return the rows (n, ...) of all ranks, rank by rank: (ranks * n, ...); in a step."""
        return jax.lax.all_gather(rows, _AXIS, tiled=True)

    def place_inside(self):
        """Return this rank's number; in a step, whose program is the same on all ranks."""
        return jax.lax.axis_index(_AXIS)

    def state_of(self, model):
        """Return what a training step takes beside its batch."""
        if model.optimizer is not None and not model.optimizer.built:
            model.optimizer.build(model.trainable_variables)
        parts = (model.trainable_variables, model.non_trainable_variables)
        optimizer = model.optimizer.variables if model.optimizer is not None else []
        return tuple([v.value for v in part] for part in (*parts, optimizer, model.metrics_variables))

    def with_other_seeds(self, model, state):
        """Return a state in which layers draw other numbers."""
        seeds = [variable.path.endswith("seed_generator_state") for variable in model.non_trainable_variables]
        others = [value + is_seed if is_seed else value for value, is_seed in zip(state[1], seeds, strict=True)]
        return (state[0], others, *state[2:])

    def run_over_ranks(self, step, state, batch):
        """Return what a step gives that the ranks run together, each with its batch, as local arrays."""
        inside = jax.jit(self._over_ranks(step, PartitionSpec(), PartitionSpec(_AXIS)))
        return [_local(array) for array in inside(self._shared(state), jax.tree.map(self._sharded, batch))]

    def run_alone(self, step, state, batch):
        """Return what a step gives that this rank runs by itself."""
        # Another function each time: JAX would take the program that it has traced, with the numbers drawn then.
        return jax.jit(lambda *given: step(*given))(state, batch)

    def spread(self, model, validation=False):
        """Run the steps of ``model`` over all ranks, where ``mean_inside`` works: training's, and validation's too."""
        for kind in ("train", "test") if validation else ("train",):
            self._spread_steps(model, kind)
        sync = model.jax_state_sync

        def jax_state_sync():
            state = getattr(model, "_jax_state", None)
            if state and not model._jax_state_synced:
                model._jax_state = {name: values and [_local(v) for v in values] for name, values in state.items()}
            sync()

        model.jax_state_sync = jax_state_sync

    def _spread_steps(self, model, kind):
        """Put a step over all ranks in the place of ``train_step`` or ``test_step``.

        It is always compiled: JAX would run the operations of a step over ranks one by one, and compile each anew.
        """
        step = self._over_ranks(getattr(model, f"{kind}_step"), PartitionSpec(), PartitionSpec(_AXIS))
        setattr(model, f"{kind}_step", jax.jit(step))
        make, made = getattr(model, f"make_{kind}_function"), []

        def make_function(force=False):
            make(force)
            local_step = getattr(model, f"{kind}_function")
            if local_step in made:  # Keras asks again for each validation, and keeps what there is
                return

            def function(state, batches):
                return local_step(self._shared(state), (jax.tree.map(self._sharded, batch) for batch in batches))

            made.append(function)
            setattr(model, f"{kind}_function", function)

        setattr(model, f"make_{kind}_function", make_function)

    def require_no_leak(self, model):
        """Raise TrainingError if a step changed an optimizer whose state it does not hand on: JAX would lose that."""
        for optimizer in state.optimizers(model):
            if any(isinstance(variable.value, jax.core.Tracer) for variable in optimizer.variables):
                raise TrainingError(
                    f"train_step changed the optimizer {optimizer.name!r} without handing its variables on, so JAX "
                    "lost them. Compile with a keras.optimizers.MultiOptimizer, or use the torch backend."
                )

    def _over_ranks(self, function, *specs):
        # JAX cannot see that ranks agree, and metrics and dropout seeds need not.
        return jax.shard_map(function, mesh=self.mesh, in_specs=specs, out_specs=PartitionSpec(), check_vma=False)

    def _shared(self, state):
        """Make a state of local arrays one of the mesh's; what a step returned is one already."""
        return jax.tree.map(lambda v: v if len(v.sharding.device_set) > 1 else self._replicated(v), state)

    def _replicated(self, array):
        array = jax.device_put(array, self.here)
        sharding = NamedSharding(self.mesh, PartitionSpec())
        return jax.make_array_from_single_device_arrays(array.shape, sharding, [array])

    def _sharded(self, array):
        array = jax.device_put(array, self.here)
        shape = (self.ranks * array.shape[0], *array.shape[1:])
        sharding = NamedSharding(self.mesh, PartitionSpec(_AXIS))
        return jax.make_array_from_single_device_arrays(shape, sharding, [array])


def _local(array):
    return array.addressable_data(0)
