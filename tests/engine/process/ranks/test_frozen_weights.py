"""What the ranks agree on at an epoch's end leaves frozen weights as they are, and makes means of moving statistics."""

import keras
import numpy as np

from sparkeras.engine.process.ranks.epoch_metrics import MetricsOfAllRanks


class ThreeRanks:
    """Two more ranks like this one, whose moving statistics are ``apart`` from its own."""

    rank, ranks = 0, 3

    def __init__(self, apart=0.0):
        self.apart = np.float32(apart / 3)

    def sum(self, flat):
        if flat.dtype.kind == "i":
            return flat * 3
        return flat + (flat + self.apart) + (flat - self.apart) + self.apart


def reduced(model, group):
    callback = MetricsOfAllRanks(group, same_on_all=lambda metric: False, counts=True)
    callback.set_model(model)
    callback._reduce_training()
    return [keras.ops.convert_to_numpy(v.value) for v in model.non_trainable_variables]


def test_frozen_weights_stay_bit_for_bit():
    model = keras.Sequential([keras.Input((40,)), keras.layers.Dense(30)])
    model.compile("sgd", "mse")
    model.trainable = False
    before = model.get_weights()[0]
    third = before / np.float32(3)
    assert (third + third + third != before).any()  # so their mean would be other weights
    np.testing.assert_array_equal(reduced(model, ThreeRanks())[0], before)


def test_moving_statistics_become_the_mean():
    model = keras.Sequential([keras.Input((2,)), keras.layers.BatchNormalization()])
    model.compile("sgd", "mse")
    mean, variance = reduced(model, ThreeRanks(apart=0.3))
    np.testing.assert_allclose(mean, [0.1, 0.1], rtol=1e-5)
    np.testing.assert_allclose(variance, [1.1, 1.1], rtol=1e-5)
