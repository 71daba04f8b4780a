# ---
# jupyter:
#   lesson:
#     title: The playground
#     about: points of a plane, where a network draws its border, features, noise, overfitting and how to calm it
#     reading: 20
#     exercises: 50
#     data: [circles, spiral, xor, gauss]
#     figures:
#       one_unit: {value: 0.67, within: 0.04, format: ".2f", full: true}
#       two_units: {value: 0.81, within: 0.04, format: ".2f", full: true}
#       four_units: {value: 1.0, within: 0.03, format: ".2f", full: true}
#       spiral_line: {value: 0.575, within: 0.03, format: ".2f"}
#       spiral_network: {value: 1.0, within: 0.03, format: ".2f"}
#       big_train: {value: 0.90, within: 0.06, format: ".2f", full: true}
#       big_test: {value: 0.82, within: 0.07, format: ".2f", full: true}
#       calm_test: {value: 0.99, within: 0.05, format: ".2f", full: true}
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
# ---

# %% [markdown]
# # 4. The playground
#
# **What you will do.** With two numbers per row you can *see* what a network does: it paints the plane. You watch how units
# make corners, find a feature that makes a network needless, train a spiral, find out what noise allows, and let a network learn
# nonsense by heart, until you stop it and calm it.
#
# **Time.** 20 minutes of reading, 50 of exercises. **The figure to reach:** an accuracy of {fig:spiral_network} on the spiral,
# where a straight line gets {fig:spiral_line}.

# %%
import keras
import matplotlib.pyplot as plt
import numpy as np
from sklearn.linear_model import LogisticRegression

from sparkeras import plots
from sparkeras.course import check, figure, load, pick, show

plt.style.use("tableau-colorblind10")
keras.utils.set_random_seed(0)

# %% [markdown]
# ## Four riddles
#
# Each has 800 training points and 200 test points in two classes. They are made by a formula and a little noise, so we know
# the truth about them, which is rare.

# %%
circles, spiral, xor, gauss = (load(name) for name in ("circles", "spiral", "xor", "gauss"))
figure_, panels = plt.subplots(1, 4, figsize=(13, 3.6))
for panel, data in zip(panels, (circles, spiral, xor, gauss)):
    for label, marker in ((0, "o"), (1, "s")):
        some = data.x_train[data.y_train == label]
        panel.scatter(some[:, 0], some[:, 1], s=6, marker=marker, label=f"class {label}")
    panel.set(title=data.name, xlabel="first feature", ylabel="second feature")
panels[0].legend(fontsize=8)
figure_.tight_layout()
plt.show()

# %% [markdown]
# ## Units make corners
#
# One hidden unit with a ReLU has one straight fold: on one side of a line it says nothing, beyond it grows. With one
# unit the network can cut the plane once. Two units cut twice, which makes a wedge or a strip. Three can close a border around
# the inner class, and more units make the border rounder. `plots.draw_boundary` paints what the network says of each point of the plane, paler where it
# is less sure, and rings the points that it gets wrong.


# %%
def build(units, rate=0.01, calm=None):
    """Return a compiled network with hidden layers of these units and one output, the probability of class 1."""
    hidden = [keras.layers.Dense(count, activation="relu", kernel_regularizer=calm) for count in units]
    network = keras.Sequential([keras.Input((2,)), *hidden, keras.layers.Dense(1, activation="sigmoid")])
    network.compile(keras.optimizers.Adam(rate), loss="binary_crossentropy", metrics=["accuracy"])
    return network


def paint(network, x, y):
    """Show the border that a network draws, and points upon it."""
    show(plots.draw_boundary, lambda points: network.predict(points, batch_size=8192, verbose=0), x, y)


def accuracy(network, x, y):
    """Return the share of points that a network gets right."""
    return np.mean((np.asarray(network(x)).ravel() > 0.5) == y)


# %%
reached = {}
for units in pick(full=(1, 2, 3, 4), fast=(4,)):
    keras.utils.set_random_seed(0)
    network = build([units], rate=0.05)
    network.fit(circles.x_train, circles.y_train, epochs=pick(full=30, fast=10), batch_size=32, verbose=0)
    reached[units] = accuracy(network, circles.x_test, circles.y_test)
    print(f"{units} hidden units, accuracy on test points: {reached[units]:.2f}")
    paint(network, circles.x_test, circles.y_test)
figure("4.one_unit", reached.get(1, np.nan))
figure("4.two_units", reached.get(2, np.nan))
figure("4.four_units", reached[4])

# %% [markdown]
# One unit: {fig:one_unit}. Two: {fig:two_units}. Four: {fig:four_units}. Three units *can* do it, but do not always find it: with
# another seed, one of them may end up saying nothing for every point. It then has no slope and never comes back. That is why one gives a
# network more units than the riddle needs.
#
# The same with the mouse: `pip install 'sparkeras[lab]'` and `sparkeras lab` in a terminal open a *playground* in your browser,
# where the border moves while the network learns. While it runs, these links open it as this lesson has it; press Play:
# [the ring with two units](http://127.0.0.1:8420/playground#layers=2&activation=relu&optimizer=adam&rate=0.01),
# [with four](http://127.0.0.1:8420/playground#layers=4&activation=relu&optimizer=adam&rate=0.01),
# [the ring by one neuron that knows squares](http://127.0.0.1:8420/playground#features=x1^2,x2^2&layers=&optimizer=adam).
#
# ## Or one thought
#
# ### Exercise 4.1: a ring is a threshold
#
# Write `ring(x)`. It turns points (rows, 2) into *one* number per row, an array (rows, 1), so that a single neuron, a straight line, can tell the disc
# from the ring.


# %% tags=["exercise", "4.1"]
def ring(x):
    """Return one feature of each point, (rows, 1)."""
    ### BEGIN SOLUTION
    return (x**2).sum(axis=1, keepdims=True)
    ### END SOLUTION


# %% tags=["check"]
check("4.1")

# %% [markdown]
# ### Exercise 4.2: unroll the spiral
#
# A spiral is harder, but not without a rule. Let $r$ be the distance of a point from the middle, and $\alpha$ its angle,
# `np.arctan2(x[:, 0], x[:, 1])`. The points of class 0 have $\alpha \approx 0.7\,\pi\,r$, give or take whole turns. Those of class 1 lie half a
# turn further, at $0.7\,\pi\,r + \pi$.
#
# Write `unroll(x)`, one number per point again, (rows, 1), so that a straight line tells the arms apart. An angle jumps from $\pi$ to $-\pi$ after a whole
# turn; which function of an angle does not care for whole turns?


# %% tags=["exercise", "4.2"]
def unroll(x):
    """Return one feature of each point, (rows, 1)."""
    ### BEGIN SOLUTION
    r, angle = np.hypot(x[:, 0], x[:, 1]), np.arctan2(x[:, 0], x[:, 1])
    return np.cos(angle - 0.7 * np.pi * r)[:, None]
    ### END SOLUTION


# %% tags=["check"]
check("4.2")

# %% [markdown]
# ## The spiral, learned
#
# You knew the formula. Suppose you did not, as with all data that is worth a network. Then many units have to fold the plane
# until the arms come apart.
#
# ### Exercise 4.3: train it
#
# Build `network`: it takes two numbers, has two hidden layers of 32 ReLU units, and gives the probability of class 1. Compile
# it with `keras.optimizers.Adam(0.02)`, train it for `epochs` epochs on the spiral's training points. Aim at 95 % of the test points.

# %% tags=["exercise", "4.3"]
epochs = pick(full=60, fast=30)
keras.utils.set_random_seed(0)
network = None
### BEGIN SOLUTION
network = keras.Sequential(
    [
        keras.Input((2,)),
        keras.layers.Dense(32, activation="relu"),
        keras.layers.Dense(32, activation="relu"),
        keras.layers.Dense(1, activation="sigmoid"),
    ]
)
network.compile(keras.optimizers.Adam(0.02), loss="binary_crossentropy", metrics=["accuracy"])
network.fit(spiral.x_train, spiral.y_train, epochs=epochs, batch_size=32, verbose=0)
### END SOLUTION

# %% tags=["check"]
check("4.3")

# %%
line = LogisticRegression().fit(spiral.x_train, spiral.y_train)
figure("4.spiral_line", line.score(spiral.x_test, spiral.y_test))
if network is not None:
    figure("4.spiral_network", accuracy(network, spiral.x_test, spiral.y_test))
    paint(network, spiral.x_test, spiral.y_test)

# %% [markdown]
# Look at the corners of the picture, where there are no points. The network is as sure there as elsewhere. It does not know where
# its knowledge ends.
#
# In the lab: [the spiral without a hidden layer](http://127.0.0.1:8420/playground#data=spiral&layers=&optimizer=adam&rate=0.01), and
# [with two of eight units](http://127.0.0.1:8420/playground#data=spiral&layers=8,8&activation=relu&optimizer=adam&rate=0.01).
#
# ## What noise allows
#
# In `gauss`, the points of class 1 lie around (2, 2) and those of class 0 around (-2, -2). Both coordinates are normally distributed with a
# standard deviation of 1.1. The clouds overlap a little. The best border is the line $x_1 + x_2 = 0$: it halves the way between the
# clouds, and no network can find a better one. So here, too, there is a number that nobody can beat.
#
# ### Exercise 4.4: the ceiling
#
# Set `ceiling` to the share of new points that this best border gets right, to three digits. You may think, or let NumPy draw very
# many points and count; the 200 test points are too few for three digits.

# %% tags=["exercise", "4.4"]
ceiling = None
### BEGIN SOLUTION
points = np.random.default_rng(0).normal(2, 1.1, size=(1_000_000, 2))
ceiling = np.mean(points.sum(axis=1) > 0)
### END SOLUTION

# %% tags=["check"]
check("4.4")

# %% [markdown]
# ## Learning nonsense by heart
#
# Now we make it worse on purpose. Of `gauss` we keep 100 training points only, and turn the label of every fourth point, as if a tired person had
# labelled them. A network of 64 and 64 units has 4,417 numbers for 100 points. It can draw an island around each
# wrong one. The other training points become validation points; their labels are as unreliable, as they would be in real life. The test
# points keep their true labels.

# %%
rng = np.random.default_rng(1)
turned = rng.random(len(gauss.y_train)) < 0.25
noisy = np.where(turned, 1 - gauss.y_train, gauss.y_train)
x_few, y_few, x_val, y_val = gauss.x_train[:100], noisy[:100], gauss.x_train[100:], noisy[100:]

keras.utils.set_random_seed(1)
big = build([64, 64])
epochs = pick(full=150, fast=15)
history = big.fit(x_few, y_few, epochs=epochs, batch_size=20, validation_data=(x_val, y_val), verbose=0).history
figure("4.big_train", accuracy(big, x_few, y_few))
figure("4.big_test", accuracy(big, gauss.x_test, gauss.y_test))
show(plots.draw_history, history)
paint(big, x_few, y_few)

# %% [markdown]
# A quarter of the labels are wrong, so a model that understands the clouds gets about 75 % of these training labels "right". The big
# network gets {fig:big_train}. It has learned some of the wrong ones, and pays for it: {fig:big_test} of the test points, where a
# straight line gets nearly all. On the way the loss on training points falls and falls, while that on validation points turns and
# rises. This is *overfitting*. Only rows that the network did not learn from can show it.
#
# ## Stop in time
#
# The simplest remedy: stop when the validation loss does not improve any more, and go back to the best epoch. As the loss jumps a little, one waits
# for some epochs, the *patience*, before one gives up.
#
# ### Exercise 4.5: patience
#
# Write `stop(losses, patience)`. It goes through the validation losses epoch by epoch, as if they came in one after the other. After
# `patience` epochs in a row without a new best one it ends. It returns the number of the epoch (counted from 0) whose weights are to
# be kept: the best one *up to then*.


# %% tags=["exercise", "4.5"]
def stop(losses, patience):
    """Return the number of the epoch to keep."""
    ### BEGIN SOLUTION
    best = 0
    for epoch, loss in enumerate(losses):
        if loss < losses[best]:
            best = epoch
        if epoch - best >= patience:
            break
    return best
    ### END SOLUTION


# %% tags=["check"]
check("4.5")

# %%
if stop(history["val_loss"], 20) is not None:
    kept = stop(history["val_loss"], 20)
    print(f"Of {epochs} epochs, number {kept} is kept: validation loss {history['val_loss'][kept]:.3f}")
    print(f"at the end it was {history['val_loss'][-1]:.3f}")

# %% [markdown]
# In Keras this is `keras.callbacks.EarlyStopping(patience=20, restore_best_weights=True)`.
#
# ## Calm it
#
# Islands need steep slopes, and steep slopes need large weights. So one may add a price for large weights to the loss: the sum of all squared
# weights, times a strength. This is *L2 regularisation*, or weight decay. A wrong label must then be worth the price of its island.
#
# In the lab: [fifty points of two noisy clouds, learned by heart](http://127.0.0.1:8420/playground#data=gauss&layers=8,8,8&activation=relu&optimizer=adam&rate=0.01&noise=2&share=10),
# and [the same with a price](http://127.0.0.1:8420/playground#data=gauss&layers=8,8,8&activation=relu&optimizer=adam&rate=0.01&regularisation=l2&price=0.03&noise=2&share=10).
# Watch the two curves.
#
# ### Exercise 4.6: the price
#
# Write `price(kernels, strength)`: the sum of all squared numbers in a list of weight matrices, times the strength. (The biases are left
# out: they shift slopes, but do not make them steeper.)


# %% tags=["exercise", "4.6"]
def price(kernels, strength):
    """Return the price of these weights, one number."""
    ### BEGIN SOLUTION
    return strength * sum(np.sum(kernel**2) for kernel in kernels)
    ### END SOLUTION


# %% tags=["check"]
check("4.6")

# %%
keras.utils.set_random_seed(1)
calm = build([64, 64], calm=keras.regularizers.L2(0.02))
kernels = [np.asarray(layer.kernel) for layer in calm.layers[:2]]
print("Keras' price of the first weights:", float(sum(calm.losses)), "and yours:", price(kernels, 0.02))
calm.fit(x_few, y_few, epochs=epochs, batch_size=20, verbose=0)
figure("4.calm_test", accuracy(calm, gauss.x_test, gauss.y_test))
paint(calm, x_few, y_few)

# %% [markdown] tags=["slide", "hidden"]
# ## Units make corners
#
# - a disc in a ring: 1 unit {fig:one_unit}, 2 units {fig:two_units}, 4 units {fig:four_units}
# - or one feature, $x_1^2 + x_2^2$, and one neuron
# - more units than needed: some may fall asleep for ever

# %% [markdown] tags=["slide", "hidden"]
# ## Overfitting
#
# - 100 points, a quarter of the labels wrong, 4,417 weights
# - right on test points: {fig:big_test}
# - the same with a price on weights: {fig:calm_test}
# - seen on validation rows only

# %% [markdown] tags=["teacher", "hidden"]
# **Discuss:** The big network has an accuracy of {fig:big_train} on its training points, more than the calm one. Which one do you ship?
#
# *Sample answer:* The calm one. A quarter of the training labels are wrong; who gets more than 75 % of them right has learned mistakes.
#
# **Discuss:** Why not simply take a network of four units?
#
# *Sample answer:* Here that works well too. In many dimensions nobody knows how many units are enough, so one takes many and calms them.

# %% [markdown]
# ## What the result means
#
# A network draws a border from straight folds, and more units make more folds. Where you know the shape, one feature
# does it, and a line gets what the network gets. Where you do not, the network finds a border: {fig:spiral_network} on a
# spiral that leaves a line at {fig:spiral_line}. With the same freedom it also draws borders around mistakes: {fig:big_test} on test points,
# against {fig:calm_test} with a price on large weights. So give it freedom, watch it on rows that it does not learn from, and stop it or
# calm it.
#
# ## Going further
#
# - Train the spiral with hidden layers of 8 and 8 units, then with 32 alone. Which is harder, and why?
# - Give the spiral's network `unroll(x)` as a third input. How many units does it need now?
# - Raise the strength in the last cell to 1. What does the picture look like? What does the network say?
# - In the lab (`sparkeras lab`) you do all of this with the mouse, and watch the border while it moves.
