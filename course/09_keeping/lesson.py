# ---
# jupyter:
#   lesson:
#     title: Keeping models
#     about: what a file of a model holds and what it does not, the scaling inside the model, and networks from 2016
#     reading: 25
#     exercises: 45
#     data: [wine-red]
#     figures:
#       mean_error: {value: 0.686, within: 0.001, format: ".3f"}
#       network_error: {value: 0.50, within: 0.04, format: ".2f"}
#       fresh_error: {value: 1.3, within: 0.8, format: ".1f"}
#       file_difference: {value: 0.0, within: 0.000001, format: ".1f"}
#       resumed_difference: {value: 0.0, within: 0.000001, format: ".1f"}
#       renamed_difference: {value: 0.083, within: 0.001, format: ".3f"}
#       revived_difference: {value: 0.0, within: 0.000001, format: ".6f"}
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
# ---

# %% [markdown]
# # 9. Keeping models
#
# **What you will do.** You put the scaling of the rows into the model, so that nobody can forget it. You look into the
# files that Keras writes and find out what each of them holds. You write a layer of your own that survives a file. In the
# end you bring two networks back to life that today's Keras cannot open, one in the form of 2016 and one of 2019.
#
# **Time.** 25 minutes of reading, 45 of exercises. **The figure to reach:** a difference of {fig:revived_difference} between
# what an old network predicted and what the revived one predicts. (To train a good network is not the aim here; the one below has a
# mean squared error of about {fig:network_error} on the test rows, and the mean has {fig:mean_error}.)

# %%
import json
import warnings
import zipfile
from pathlib import Path

import h5py
import keras
import matplotlib.pyplot as plt
import numpy as np

from sparkeras import insides, legacy, plots
from sparkeras.course import check, figure, load, show

plt.style.use("tableau-colorblind10")
keras.utils.set_random_seed(0)
folder = Path("kept_models")  # the files of this lesson; you may look at them, and delete them later
folder.mkdir(exist_ok=True)

# %% [markdown]
# ## A network and its scaling
#
# The rows are 1,599 red wines: eleven measurements each, and the mark that tasters gave. The measurements have very
# different sizes: the density is near 1, the sulfur dioxide goes up to hundreds. So one subtracts from each column its mean
# and divides by its standard deviation. Both numbers come from the *training* rows: they are learned, like the weights.
#
# The last layer, `Rescaling`, turns the network's number back into a mark: times the labels' standard deviation, plus their
# mean. That one is inside the model already.

# %%
wine = load("wine-red")
mean, std = wine.x_train.mean(axis=0), wine.x_train.std(axis=0)
bare = keras.Sequential(
    [
        keras.Input((wine.x_train.shape[1],)),
        keras.layers.Dense(16, activation="relu"),
        keras.layers.Dense(1),
        keras.layers.Rescaling(float(wine.y_train.std()), offset=float(wine.y_train.mean())),
    ]
)
bare.compile(keras.optimizers.Adam(0.005), loss="mse")
bare.fit((wine.x_train - mean) / std, wine.y_train, epochs=6, batch_size=32, verbose=0)


def test_error(model, rows):
    """Return the mean squared error of a model's marks of the test wines."""
    return float(np.mean((model.predict(rows, verbose=0).ravel() - wine.y_test) ** 2))


figure("9.mean_error", np.mean((wine.y_test - wine.y_train.mean()) ** 2))
print(f"the network, test rows scaled as the training rows were: {test_error(bare, (wine.x_test - mean) / std):.2f}")
print(f"the network, test rows as they were measured: {test_error(bare, wine.x_test):.2f}")

# %% [markdown]
# The last line is the commonest accident with kept models. The file is opened a year later by somebody who has three new
# bottles and no `mean` and no `std`. Nothing fails. There is no error message. The marks are nonsense, much worse than
# always saying the mean.
#
# (And whoever computes a new mean and a new deviation from the three new bottles does it wrong, too: then every bottle is
# "average".)
#
# ### Exercise 9.1: the scaling inside
#
# Make `network`: a model that takes wines *as they were measured* and says the same as `bare` says of scaled ones. Use
# `keras.layers.Normalization(mean=..., variance=...)`, which computes $(x - \text{mean}) / \sqrt{\text{variance}}$, and the
# layers of `bare`, which are trained already. There is nothing to train.

# %% tags=["exercise", "9.1"]
network = None
### BEGIN SOLUTION
network = keras.Sequential(
    [
        keras.Input((wine.x_train.shape[1],)),
        keras.layers.Normalization(mean=mean, variance=std**2),
        *bare.layers,
    ]
)
### END SOLUTION

# %% tags=["check"]
check("9.1")

# %% [markdown]
# From now on the network learns, too, from rows as they were measured. Four more epochs, then three bottles that no model
# has seen:

# %%
if network is not None:
    network.compile(keras.optimizers.Adam(0.005), loss="mse")
    network.fit(wine.x_train, wine.y_train, epochs=4, batch_size=32, verbose=0)
    figure("9.network_error", test_error(network, wine.x_test))
    for row, mark in zip(wine.x_test[:3], network.predict(wine.x_test[:3], verbose=0).ravel()):
        print(f"alcohol {row[-1]:.1f} %, pH {row[8]:.2f}, ...: mark {mark:.1f}")
    show(plots.draw_diagram, insides.graph(network)[0], "The scaling is the first layer of the model")

# %% [markdown]
# ## The architecture as text
#
# `network.to_json()` is the plan of the model: which layers, in which order, with which arguments. It is plain text. You can
# read it, send it by mail, and compare two of them line by line. Here is one layer of it, without what is empty and without the
# initializers:

# %%
if network is not None:
    text = network.to_json()
    plan = json.loads(text)
    print("the whole text:", len(text), "characters; at its top:", *plan)
    print("the layers:", *(each["class_name"] for each in plan["config"]["layers"]))
    dense = next(each for each in plan["config"]["layers"] if each["class_name"] == "Dense")
    config = {key: value for key, value in dense["config"].items() if value is not None and not isinstance(value, dict)}
    shown = {"class_name": dense["class_name"], "config": config, "build_config": dense["build_config"]}
    print(json.dumps(shown, indent=1))

# %% [markdown]
# Find in it: the number of neurons (`units`), whether there is a bias (`use_bias`), and how many numbers come in (the last
# number of `build_config`'s `input_shape`; the first one, `null`, stands for any number of rows). A weight is nowhere in the
# text. But *how many* weights there are follows from it.
#
# ### Exercise 9.2: the parameters in the JSON
#
# Write `parameters_in(text)`. It gets the text of a model that is a row of layers, and returns how many numbers its `Dense`
# layers learn. Use only the text: do not build the model.


# %% tags=["exercise", "9.2"]
def parameters_in(text):
    """Return the number of weights and biases of all Dense layers in the JSON of a model."""
    ### BEGIN SOLUTION
    count = 0
    for layer in json.loads(text)["config"]["layers"]:
        if layer["class_name"] == "Dense":
            inputs, units = layer["build_config"]["input_shape"][-1], layer["config"]["units"]
            count += units * (inputs + layer["config"]["use_bias"])
    return count
    ### END SOLUTION


# %% tags=["check"]
check("9.2")

# %% [markdown]
# ## The weights, and the whole
#
# - `network.save_weights("NAME.weights.h5")` writes the numbers and no plan. The file is HDF5: folders of arrays within one
#   file, which `h5py` opens.
# - `network.save("NAME.keras")` writes one zip file with both: the plan as `config.json`, the numbers as `model.weights.h5`.

# %%
if network is not None:
    network.save_weights(folder / "network.weights.h5")
    network.save(folder / "network.keras")
    with h5py.File(folder / "network.weights.h5") as file:
        file.visititems(lambda name, each: print(name, each.shape) if isinstance(each, h5py.Dataset) else None)
    with zipfile.ZipFile(folder / "network.keras") as whole:
        print(*(f"{each.filename}: {each.file_size:,} bytes" for each in whole.infolist()), sep="\n")

# %% [markdown]
# Under `layers` there are the weights and biases. Under `optimizer` there is more: Adam keeps two numbers for each weight
# (how its slope was on average, and how large), and it counts its steps. With them a training can go on where it stopped.
# Keras 3.15 writes them for a compiled model; in the `.h5` files of weights that Keras 2 wrote they were not.
#
# Mean and variance of `Normalization` are not among the arrays: we gave them as arguments, so they stand in the plan. (With
# `adapt` the layer finds them itself; then they are arrays.)
#
# ### Exercise 9.3: together again
#
# From the two halves, `text` and the file `folder / "network.weights.h5"`, make the model `again`. Do not use `network`.

# %% tags=["exercise", "9.3"]
again = None
### BEGIN SOLUTION
again = keras.models.model_from_json(text)
again.load_weights(folder / "network.weights.h5")
### END SOLUTION

# %% tags=["check"]
check("9.3")

# %%
if network is not None and again is not None:
    fresh = keras.models.model_from_json(text)  # the plan alone: its weights are drawn at random
    figure("9.fresh_error", test_error(fresh, wine.x_test))
    predicted = network.predict(wine.x_test, verbose=0)
    figure("9.file_difference", np.abs(predicted - again.predict(wine.x_test, verbose=0)).max())

# %% [markdown]
# The plan alone is a network that has learned nothing: its error is about {fig:fresh_error}, more than the mean's
# {fig:mean_error}. With the weights, the marks are the same to the last digit: the difference is {fig:file_difference}.
#
# ## Going on where it stopped
#
# Now all of them train for one more epoch, on the same rows in the same order (`shuffle=False`): the network that was never
# kept, the one from its `.keras` file, and one that has the same weights but a new optimizer.

# %%
if network is not None:
    opened = keras.saving.load_model(folder / "network.keras")
    renewed = keras.models.clone_model(network)
    renewed.set_weights(network.get_weights())
    renewed.compile(keras.optimizers.Adam(0.005), loss="mse")
    losses, weights = {}, network.get_weights()
    for name, model in (("never kept", network), ("from .keras", opened), ("a new optimizer", renewed)):
        print(f"{name}: {int(model.optimizer.iterations)} steps so far", end=", ")
        kept = model.fit(wine.x_train, wine.y_train, epochs=1, batch_size=32, shuffle=False, verbose=0)
        losses[name] = kept.history["loss"][0]
        print(f"loss of the next epoch {losses[name]:.6f}")
    network.set_weights(weights)  # as it was, so that the exercises above are right when you run them again
    figure("9.resumed_difference", losses["from .keras"] - losses["never kept"])

# %% [markdown]
# The kept one goes on as if nothing had happened. The one with a new optimizer takes other steps: not worse for ever, but it
# is another training.
#
# | | JSON | weights file | `.keras` |
# |---|---|---|---|
# | layers and their arguments | yes | no | yes |
# | weights | no | yes | yes |
# | loss, optimizer and its settings (`compile`) | yes, if the model was compiled | no | yes, if it was compiled |
# | the optimizer's memory | no | yes, if compiled (Keras 3.15) | yes, if compiled |
# | code of layers of your own | no | no | **no** |
# | a scaling that was done outside of the model | no | no | **no** |
# | which data, which split, which seed, which versions of the packages | no | no | only the version of Keras |
#
# The last three rows are yours to look after. A run of `sparkeras train` writes the data's name, the seed and the versions
# into its `summary.json`.
#
# ## A layer of your own
#
# Marks go from 0 to 10. A layer `Between(low, high)` could hold the network's marks in that range: below `low` it says
# `low`, above `high` it says `high`. In the file there stand its name and its arguments. The code stands in *your* program.
# So whoever opens the file needs the class, and Keras needs to know that this name means that class. And for safety Keras
# runs no code that lies in a file: a `Lambda` layer, which would hold its function as code, is refused.
#
# ### Exercise 9.4: a layer that survives
#
# Write the class `Between`, a `keras.layers.Layer`, so that a model with it can be saved and opened again with nothing but
# `keras.saving.load_model(path)`. You need:
#
# - `@keras.saving.register_keras_serializable("course")` above the class, which tells Keras the name
# - `__init__(self, low, high, **settings)`, which passes `settings` (such as the layer's name) on to `super().__init__`
# - `call(self, x)`: `keras.ops.clip(x, low, high)` works with every backend
# - `get_config(self)`: what `super().get_config()` says, with `low` and `high` added. Keras calls `__init__` with it.


# %% tags=["exercise", "9.4"]
# Your class stands here.
### BEGIN SOLUTION
@keras.saving.register_keras_serializable("course")
class Between(keras.layers.Layer):
    """Hold numbers between two bounds."""

    def __init__(self, low, high, **settings):
        super().__init__(**settings)
        self.low, self.high = low, high

    def call(self, x):
        return keras.ops.clip(x, self.low, self.high)

    def get_config(self):
        return {**super().get_config(), "low": self.low, "high": self.high}


### END SOLUTION

# %% tags=["check"]
check("9.4")

# %% [markdown]
# ## Networks from 2016 and 2019
#
# Keras is eleven years old. Many networks lie in files that Keras 1 or Keras 2 wrote. Let us write two of them, small ones,
# by hand. Both say from three numbers of a wine whether it is good; their weights are made up, but the files have the form
# in which Keras 1.1 (2016) and the Keras within TensorFlow 2.0 (2019) wrote theirs.
#
# In 2016 a model's `config` was a bare list, and arguments had other names (`output_dim` for `units`, `init` for
# `kernel_initializer`). In 2019 it was nearly as today, but without the `module` of each class, and the shape of the rows
# was an argument of the first layer.

# %%
# Three inputs, four tanh neurons, one output.
rng = np.random.default_rng(1)
W1, b1 = rng.normal(size=(3, 4)), rng.normal(size=4)
W2, b2 = 5 * rng.normal(size=(4, 1)), rng.normal(size=1)
rows = rng.normal(size=(200, 3))

plan_2016 = {
    "class_name": "Sequential",
    "keras_version": "1.1.0",
    "config": [
        {
            "class_name": "Dense",
            "config": {
                "name": "dense_1",
                "batch_input_shape": [None, 3],
                "output_dim": 4,
                "init": "glorot_uniform",
                "activation": "tanh",
            },
        },
        {"class_name": "Dense", "config": {"name": "dense_2", "output_dim": 1, "activation": "hard_sigmoid"}},
    ],
}
drawn = {"class_name": "GlorotUniform", "config": {"seed": None, "dtype": "float32"}}
plan_2019 = {
    "class_name": "Sequential",
    "keras_version": "2.2.4-tf",
    "backend": "tensorflow",
    "config": {
        "name": "sequential",
        "layers": [
            {
                "class_name": "Dense",
                "config": {
                    "name": "dense",
                    "batch_input_shape": [None, 3],
                    "units": 4,
                    "activation": "tanh",
                    "kernel_initializer": drawn,
                },
            },
            {
                "class_name": "Dense",
                "config": {"name": "dense_1", "units": 1, "activation": "sigmoid", "kernel_initializer": drawn},
            },
        ],
    },
}


def write_old(stem, plan, layers):
    """Write a plan as JSON, and arrays as HDF5 in the old form: a group per layer, names of arrays as its attribute."""
    (folder / f"{stem}.json").write_text(json.dumps(plan, indent=1))
    with h5py.File(folder / f"{stem}.h5", "w") as file:
        file.attrs["layer_names"] = [name.encode() for name in layers]
        for name, arrays in layers.items():
            group = file.create_group(name)
            group.attrs["weight_names"] = [each.encode() for each in arrays]
            for each, array in arrays.items():
                group[each] = array.astype("float32")


write_old(
    "of_2016",
    plan_2016,
    {"dense_1": {"dense_1_W": W1, "dense_1_b": b1}, "dense_2": {"dense_2_W": W2, "dense_2_b": b2}},
)
write_old(
    "of_2019",
    plan_2019,
    {
        "dense": {"dense/kernel:0": -W1, "dense/bias:0": b1},
        "dense_1": {"dense_1/kernel:0": W2, "dense_1/bias:0": -b2},
    },
)
for stem in ("of_2016", "of_2019"):
    try:
        keras.models.model_from_json((folder / f"{stem}.json").read_text())
    except Exception as error:
        print(f"{stem}: {type(error).__name__}: {' '.join(str(error).split())[:90]} ...")

# %% [markdown]
# Keras 3 stops at the list of 2016 ("Expected 'config' to be a dict"), and of 2019 it does not know which `Sequential` is
# meant, as no module stands there. On the web there is a trick for the second message: `custom_objects` with the classes'
# names. Here it fails later, at `dtype` in the initializer; and with files of TensorFlow 2.2 (2020), which do not have that
# `dtype`, it is worse than failing:

# %%
plan_2020 = json.loads(json.dumps(plan_2019).replace(', "dtype": "float32"', "").replace("2.2.4-tf", "2.3.0-tf"))
by_name = {"Sequential": keras.Sequential, "Dense": keras.layers.Dense}
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    tricked = keras.models.model_from_json(json.dumps(plan_2020), custom_objects=by_name)
print("by the trick: rows of the shape", tricked.input_shape, "- the file says", (None, 3))

# %% [markdown]
# No error, one axis too many: `batch_input_shape` is not understood. A model is not revived when it opens. It is revived when
# it *predicts what it predicted then*. So you need a number to compare with: the old predictions if somebody kept them, or a forward pass
# that you compute yourself.
#
# ### Exercise 9.5: what the network of 2016 said
#
# Compute `predicted_2016`, the output for `rows`, of shape (200, 1), with NumPy: `W1` and `b1`, tanh, `W2` and `b2`, and then
# `hard_sigmoid` *as it was in 2016*: $0.2 z + 0.5$, cut off below 0 and above 1.

# %% tags=["exercise", "9.5"]
predicted_2016 = None
### BEGIN SOLUTION
predicted_2016 = np.clip(0.2 * (np.tanh(rows @ W1 + b1) @ W2 + b2) + 0.5, 0, 1)
### END SOLUTION

# %% tags=["check"]
check("9.5")

# %% [markdown]
# Why "as it was"? Keras 3 has a `hard_sigmoid` as well, and it is another function: $z / 6 + 0.5$. The name stayed, the
# meaning changed. Whoever builds the network again by hand, with the same names and the same weights, gets this:

# %%
z = np.linspace(-5, 5, 201)
plt.figure(figsize=(6, 3.5))
plt.plot(z, np.clip(0.2 * z + 0.5, 0, 1), label="until Keras 2")
plt.plot(z, np.asarray(keras.activations.hard_sigmoid(z)), "--", label="Keras 3")
plt.title("One name, two functions: hard_sigmoid")
plt.xlabel("z")
plt.ylabel("hard_sigmoid(z)")
plt.legend()
plt.show()
if predicted_2016 is not None:
    renamed = keras.Sequential(
        [keras.Input((3,)), keras.layers.Dense(4, activation="tanh"), keras.layers.Dense(1, activation="hard_sigmoid")]
    )
    renamed.set_weights([W1, b1, W2, b2])
    figure("9.renamed_difference", np.abs(renamed.predict(rows, verbose=0) - predicted_2016).max())

# %% [markdown]
# ### Exercise 9.6: revived
#
# `sparkeras.legacy.load(plan, weights)` reads old files: it knows the old names, and where a meaning changed it makes up for
# it. What it cannot keep it refuses by the layer's name, and it never runs code from a file. Set `of_2016` and `of_2019` to
# the two revived models; their files are `of_2016.json`, `of_2016.h5`, `of_2019.json` and `of_2019.h5` in `folder`.

# %% tags=["exercise", "9.6"]
of_2016 = of_2019 = None
### BEGIN SOLUTION
of_2016 = legacy.load(folder / "of_2016.json", folder / "of_2016.h5")
of_2019 = legacy.load(folder / "of_2019.json", folder / "of_2019.h5")
### END SOLUTION

# %% tags=["check"]
check("9.6")

# %%
if of_2016 is not None and predicted_2016 is not None:
    figure("9.revived_difference", np.abs(of_2016.predict(rows, verbose=0) - predicted_2016).max())
    of_2016.save(folder / "of_2016.keras")  # a plain file of Keras 3, which opens without sparkeras
    print("kept in the second layer:", of_2016.layers[1].get_weights()[0].ravel().round(3))
    print("in the file of 2016:     ", W2.ravel().round(3))

# %% [markdown]
# Compare the two last lines: the weights are 1.2 times those of the file. Today's function of $1.2 z$ is the old function of
# $z$, as $1.2 / 6 = 0.2$. So the new file needs no special layer, and every Keras 3 opens it.
#
# On the command line the same is one line, and `sparkeras convert --help` tells the rest:
#
# ```bash
# sparkeras convert kept_models/of_2016.json kept_models/of_2016.h5 of_2016.keras
# ```

# %% [markdown] tags=["slide", "hidden"]
# ## What a file holds
#
# - JSON: the plan. Weights file: the numbers, and the optimizer's memory. `.keras`: both
# - none: the code of your layers, the scaling outside, the data, the versions
# - so: put the scaling into the model; note down the rest

# %% [markdown] tags=["slide", "hidden"]
# ## A model is revived when it predicts what it predicted then
#
# - Keras 3 does not open the plans of Keras 1 and 2
# - a trick opens some, and the shape is wrong in silence
# - one name, two functions: `hard_sigmoid` differs by up to {fig:renamed_difference} here
# - `sparkeras.legacy.load`: {fig:revived_difference} difference. Compare with numbers, always

# %% [markdown] tags=["teacher", "hidden"]
# **Discuss:** A bank has to show in five years how a model decided today. What do you keep?
#
# *Sample answer:* The `.keras` file with the scaling inside; the code of own layers; the versions of the packages; the data's
# source and split; and some rows with their predictions, to prove that what one opens later is the same model.
#
# **Discuss:** Why does Keras refuse to open a `Lambda` layer, even one of your own?
#
# *Sample answer:* The file holds its function as code. Who opens a file from the web would run whatever its author wrote. A
# registered class is code that you have already.

# %% [markdown]
# ## What the result means
#
# A model that is kept is more than its weights. What computed the numbers that go in belongs to it; so the scaling is a
# layer, and new bottles go in as they were measured. The `.keras` file holds plan, weights and optimizer, and a training
# goes on from it with a difference of {fig:resumed_difference}. It holds no code: layers of your own are classes in your
# program, known by a registered name.
#
# Old files are opened by a translator, and believed by numbers. The network of 2016 says the same as in 2016, with a
# difference of {fig:revived_difference}; built again with the same words it would have been off by up to
# {fig:renamed_difference}, on answers between 0 and 1, without a word of warning.
#
# ## Going further
#
# - Open `kept_models/network.keras` with `zipfile`, read `config.json` and find the means of the eleven columns.
# - Set two digits of `of_2019.json` wrong (`"units": 5`) and revive it. What does the message say?
# - Make a `Lambda` layer, save it, open it. Read the whole message. When would you set `safe_mode=False`?
# - In a folder of old projects, find an `.h5` file. `sparkeras convert old.h5 new.keras` tells what it is.
