# ---
# jupyter:
#   lesson:
#     title: Your first network
#     about: the long side of a triangle, the noise floor, and when not to use a network
#     reading: 15
#     exercises: 30
#     data: [pythagoras]
#     figures:
#       mean_error: {value: 8.02, within: 0.01, format: ".2f"}
#       line_error: {value: 0.397, within: 0.02, format: ".2f"}
#       network_error: {value: 0.012, within: 0.012, format: ".3f", full: true}
#       engineered_error: {value: 0.0025, within: 0.00015, format: ".4f"}
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
# ---

# %% [markdown]
# # 2. Your first network
#
# **What you will do.** Two sides of a right triangle are known, the third one was measured with a shaky ruler. You
# train a network to say the third side. You find out how good it can be at best, how good it is to say always the
# same number, and in the end you beat the network with a straight line.
#
# **Time.** 15 minutes of reading, 30 of exercises. **The figure to reach:** a mean squared error of {fig:engineered_error}
# on rows that no model has seen. The network alone gets to about {fig:network_error}.

# %%
import keras
import matplotlib.pyplot as plt
import numpy as np
from sklearn.linear_model import LinearRegression

from sparkeras import plots
from sparkeras.course import check, figure, load, pick, show

plt.style.use("tableau-colorblind10")
keras.utils.set_random_seed(0)

# %% [markdown]
# ## Look at the data first
#
# `x` holds the sides *a* and *b*, from 0 to 10. `y` holds the long side *c*, measured: the true length
# $\sqrt{a^2 + b^2}$ plus noise from a normal distribution with a standard deviation of 0.05. One row in five was put
# aside as test rows before anything else happened. You look at test rows when nothing is left to
# choose. (Here all models are fixed beforehand, so that each may be asked once.)

# %%
triangles = load("pythagoras")
x_train, y_train = triangles.x_train, triangles.y_train
x_test, y_test = triangles.x_test, triangles.y_test
print(x_train.shape, y_train.shape, x_test.shape)
for (a, b), c in zip(x_train[:5], y_train[:5]):
    print(f"a = {a:.2f}, b = {b:.2f}: measured c = {c:.3f}, true c = {np.hypot(a, b):.3f}")

# %%
points = plt.scatter(x_train[:2000, 0], x_train[:2000, 1], c=y_train[:2000], s=8)
plt.colorbar(points, label="measured c")
plt.xlabel("side a")
plt.ylabel("side b")
plt.title("The long side grows in circles around the corner")
plt.show()

# %% [markdown]
# ## Two numbers before any network
#
# **The worst that makes sense.** A model that has learned nothing says the mean of the training labels for every row.
# Whatever you build has to beat that.
#
# **The best there is.** The label itself is noisy. Suppose somebody told you the true length of each side: your error
# would be the noise, and nothing else. No model can do better on rows that it has not seen. That is the *noise floor*.
#
# ### Exercise 2.1: the mean
#
# Set `mean_error` to the mean squared error on the test rows of always saying the mean of the *training* labels.

# %% tags=["exercise", "2.1"]
mean_error = None
### BEGIN SOLUTION
mean_error = np.mean((y_test - y_train.mean()) ** 2)
### END SOLUTION

# %% tags=["check"]
check("2.1")

# %% [markdown]
# ### Exercise 2.2: the noise floor
#
# Set `noise_floor` to the mean squared error that even the true formula has, from what you know about the noise.

# %% tags=["exercise", "2.2"]
noise_floor = None
### BEGIN SOLUTION
noise_floor = 0.05**2
### END SOLUTION

# %% tags=["check"]
check("2.2")

# %% [markdown]
# ## A straight line
#
# Linear regression fits $c \approx w_1 a + w_2 b + d$. It takes a blink, so it comes before every network. Its picture
# is a tilted plane, and what you saw above is a cone: a plane cannot bend.

# %%
line = LinearRegression().fit(x_train, y_train)
line_error = np.mean((line.predict(x_test) - y_test) ** 2)
figure("2.mean_error", np.mean((y_test - y_train.mean()) ** 2))
figure("2.line_error", line_error)

# %% [markdown]
# ## A network
#
# A network in Keras is a list of layers. `Dense(16, activation="relu")` is 16 neurons, each of which sees all numbers
# of the row. The last layer has one neuron and no activation, as the answer is one number of any size.
#
# `compile` says what to make small (the loss) and how (the optimizer); `fit` goes through the rows, a batch at a time,
# and moves the weights a little after each. One pass over all rows is an *epoch*.
#
# ### Exercise 2.3: build and train
#
# Build `network`: two hidden layers of 16 neurons with ReLU, one output. Compile it with Adam and the mean squared
# error, and train it for `epochs` epochs with batches of 128 rows on `x_train` and `y_train`.

# %% tags=["exercise", "2.3"]
epochs = pick(full=10, fast=2)
network = None
### BEGIN SOLUTION
network = keras.Sequential(
    [
        keras.Input((2,)),
        keras.layers.Dense(16, activation="relu"),
        keras.layers.Dense(16, activation="relu"),
        keras.layers.Dense(1),
    ]
)
network.compile(optimizer="adam", loss="mse")
network.fit(x_train, y_train, epochs=epochs, batch_size=128, verbose=0)
### END SOLUTION

# %% tags=["check"]
check("2.3")

# %%
if network is not None:
    predicted = network.predict(x_test, verbose=0).ravel()
    figure("2.network_error", np.mean((predicted - y_test) ** 2))
    show(plots.draw_residuals, y_test[:2000], predicted[:2000])

# %% [markdown]
# **What the result means.** The network bends: its error is some thirty times smaller than the line's. It is still
# several times the noise floor, because sixteen straight pieces per layer do not make a round cone, and because its
# training has not ended. You could train longer, or make it larger. Before you do, think about the problem once more.
#
# ## One thought instead of a thousand weights
#
# You know geometry: what matters are not *a* and *b* but their squares. A feature that you compute from what you know
# is called an *engineered feature*.
#
# ### Exercise 2.4: one feature
#
# Set `feature_train` and `feature_test` to arrays of one column, computed from the two sides, so that a straight line
# through this one column reaches the noise floor.

# %% tags=["exercise", "2.4"]
feature_train = feature_test = None
### BEGIN SOLUTION
feature_train = np.sqrt((x_train**2).sum(axis=1, keepdims=True))
feature_test = np.sqrt((x_test**2).sum(axis=1, keepdims=True))
### END SOLUTION

# %% tags=["check"]
check("2.4")

# %%
if feature_train is not None:
    wise = LinearRegression().fit(feature_train, y_train)
    figure("2.engineered_error", np.mean((wise.predict(feature_test) - y_test) ** 2))

# %% [markdown]
# ### Exercise 2.5: which tool
#
# Your phone is to compute this side a thousand times per second. Set `tool` to `"mean"`, `"line"`, `"network"` or
# `"engineered"`: the model you would give it.

# %% tags=["exercise", "2.5"]
tool = None
### BEGIN SOLUTION
tool = "engineered"
### END SOLUTION

# %% tags=["check"]
check("2.5")

# %% [markdown] tags=["slide", "hidden"]
# ## Before any network
#
# - what knows-nothing gets: always the mean, {fig:mean_error}
# - what nobody can beat: the noise floor, $0.05^2$
# - a straight line: {fig:line_error}

# %% [markdown] tags=["slide", "hidden"]
# ## When not to use a network
#
# - network: 337 weights, about {fig:network_error}
# - line through $\sqrt{a^2 + b^2}$: 2 weights, {fig:engineered_error}
# - where you know the feature, use it

# %% [markdown] tags=["teacher", "hidden"]
# **Discuss:** Somebody reports an error of 0.001 on this data. What do you ask?
#
# *Sample answer:* On which rows? On new rows nobody gets below the noise's variance, 0.0025. It must be rows of the training,
# or labels without the noise.
#
# **Discuss:** When would the network be the better choice here?
#
# *Sample answer:* If nobody knew the formula, or the sensor bent its values in a way that no formula tells.

# %% [markdown]
# ## What the result means
#
# | model | numbers to learn | mean squared error |
# |---|---|---|
# | the mean | 1 | {fig:mean_error} |
# | a line through both sides | 3 | {fig:line_error} |
# | a network, 10 epochs | 337 | about {fig:network_error} |
# | a line through one engineered feature | 2 | {fig:engineered_error} |
#
# The last one stands on the noise floor, with two numbers. A network is the tool for problems where nobody knows the
# feature: what makes an image a seven, a sentence friendly, a wine good. Where you know the formula, use it. And begin
# every project with the two numbers that frame it: what knows-nothing gets, and what nobody can beat.
#
# ## Going further
#
# - Train for 50 epochs, or with 64 neurons. How near do you come to the noise floor? What does it cost?
# - Ask the network for `[[30, 40]]`, far outside of what it saw, and then the line through the feature.
# - Make the noise ten times larger. Which of the four errors change, and by how much?
