# ---
# jupyter:
#   lesson:
#     title: One neuron
#     about: weights, activations, layers, and why a network needs a bend
#     reading: 20
#     exercises: 35
#     figures:
#       line_on_xor: {value: 0.5, within: 0.13, format: ".2f"}
#       network_on_xor: {value: 1.0, within: 0.0, format: ".2f"}
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
# ---

# %% [markdown]
# # 1. One neuron
#
# **What you will do.** You compute one neuron by hand, look at the bends that neurons can have, write two of them
# yourself, stack neurons to a layer, and find out why a hundred layers without a bend are no more than one. At the end
# you set twelve numbers by hand, and they solve a riddle that no straight line can.
#
# **Time.** 20 minutes of reading, 35 of exercises. **The figure to reach:** an accuracy of {fig:network_on_xor} on a
# riddle where a straight line gets {fig:line_on_xor}, as good as tossing a coin.
#
# You need Python and a little NumPy, and no other knowledge. Where a cell says `# your answer`, replace it; then run the
# `check` below it. It says whether you got it right, and if not, what to think about. A wrong answer costs nothing.

# %%
import keras
import matplotlib.pyplot as plt
import numpy as np

from sparkeras import plots
from sparkeras.course import check, figure, load, show

plt.style.use("tableau-colorblind10")
keras.utils.set_random_seed(0)

# %% [markdown]
# ## What a neuron does
#
# A neuron takes some numbers $x_1, \dots, x_n$, multiplies each by a *weight* of its own, adds them up with one more
# number, the *bias*, and bends the sum by a function, the *activation*:
#
# $$z = w_1 x_1 + \dots + w_n x_n + b, \qquad a = f(z)$$
#
# Learning means to find good values for $w$ and $b$. Everything else in this course is a matter of how many such
# neurons there are, how they are connected, and how one finds the numbers.
#
# ### Exercise 1.1: by hand
#
# Three inputs, three weights, a bias. Set `output` to what the neuron says if its activation is `np.tanh`.

# %% tags=["exercise", "1.1"]
x = np.array([1.0, -2.0, 0.5])
w = np.array([1.4, 0.3, -0.5])
b = 0.6
output = None
### BEGIN SOLUTION
output = np.tanh(w @ x + b)
### END SOLUTION

# %% tags=["check"]
check("1.1")

# %% [markdown]
# ## Bends
#
# These are the activations that you meet most often:
#
# | name | formula | what for |
# |---|---|---|
# | sigmoid | $1 / (1 + e^{-z})$ | a probability; between layers it was common until about 2010 |
# | tanh | $(e^z - e^{-z}) / (e^z + e^{-z})$ | the same shape around zero |
# | ReLU | $\max(0, z)$ | the usual choice between layers: cheap, and its slope does not fade for large $z$ |
# | leaky ReLU | $z$ above zero, $s z$ below, with a small $s$ | as ReLU, but never quite without a slope |
# | ELU | $z$ above zero, $e^z - 1$ below | as leaky ReLU, and smooth |
# | maxout | the largest of several sums | learns its own bend; costs more weights |
# | softmax | $e^{z_i} / \sum_j e^{z_j}$ | turns a row of numbers into probabilities, at the end of a network |
#
# The slope matters as much as the value: a network learns by asking how its error changes with each weight, and where the
# slope is zero nothing is learned.

# %%
z = np.linspace(-4, 4, 401)
curves = {
    "sigmoid": 1 / (1 + np.exp(-z)),
    "tanh": np.tanh(z),
    "ReLU": np.maximum(0, z),
    "leaky ReLU, s = 0.1": np.where(z > 0, z, 0.1 * z),
    "ELU": np.where(z > 0, z, np.exp(z) - 1),
    "maxout of -z/2 and z": np.maximum(-z / 2, z),
}
figure_, (values, slopes) = plt.subplots(1, 2, figsize=(11, 4))
for name, curve in curves.items():
    style = "--" if "maxout" in name else "-"  # above zero it lies on others
    values.plot(z, curve, style, label=name)
    slopes.plot(z, np.gradient(curve, z), style, label=name)
values.set(title="Activations", xlabel="z", ylabel="f(z)", ylim=(-1.5, 4))
slopes.set(title="Their slopes", xlabel="z", ylabel="f'(z)")
values.legend(fontsize=8)
plt.show()

# %% [markdown]
# ### Exercise 1.2: a leak
#
# Write `leaky_relu(z, slope)`. It must work for an array of any shape.


# %% tags=["exercise", "1.2"]
def leaky_relu(z, slope=0.1):
    """Return z where it is above zero, slope times z below."""
    ### BEGIN SOLUTION
    return np.where(z > 0, z, slope * z)
    ### END SOLUTION


# %% tags=["check"]
check("1.2")

# %% [markdown]
# ### Exercise 1.3: softmax
#
# Each row of `z` holds a score per class. Write `softmax(z)`, which turns each *row* into probabilities that sum to one.
# It must survive scores of 1000: `np.exp(1000)` is infinite. Subtracting the same number from all scores of a row
# changes nothing in the result. Which number would help?


# %% tags=["exercise", "1.3"]
def softmax(z):
    """Return probabilities, (rows, classes), of scores of the same shape."""
    ### BEGIN SOLUTION
    powers = np.exp(z - z.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
    ### END SOLUTION


# %% tags=["check"]
check("1.3")

# %% [markdown]
# ## A layer
#
# A layer is several neurons that see the same inputs. With the weights of each neuron in a column of a matrix $W$, and
# many rows at once in $X$, it is one product: $A = f(X W + b)$. Shapes tell most errors before they happen:
# `(rows, inputs) @ (inputs, neurons) + (neurons,)` gives `(rows, neurons)`.
#
# ### Exercise 1.4: how many numbers
#
# An image of 28 x 28 pixels goes into a layer of 100 neurons, and its output into a layer of 10. Set `parameters` to the
# number of weights and biases that this network has to learn.

# %% tags=["exercise", "1.4"]
parameters = None
### BEGIN SOLUTION
parameters = (28 * 28 + 1) * 100 + (100 + 1) * 10
### END SOLUTION

# %% tags=["check"]
check("1.4")

# %% [markdown]
# ## Why the bend
#
# Here are two layers without an activation, one after the other. They have 17 numbers to learn and look like more than one layer.
#
# ### Exercise 1.5: two are one
#
# Find the one layer, `W` and `b`, that says the same as both together, for every input.

# %% tags=["exercise", "1.5"]
rng = np.random.default_rng(0)
W1, b1 = rng.normal(size=(2, 3)), rng.normal(size=3)
W2, b2 = rng.normal(size=(3, 2)), rng.normal(size=2)
W = b = None
### BEGIN SOLUTION
W, b = W1 @ W2, b1 @ W2 + b2
### END SOLUTION

# %% tags=["check"]
check("1.5")

# %% [markdown]
# So a stack of layers without a bend is one layer, and one layer draws one straight line. Some riddles have no straight
# line. In the picture below, both coordinates of a point are small or both are large: one class. One of them is small and
# the other large: the other class. This is *XOR*, "one or the other but not both".

# %%
xor = load("xor")
line = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, activation="sigmoid")])
line.compile(optimizer=keras.optimizers.Adam(0.05), loss="binary_crossentropy", metrics=["accuracy"])
line.fit(xor.x_train, xor.y_train, epochs=10, batch_size=32, verbose=0)
figure("1.line_on_xor", line.evaluate(xor.x_test, xor.y_test, verbose=0)[1])


def chance_of_both(points):
    """Return the line's probabilities of class 0 and class 1 for points of the plane."""
    one = line.predict(points, verbose=0).reshape(-1, 1)
    return np.hstack([1 - one, one])


show(plots.draw_boundary, chance_of_both, xor.x_train, xor.y_train)

# %% [markdown]
# ### Exercise 1.6: the riddle, solved by hand
#
# Take four ReLU neurons and one output. Look at $u = x_1 + x_2$: for one class both coordinates have the same sign, so $u$
# is far from zero; but it may be near zero for points close to the corner. A better number is the product $x_1 x_2$, which
# a neuron cannot compute. But it can compute $|x_1 + x_2|$ and $|x_1 - x_2|$, each from *two* ReLU neurons:
# $|u| = \max(0, u) + \max(0, -u)$. And $|x_1 + x_2| > |x_1 - x_2|$ exactly if both have the same sign.
#
# Fill the weights: `hidden` of shape (2, 4) gives $u$, $-u$, $v$ and $-v$ with $u = x_1 + x_2$ and $v = x_1 - x_2$;
# `out` of shape (4,) adds the four bent numbers up so that the sum is above zero exactly where the label is 1. Look at
# the printed points to see which class has label 1.

# %%
for row in rng.choice(len(xor.x_train), 8, replace=False):
    point, label = xor.x_train[row], xor.y_train[row]
    print(f"x1 = {point[0]:+.2f}, x2 = {point[1]:+.2f}: label {label}")

# %% tags=["exercise", "1.6"]
hidden = out = None
### BEGIN SOLUTION
hidden = np.array([[1.0, -1.0, 1.0, -1.0], [1.0, -1.0, -1.0, 1.0]])
out = np.array([1.0, 1.0, -1.0, -1.0])
### END SOLUTION

# %% tags=["check"]
check("1.6")

# %%
if hidden is not None:
    predicted = np.maximum(0, xor.x_test @ hidden) @ out > 0
    figure("1.network_on_xor", np.mean(predicted == xor.y_test))

# %% [markdown] tags=["slide", "hidden"]
# ## A neuron
#
# - multiplies each input by a weight, adds them up, adds a bias
# - bends the sum: $a = f(w \cdot x + b)$
# - a layer: many neurons that see the same inputs, $A = f(X W + b)$
# - learning: finding the numbers in $W$ and $b$

# %% [markdown] tags=["slide", "hidden"]
# ## Why the bend
#
# - two layers without one: $(x W_1 + b_1) W_2 + b_2 = x W + b$, one layer
# - one layer draws one straight line; XOR has none
# - a ReLU: cheap, and its slope does not fade for large sums
# - softmax at the end: scores become probabilities

# %% [markdown] tags=["teacher", "hidden"]
# **Discuss:** A colleague says that ten layers without activations are better than one, "as they have more parameters". What
# do you answer?
#
# *Sample answer:* They can say nothing that one layer cannot: a product of matrices is a matrix. They only take longer.
#
# **Discuss:** What would you expect of a network whose activation is the step from 0 to 1?
#
# *Sample answer:* It could represent much (XOR, too), but not learn by slopes: the slope is zero wherever it exists.

# %% [markdown]
# ## What the result means
#
# A line gets {fig:line_on_xor}, a coin's accuracy. Four neurons with a bend get {fig:network_on_xor}, and the same four
# neurons without the bend would be a line again. The bend is what makes a network more than a line; more neurons are more
# places to bend. You found the weights by thinking. For images and sentences nobody can, and the rest of the course is about
# machines that find them: from examples, by the slope of the error.
#
# ## Going further
#
# - Replace the ReLU of 1.6 by `np.abs`. How many neurons do you need now? And with a maxout of two sums?
# - Show with a sketch that sigmoid's slope is at most 1/4. What happens to a product of ten such slopes?
# - Lesson 4 lets you build such networks with the mouse and watch them bend.
