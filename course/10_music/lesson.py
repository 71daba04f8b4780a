# ---
# jupyter:
#   lesson:
#     title: The music of the world
#     about: two outputs, an error in kilometres, overfitting, and when to stop a training
#     reading: 20
#     exercises: 50
#     data: [music]
#     figures:
#       mean_km: {value: 4600, within: 1, format: ",.0f"}
#       ridge_km: {value: 3813, within: 3, format: ",.0f"}
#       network_km: {value: 3420, within: 200, format: ",.0f"}
#       late_training: {value: 4.4, within: 1.0, format: ".1f", full: true}
#       late_validation: {value: 26.2, within: 1.0, format: ".1f", full: true}
#       best_validation: {value: 24.1, within: 0.9, format: ".1f"}
#       of_latitude: {value: 0.17, within: 0.09, format: ".2f"}
#       of_longitude: {value: 0.38, within: 0.08, format: ".2f"}
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
# ---

# %% [markdown]
# # 10. The music of the world
#
# **What you will do.** A piece of music is 68 numbers about its sound. A network is to say where on Earth it comes from: a
# latitude and a longitude. You write the error that counts, in kilometres. You see the network learn the training pieces by
# heart, stop it in time, and compare it with two models that need no network.
#
# **Time.** 20 minutes of reading, 50 of exercises. **The figure to reach:** about {fig:network_km} km between the place that the
# network says and the true one, on average over pieces that it has never heard. Always saying the same place misses by
# {fig:mean_km} km, and ridge regression, a straight line, by {fig:ridge_km} km.

# %%
import keras
import matplotlib.pyplot as plt
import numpy as np
from sklearn.linear_model import Ridge

from sparkeras import plots
from sparkeras.course import check, figure, load, pick, show

plt.style.use("tableau-colorblind10")
keras.utils.set_random_seed(0)

# %% [markdown]
# ## Look at the data first
#
# 1,059 pieces of traditional music from 33 places, mostly capitals of the countries that they come from. `y` has two columns:
# latitude in degrees north, longitude in degrees east. One piece in five is a test row. The 68 features say something about
# rhythm and timbre; their authors gave them no names, and standardised them already.

# %%
music = load("music")
x_train, y_train, x_test, y_test = music.x_train, music.y_train, music.x_test, music.y_test
print(x_train.shape, y_train.shape, x_test.shape)
places, pieces = np.unique(y_train, axis=0, return_counts=True)
print(len(places), "places; from the one with most there are", pieces.max(), "pieces")

plt.figure(figsize=(8, 4))
plt.scatter(places[:, 1], places[:, 0], s=3 * pieces)
plt.title("Where the pieces come from (larger: more pieces)")
plt.xlabel("longitude, degrees east")
plt.ylabel("latitude, degrees north")
plt.show()

# %% [markdown]
# ## An error that means something
#
# Degrees are no measure of distance. One degree of longitude is 111 km at the equator and nothing at the
# pole. And 179 degrees east is next to 179 degrees west. What one wants to know is the distance on the ground: along the
# *great circle*, the shortest way on a ball. With latitudes $\varphi$ and longitudes $\lambda$ in **radians**:
#
# $$h = \sin^2\frac{\varphi_2 - \varphi_1}{2} + \cos\varphi_1 \cos\varphi_2 \sin^2\frac{\lambda_2 - \lambda_1}{2},
# \qquad d = 2 R \arcsin\sqrt{h}, \qquad R = 6371\ \text{km}$$
#
# ### Exercise 10.1: the great circle
#
# Write `distance_km(a, b)` for two arrays of shape (rows, 2), latitude and longitude in degrees. It returns an array of
# shape (rows,). `np.radians` turns degrees into radians.


# %% tags=["exercise", "10.1"]
def distance_km(a, b):
    """Return the distances on the globe between the places in a and those in b."""
    ### BEGIN SOLUTION
    lat_a, lon_a = np.radians(a).T
    lat_b, lon_b = np.radians(b).T
    h = np.sin((lat_b - lat_a) / 2) ** 2 + np.cos(lat_a) * np.cos(lat_b) * np.sin((lon_b - lon_a) / 2) ** 2
    return 2 * 6371 * np.arcsin(np.sqrt(h))
    ### END SOLUTION


# %% tags=["check"]
check("10.1")

# %% [markdown]
# The library has it, too: `plots.great_circle_km`. The cells below use that one, so that they run whatever you wrote.
#
# ## What knows-nothing gets
#
# ### Exercise 10.2: always the same place
#
# A model that has learned nothing says the mean latitude and the mean longitude of the training pieces for every piece. Set
# `mean_km` to its mean distance in kilometres on the test rows.

# %% tags=["exercise", "10.2"]
mean_km = None
### BEGIN SOLUTION
always = np.broadcast_to(y_train.mean(axis=0), y_test.shape)
mean_km = plots.great_circle_km(y_test, always).mean()
### END SOLUTION

# %% tags=["check"]
check("10.2")

# %% [markdown]
# Then a straight line for each of the two outputs. *Ridge* regression is linear regression that keeps its weights small; with
# 68 features and 847 rows it needs that. (`alpha` says how much; 100 is a usual first guess.)

# %%
figure("10.mean_km", plots.great_circle_km(y_test, np.broadcast_to(y_train.mean(axis=0), y_test.shape)).mean())
ridge = Ridge(alpha=100.0).fit(x_train, y_train)
figure("10.ridge_km", plots.great_circle_km(y_test, ridge.predict(x_test)).mean())

# %% [markdown]
# ## Rows to stop by
#
# The network below will be stopped at the right moment. Which rows say when? Not the training rows: on them the error falls
# for ever. Not the test rows: whoever decides by them has no unseen rows any more. So a fifth of the training rows is put
# aside as *validation* rows. The network learns from the others, the rows to *fit*.
#
# (Keras' `validation_split=0.2` does the same, but it takes the *last* fifth of the rows as they lie. If the file is sorted,
# by country for example, the validation rows are of countries that the network never sees.)

# %%
order = np.random.default_rng(0).permutation(len(x_train))
val, fit = order[: len(order) // 5], order[len(order) // 5 :]
x_fit, y_fit, x_val, y_val = x_train[fit], y_train[fit], x_train[val], y_train[val]
print(len(fit), "rows to fit,", len(val), "to validate")
print("latitudes: mean", y_fit[:, 0].mean().round(1), "deviation", y_fit[:, 0].std().round(1))
print("longitudes: mean", y_fit[:, 1].mean().round(1), "deviation", y_fit[:, 1].std().round(1))

# %% [markdown]
# ## Two outputs, and both ends scaled
#
# A network with two outputs ends in `Dense(2)`: both numbers are made of the same hidden neurons, and the loss is the mean
# over both.
#
# A fresh network says numbers near zero. Zero degrees north, zero degrees east is in the sea off West Africa, and each step of
# the optimizer is small: it would take many epochs to get to the places where the music is. So the last layer turns the
# numbers of `Dense(2)` into degrees: `Normalization(..., invert=True)` computes
# $z \cdot \sqrt{\text{variance}} + \text{mean}$, each column by itself. Then a zero means the mean place, and a one means one
# standard deviation away from it.
#
# The loss is the mean *absolute* error of the degrees, `"mae"`. We want a small mean distance, and a distance is not squared.
# A squared error would make the network afraid of the few pieces from far away.
#
# All means and variances come from the rows to fit, and from no others. Means that know the validation or the test rows
# would carry something of them into the training. Here it would change little; with few rows, or with features that are
# chosen by their labels, it can make a bad model look good.
#
# ### Exercise 10.3: build
#
# Write `build()`. It returns a new, compiled, untrained network: inputs scaled by the mean and variance of `x_fit`, one
# hidden layer of 256 neurons with ReLU, two outputs, and at the end the layer that turns them into degrees by mean and
# variance of `y_fit` (of each column: `axis=0`). Adam, mean absolute error.


# %% tags=["exercise", "10.3"]
def build():
    """Return a new network, compiled and not yet trained."""
    ### BEGIN SOLUTION
    made = keras.Sequential(
        [
            keras.Input((x_fit.shape[1],)),
            keras.layers.Normalization(mean=x_fit.mean(axis=0), variance=x_fit.var(axis=0)),
            keras.layers.Dense(256, activation="relu"),
            keras.layers.Dense(2),
            keras.layers.Normalization(mean=y_fit.mean(axis=0), variance=y_fit.var(axis=0), invert=True),
        ]
    )
    made.compile(optimizer="adam", loss="mae")
    return made
    ### END SOLUTION


# %% tags=["check"]
check("10.3")

# %% [markdown]
# ## By heart
#
# Now train it for much too long, and watch both errors.

# %%
built = build()
if built is not None:
    long = built.fit(
        x_fit, y_fit, validation_data=(x_val, y_val), epochs=pick(full=100, fast=40), batch_size=32, verbose=0
    )
    show(plots.draw_history, long.history)
    figure("10.late_training", long.history["loss"][-1])
    figure("10.late_validation", long.history["val_loss"][-1])

# %% [markdown]
# The training error goes down to about {fig:late_training} degrees. The validation error falls, too, for some fifteen epochs;
# then it turns and rises slowly to about {fig:late_validation}. From there on the network learns what is special about *these*
# pieces and no others. That is *overfitting*: 18,178 weights, 678 pieces. What to look at is not the gap between
# the curves (there nearly always is one) but the place where the validation error stops falling.
#
# ### Exercise 10.4: when to stop
#
# *Early stopping* with a *patience* of p: stop after p epochs in a row without a new best validation error, and go back to
# the best. Write `stop_at(losses, patience)`. It gets the validation errors of all epochs, and returns two numbers: the
# epoch after which the training stops, and the best epoch until then. Epochs are counted from 1. If the patience never runs
# out, the training stops after the last epoch.


# %% tags=["exercise", "10.4"]
def stop_at(losses, patience):
    """Return (the last epoch of the training, the best epoch)."""
    ### BEGIN SOLUTION
    best, waited = 0, 0
    for epoch, loss in enumerate(losses):
        if epoch == 0 or loss < losses[best]:
            best, waited = epoch, 0
        else:
            waited += 1
            if waited == patience:
                break
    return epoch + 1, best + 1
    ### END SOLUTION


# %% tags=["check"]
check("10.4")

# %%
if built is not None:
    for patience in (1, 3, 10):
        print(f"patience {patience}: (stop after, best epoch) =", stop_at(long.history["val_loss"], patience))

# %% [markdown]
# Keras has it as a callback, an object that looks on after each epoch.
#
# ### Exercise 10.5: stopped in time
#
# Make `stopping`, a `keras.callbacks.EarlyStopping` that watches `"val_loss"` with a patience of 10 and gives the network
# the weights of its best epoch back. Then train `network` with it: rows to fit, batches of 32, at most 100 epochs,
# `validation_data=(x_val, y_val)`.

# %% tags=["exercise", "10.5"]
keras.utils.set_random_seed(1)
network, stopping = build(), None
### BEGIN SOLUTION
stopping = keras.callbacks.EarlyStopping(monitor="val_loss", patience=10, restore_best_weights=True)
stopped = network.fit(
    x_fit, y_fit, validation_data=(x_val, y_val), epochs=100, batch_size=32, callbacks=[stopping], verbose=0
)
### END SOLUTION

# %% tags=["check"]
check("10.5")

# %% [markdown]
# ## After training
#
# The decisions are made. Now, and once, the test rows. First the distance, with a map of it:

# %%
if stopping is not None:
    predicted = network.predict(x_test, verbose=0)
    print("best epoch:", stopping.best_epoch + 1)
    figure("10.best_validation", stopping.best)
    figure("10.network_km", plots.great_circle_km(y_test, predicted).mean())
    print(f"on the rows to fit: {plots.great_circle_km(y_fit, network.predict(x_fit, verbose=0)).mean():,.0f} km")
    show(plots.draw_places, y_test, predicted)

# %% [markdown]
# (The green line below the map is a little under {fig:mean_km} km: it stands for the middle of the test rows themselves,
# which no model can know.) Look at the map. The network says few places at the edge of the world: where it is unsure, something in the middle is never
# very wrong. And its error on the pieces that it learned from is much smaller than on the others: also a network that was
# stopped in time knows its own rows better.
#
# ### Exercise 10.6: two outputs, two errors
#
# One number for both outputs hides which one the network knows. Set `explained` to two numbers, for latitude and longitude:
# the share of the squared error of "always the mean of `y_train`" that the network takes away on the test rows,
# $1 - \text{network's squared error} / \text{mean's squared error}$. One is perfect, zero is as good as the mean.

# %% tags=["exercise", "10.6"]
explained = None
### BEGIN SOLUTION
explained = 1 - ((y_test - network.predict(x_test, verbose=0)) ** 2).mean(axis=0) / (
    (y_test - y_train.mean(axis=0)) ** 2
).mean(axis=0)
### END SOLUTION

# %% tags=["check"]
check("10.6")

# %%
if explained is not None:
    figure("10.of_latitude", explained[0])
    figure("10.of_longitude", explained[1])

# %% [markdown] tags=["slide", "hidden"]
# ## An error that means something
#
# - degrees are no unit of distance: great circle, in km
# - always the mean place: {fig:mean_km} km; ridge regression: {fig:ridge_km} km
# - network, stopped in time: about {fig:network_km} km
# - per output: latitude {fig:of_latitude} explained, longitude {fig:of_longitude}

# %% [markdown] tags=["slide", "hidden"]
# ## Overfitting and when to stop
#
# - training error after 100 epochs about {fig:late_training}, validation error about {fig:late_validation} degrees
# - best validation error on the way: about {fig:best_validation}
# - rows to fit, rows to stop by, rows to test with: three different ones

# %% [markdown] tags=["teacher", "hidden"]
# **Discuss:** The 68 features were standardised over all 1,059 pieces, test rows included, before we got them. Is the test
# still honest?
#
# *Sample answer:* Strictly, something of the test rows is in the training rows: two numbers per column, over a thousand
# pieces. It is tiny and no label is in it, but one says so. Choosing features by their labels over all rows would be another
# matter.
#
# **Discuss:** A network with one output for latitude and another network for longitude: better or worse than one with two?
#
# *Sample answer:* Two networks can stop at their own best epochs; one network shares what it hears in its hidden neurons, which
# helps where rows are few. One has to try, over several seeds.

# %% [markdown]
# ## What the result means
#
# | model | mean distance on the test rows |
# |---|---|
# | always the mean place | {fig:mean_km} km |
# | ridge regression | {fig:ridge_km} km |
# | network, stopped in time | about {fig:network_km} km |
#
# The network beats the line here. By how much depends on the seed: in three runs we got 3,285 to 3,521 km, and 3,569 to 3,717
# where the same networks were never stopped. Whoever shows one run shows luck. Over three splits of the rows, another network
# (two hidden layers with dropout, squared error, trained on all training rows) reaches 3,518 km on average, 3,184 to 3,935,
# where ridge regression has 4,054 and the mean place 4,712; that table is `docs/results.md` of the project.
#
# All of them are thousands of kilometres off. That is what 847 pieces and 68 numbers tell; a figure like "24 degrees of mean
# absolute error" would have hidden it.
#
# ## Going further
#
# - Only 33 places occur. Take the problem as one of 33 classes: which class is likeliest, and how far is its place?
# - `keras.layers.Dropout(0.5)` after the hidden layer, or 8 neurons in place of 256: how do the two curves change?
# - Take `loss="mse"`. How many kilometres does it cost?
# - Train `build()` with five seeds. How much do the test kilometres differ? Say your result as a mean and a range.
# - Predict a point in space (x, y, z on a ball) in place of two angles. What happens at 180 degrees then?
