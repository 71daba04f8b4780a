"""What users write themselves: layers that add losses, losses, optimizers and steps of their own."""

import keras
from keras import layers, ops


class AddsMean(layers.Layer):
    def call(self, x):
        self.add_loss(0.1 * ops.mean(ops.square(x)))
        return x


class AddsSum(layers.Layer):
    def call(self, x):
        self.add_loss(0.01 * ops.sum(ops.square(x)))
        return x


class AddsInTraining(layers.Layer):
    """A mean and a sum, in training alone."""

    def call(self, x, training=None):
        if training:
            self.add_loss([0.1 * ops.mean(ops.square(x)), 0.01 * ops.sum(ops.abs(x))])
        return x


class Largest(keras.metrics.Metric):
    """The largest number said so far, which is not a sum."""

    def __init__(self, name="largest", **settings):
        super().__init__(name=name, **settings)
        self.value = self.add_weight(name="value", initializer="zeros")

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.value.assign(ops.maximum(self.value, ops.max(y_pred)))

    def result(self):
        return self.value + 0


def loss(y, said):
    picked = ops.take_along_axis(said, ops.cast(ops.reshape(y, (-1, 1)), "int32"), axis=1)
    return ops.square(1 - picked[:, 0])


class OwnOptimizer(keras.optimizers.SGD):
    def update_step(self, gradient, variable, learning_rate):
        super().update_step(ops.sign(gradient) * ops.sqrt(ops.abs(gradient)), variable, learning_rate)


class TripledLoss(keras.Model):
    """A loss of its own kind in the step, on the backend's own terms, ending in Keras' optimizer."""

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        return 3 * super().compute_loss(x, y, y_pred, sample_weight, training)


class LossWithoutWeights(keras.Model):
    """A loss as Keras' guides write it, which takes no notice of row weights."""

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        picked = ops.take_along_axis(y_pred, ops.cast(ops.reshape(y, (-1, 1)), "int32"), axis=1)
        return ops.mean(ops.square(1 - picked)) + sum(self.losses)


class PairStep(keras.Model):
    """A step as tutorials write it: it takes (x, y) and no row weights, and keeps the books itself."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.mean_loss = keras.metrics.Mean(name="mean_loss")

    @property
    def metrics(self):
        return [self.mean_loss]

    def train_step(self, *state_and_data):
        *state, data = state_and_data
        x, y = data
        return self._on_jax(*state, x, y) if state else self._on_torch(x, y)

    def _loss(self, y, said):
        return ops.mean(keras.losses.sparse_categorical_crossentropy(y, said))

    def _on_torch(self, x, y):
        self.zero_grad()
        loss = self._loss(y, self(x, training=True))
        loss.backward()
        weights = self.trainable_weights
        self.optimizer.apply([weight.value.grad for weight in weights], weights)
        self.mean_loss.update_state(loss)
        return {"mean_loss": self.mean_loss.result()}

    def _on_jax(self, state, x, y):
        import jax

        trainable, fixed, optimizer, books = state

        def loss_of(trainable):
            said, new = self.stateless_call(trainable, fixed, x, training=True)
            return self._loss(y, said), new

        (loss, fixed), grads = jax.value_and_grad(loss_of, has_aux=True)(trainable)
        trainable, optimizer = self.optimizer.stateless_apply(optimizer, grads, trainable)
        books = self.mean_loss.stateless_update_state(books, loss)
        return {"mean_loss": self.mean_loss.stateless_result(books)}, (trainable, fixed, optimizer, books)


class PairSteps(PairStep):
    """Both steps of its own: the tracker of the loss gets the mean over a batch, in validation too."""

    def test_step(self, *state_and_data):
        *state, (x, y) = state_and_data
        if not state:
            self.mean_loss.update_state(self._loss(y, self(x)))
            return {"mean_loss": self.mean_loss.result()}
        ((trainable, fixed, books),) = state
        said, fixed = self.stateless_call(trainable, fixed, x)
        books = self.mean_loss.stateless_update_state(books, self._loss(y, said))
        return {"mean_loss": self.mean_loss.stateless_result(books)}, (trainable, fixed, books)


class TwoOptimizers(PairStep):
    """Two optimizers, kept in a list, each for its part of the weights; on torch, whose optimizers keep their state."""

    def compile(self, *arguments, **settings):
        super().compile(*arguments, **settings)
        self.parts = [keras.optimizers.SGD(0.1), keras.optimizers.Adam(0.01)]

    def _on_torch(self, x, y):
        self.zero_grad()
        loss = self._loss(y, self(x, training=True))
        loss.backward()
        weights = self.trainable_weights
        for optimizer, part in zip(self.parts, (weights[:2], weights[2:]), strict=True):
            optimizer.apply([weight.value.grad for weight in part], part)
        self.mean_loss.update_state(loss)
        return {"mean_loss": self.mean_loss.result()}
