# ---
# jupyter:
#   lesson:
#     title: Made digits
#     about: two networks that learn against each other, and how to tell whether what they make is any good
#     reading: 25
#     exercises: 45
#     data: [digits]
#     figures:
#       place_highest: {value: 4.1, within: 0.4, format: ".1f"}
#       place_end: {value: 3.0, within: 0.15, format: ".1f"}
#       judge_accuracy: {value: 0.975, within: 0.015, format: ".3f", full: true}
#       real_sure: {value: 0.98, within: 0.012, format: ".2f", full: true}
#       collapsed_sure: {value: 0.98, within: 0.05, format: ".2f", full: true}
#       collapsed_digits: {value: 1, within: 1, format: ".0f", full: true}
#       untrained_sure: {value: 0.59, within: 0.15, format: ".2f", full: true}
#       untrained_digits: {value: 1, within: 1, format: ".0f", full: true}
#       gan_sure: {value: 0.89, within: 0.03, format: ".2f", full: true}
#       gan_digits: {value: 10, within: 1, format: ".0f", full: true}
#       gan_rarest: {value: 0.06, within: 0.025, format: ".2f", full: true}
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
# ---

# %% [markdown]
# # 13. Made digits
#
# **What you will do.** Until now a network said something about an image. Now it makes one. Two networks learn
# against each other: a generator makes digits, a discriminator tells them from real ones. You write their losses,
# make the steps of a very small such pair by hand, train a real one, and build a measure of what its digits are
# worth. You will also see why one number is not enough for that.
#
# **Time.** 25 minutes of reading, 45 of exercises; the training takes one to three minutes. **The figure to reach:**
# made digits of which a judge is {fig:gan_sure} sure on average, with {fig:gan_digits} different digits among them.
# An untrained generator has {fig:untrained_digits}.

# %%
import keras
import matplotlib.pyplot as plt
import numpy as np

from sparkeras import plots, zoo
from sparkeras.course import check, figure, load, pick, show
from sparkeras.zoo.gan import optimizers

plt.style.use("tableau-colorblind10")
keras.utils.set_random_seed(0)

# %% [markdown]
# ## The data
#
# 1,797 handwritten digits of 8 x 8 pixels, which come with scikit-learn. A pixel is a number from 0 (white paper) to
# 16 (ink).

# %%
digits = load("digits")
x_train, y_train, x_test, y_test = digits.x_train, digits.y_train, digits.x_test, digits.y_test
print(x_train.shape, "training images, pixels from", x_train.min(), "to", x_train.max())
show(plots.draw_images, 1 - x_train[:20] / 16, y_train[:20].tolist(), title="Real digits")

# %% [markdown]
# ## Two networks, two losses
#
# The *generator* takes 64 random numbers (noise) and makes an image of them. Other noise, other image. The
# *discriminator* takes an image and says how probable it is that it is real, a number between 0 and 1. The two
# together are a *GAN*, a generative adversarial network (I. Goodfellow and others, 2014).
#
# Nobody tells the generator what a digit looks like. It never sees a real image. All that it learns comes from the
# discriminator's answers.
#
# The discriminator is an ordinary classifier with two classes. It wants to say 1 of real images and 0 of made ones.
# Its loss is the cross-entropy that you know: minus the logarithm of the probability that it gave to the truth. Take
# the mean over the real images, the mean over the made ones, and add both.
#
# ### Exercise 13.1: the discriminator's loss
#
# Write `discriminator_loss(of_real, of_made)`. Both are arrays of what the discriminator says: the probability that
# an image is real, for real images and for made ones.


# %% tags=["exercise", "13.1"]
def discriminator_loss(of_real, of_made):
    """Return the cross-entropy on real images plus that on made ones."""
    ### BEGIN SOLUTION
    return -np.mean(np.log(of_real)) - np.mean(np.log(1 - of_made))
    ### END SOLUTION


# %% tags=["check"]
check("13.1")

# %% [markdown]
# The generator wants the opposite: the discriminator is to say 1 of its images. Two losses come to mind. Either it
# makes the discriminator's loss large, that is, it makes $\log(1 - p)$ small, where $p$ is what the discriminator
# says of a made image. Or it makes $-\log p$ small. Both want $p$ to be large. But look at their slopes. The picture
# shows them over the discriminator's score $z$ before the sigmoid, $p = 1 / (1 + e^{-z})$.

# %%
z = np.linspace(-6, 6, 241)
p = 1 / (1 + np.exp(-z))
picture, (losses, slopes_) = plt.subplots(1, 2, figsize=(11, 4))
for name, values in {"log(1 - p)": np.log(1 - p), "-log p": -np.log(p)}.items():
    losses.plot(z, values, label=name)
    slopes_.plot(z, np.gradient(values, z), label=name)
losses.set(title="Two losses for the generator", xlabel="score z of a made image", ylabel="loss")
slopes_.set(title="Their slopes", xlabel="score z of a made image", ylabel="slope")
losses.legend()
plt.show()

# %% [markdown]
# In the beginning made images are bad, and the discriminator soon is sure of that: $z$ is far below zero. There the
# slope of $\log(1 - p)$ is nearly zero: the generator would learn nothing just when it has most to learn. The other
# loss has its steepest slope there. So everybody takes $-\log p$; one says that it does not *saturate*.
#
# ### Exercise 13.2: the generator's loss
#
# Write `generator_loss(of_made)`, the one that does not saturate, as a mean over the made images.


# %% tags=["exercise", "13.2"]
def generator_loss(of_made):
    """Return the loss of a generator of whose images the discriminator says ``of_made``."""
    ### BEGIN SOLUTION
    return -np.mean(np.log(of_made))
    ### END SOLUTION


# %% tags=["check"]
check("13.2")

# %%
coin = np.full(100, 0.5)
if discriminator_loss(coin, coin) is not None and generator_loss(coin) is not None:
    print(f"A discriminator that tosses a coin: {discriminator_loss(coin, coin):.3f}")
    print(f"The generator's loss then: {generator_loss(coin):.3f}")

# %% [markdown]
# If the generator were perfect, nobody could tell, and 0.5 would be the best answer: $2 \log 2 = 1.386$ for the
# discriminator, $\log 2 = 0.693$ for the generator. Mark what that means: **neither loss goes to zero, and a small
# loss is no sign of success.** If the discriminator's loss is near zero, it has won, and the generator has no use of
# it. The two losses say who is ahead, not how good the images are.
#
# ## One step, by hand
#
# The smallest GAN makes numbers instead of images. Real ones come from a normal distribution around 3. The generator
# takes normal noise around 0 and adds one number that it has to learn, its `place`: made = noise + place. The
# discriminator is one neuron: $p = \sigma(\text{weight} \cdot x + \text{bias})$.
#
# The slopes follow from two facts that you may check: the slope of $-\log \sigma(z)$ by $z$ is $p - 1$, and the slope
# of $-\log(1 - \sigma(z))$ is $p$. The chain rule does the rest: $z = \text{weight} \cdot x + \text{bias}$, and for
# made numbers $x$ is noise + place.
#
# ### Exercise 13.3: three slopes
#
# Write `slopes(place, weight, bias, real, noise)`. It returns three numbers: the slope of the *generator's* loss by
# `place`, and the slopes of the *discriminator's* loss by `weight` and by `bias`.


# %% tags=["exercise", "13.3"]
def slopes(place, weight, bias, real, noise):
    """Return the slopes by place (of the generator's loss), by weight and by bias (of the discriminator's loss)."""
    made = noise + place
    of_real = 1 / (1 + np.exp(-(weight * real + bias)))
    of_made = 1 / (1 + np.exp(-(weight * made + bias)))
    ### BEGIN SOLUTION
    by_place = np.mean((of_made - 1) * weight)
    by_weight = np.mean((of_real - 1) * real) + np.mean(of_made * made)
    by_bias = np.mean(of_real - 1) + np.mean(of_made)
    return by_place, by_weight, by_bias
    ### END SOLUTION


# %% tags=["check"]
check("13.3")

# %% [markdown]
# With the slopes, a step of training is one line: both players move downhill, each on its own loss.

# %%
rng = np.random.default_rng(0)
now, places = np.array([-2.0, 0.0, 0.0]), []  # place, weight, bias
for _ in range(1000):
    found = slopes(*now, real=rng.normal(3, 1, 64), noise=rng.normal(0, 1, 64))
    if found is None:
        break
    now = now - 0.1 * np.array(found)
    places.append(now[0])
if places:
    figure("13.place_highest", max(places))
    figure("13.place_end", np.mean(places[-200:]))
    plt.plot(range(1, len(places) + 1), places, label="made numbers' mean")
    plt.axhline(3, color="C1", linestyle="--", label="real numbers' mean")
    plt.title("The generator runs past its goal and circles around it")
    plt.xlabel("step")
    plt.ylabel("place")
    plt.legend()
    plt.show()

# %% [markdown]
# It arrives: the mean of the last 200 steps is {fig:place_end}. But look at the way. The generator runs past the
# goal, up to {fig:place_highest}. The reason: the discriminator has learned "more is more real", and it takes time
# until it notices that this no longer holds. Then it drives the generator back. There is no hill here that both go
# down. Each step of one changes the hill of the other. With two numbers this circle shrinks. With networks it need
# not, and that is the difficulty of GANs.
#
# ## A judge
#
# Before we train, we need a measure. The losses are none, as you saw. Looking is good, but nobody looks at 1,000
# images after each epoch. So we train a `cnn` on *real* digits, with labels, and let it look at made ones. It never
# learns from a made image.

# %%
keras.utils.set_random_seed(1)
judge = zoo.build(pick(full="cnn", fast="linear"), digits.input_shape, digits.num_classes, scaling=digits.scaling)
judge.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
judge.fit(x_train, y_train, batch_size=64, epochs=pick(full=30, fast=5), verbose=0)
on_test = judge.predict(x_test, verbose=0)
figure("13.judge_accuracy", np.mean(on_test.argmax(axis=1) == y_test))

# %% [markdown]
# For each image the judge gives ten probabilities. Three numbers are of interest:
#
# - *How sure* is it: the largest of the ten, and its mean over all images. A blot looks like nothing in particular,
#   so the judge is less sure.
# - *How many* of the ten digits occur, if each image counts as the digit with the largest probability.
# - The share of the *rarest* of the ten digits. It is 0 if one does not occur. In the best case it is near 0.1.
#
# ### Exercise 13.4: the verdict
#
# Write `verdict(chances)` for an array (images, 10). It returns these three numbers.


# %% tags=["exercise", "13.4"]
def verdict(chances):
    """Return the mean of the largest probabilities, how many digits occur, and the share of the rarest of all ten."""
    ### BEGIN SOLUTION
    shares = np.bincount(chances.argmax(axis=1), minlength=10) / len(chances)
    return chances.max(axis=1).mean(), np.sum(shares > 0), shares.min()
    ### END SOLUTION


# %% tags=["check"]
check("13.4")

# %%
if verdict(on_test) is not None:
    sure, count, rarest = verdict(on_test)
    print(f"Real test digits: {count} digits occur, the rarest has a share of {rarest:.3f}")
    figure("13.real_sure", sure)

# %% [markdown]
# This is the best that a generator can hope for. Can one cheat? A generator is paid for images that look real. It is
# not paid for different ones.
#
# ### Exercise 13.5: a cheat
#
# Set `cheat` to at least 100 images, an array (images, 8, 8), that a worthless generator could have made: the judge
# is *more* sure of them than of the real test digits, but all of them are the same digit. You may steal from
# `x_train`.

# %% tags=["exercise", "13.5"]
cheat = None
### BEGIN SOLUTION
surest = judge.predict(x_train, verbose=0).max(axis=1).argmax()
cheat = np.repeat(x_train[surest : surest + 1], 100, axis=0)
### END SOLUTION

# %% tags=["check"]
check("13.5")

# %% [markdown]
# What you built by hand happens to generators by themselves. It is called *mode collapse*: the generator finds one
# image that the discriminator takes for real, and makes nothing else. The discriminator learns to refuse this one,
# the generator hops to the next. That is why the number of digits stands beside the sureness.
#
# ## The real thing
#
# `zoo.build("gan")` has both networks. The generator turns 64 random numbers into small images of 2 x 2 pixels with
# many channels, and enlarges these twice (`Conv2DTranspose`). The discriminator is a small `cnn` with one output. Two
# optimizers make one step each per batch, both from the same forward pass, as in your three slopes. One trick is
# added: of real images the discriminator is to say 0.9 rather than 1, so that it never gets too sure.

# %%
keras.utils.set_random_seed(0)
gan = zoo.build("gan", digits.input_shape, scaling=digits.scaling, filters=pick(full=32, fast=8))
gan.compile(optimizers(gan, learning_rate=1e-3))  # five times the usual rate: quicker, and rougher
print(f"generator: {gan.generator.count_params():,} numbers, discriminator: {gan.discriminator.count_params():,}")

# %% [markdown]
# The cell trains, stops now and then, and makes 500 images, always from the same noise. Labels are not used.

# %%
stages = pick(full=[0, 1, 5, 10, 20, 40, 100], fast=[0, 1])
history, samples = {"real_judged_real": [], "made_judged_real": []}, {}
for before, epochs in zip([0, *stages], stages, strict=False):
    if epochs:
        past = gan.fit(x_train.astype("float32"), batch_size=32, epochs=epochs - before, verbose=0).history
        for name, values in history.items():
            values.extend(past[name])
    samples[epochs] = gan.generate(500, seed=0)

# %%
picture, panels = plt.subplots(
    len(samples), 12, figsize=(9, 0.8 * len(samples) + 0.5), squeeze=False, layout="constrained"
)
for row, (epochs, images) in zip(panels, samples.items(), strict=True):
    for panel, image in zip(row, images, strict=False):
        panel.imshow(image, cmap="gray_r", vmin=0, vmax=16)
        panel.set(xticks=[], yticks=[])
    row[0].set_ylabel(f"epoch {epochs}", rotation=0, ha="right", va="center")
picture.suptitle("Made digits; the same noise in each column")
plt.show()

# %% [markdown]
# Now your verdict on each stage:

# %%
verdicts = {}
if verdict(on_test) is not None:
    print("epochs   sure  digits  rarest   the commonest")
    for epochs, images in samples.items():
        chances = judge.predict(images, verbose=0)
        verdicts[epochs] = verdict(chances)
        sure, count, rarest = verdicts[epochs]
        commonest = np.bincount(chances.argmax(axis=1), minlength=10)
        print(f"{epochs:6} {sure:6.2f} {count:7} {rarest:7.3f}   {commonest.argmax()} ({commonest.max() / 5:.0f} %)")

# %%
if verdicts:
    last, early = stages[-1], pick(full=10, fast=1)
    figure("13.untrained_sure", verdicts[0][0])
    figure("13.untrained_digits", verdicts[0][1])
    figure("13.collapsed_sure", verdicts[early][0])
    figure("13.collapsed_digits", verdicts[early][1])
    figure("13.gan_sure", verdicts[last][0])
    figure("13.gan_digits", verdicts[last][1])
    figure("13.gan_rarest", verdicts[last][2])

# %% [markdown]
# Read the row of 10 epochs. The judge is {fig:collapsed_sure} sure, as with real digits, and the number of digits is
# {fig:collapsed_digits}: a collapsed generator, all by itself. Look at the picture: the row is twelve times the same
# image. Whoever looks at the sureness alone would have stopped the training there, content. The last column of the
# table shows the hops from one digit to the next. Later the generator comes out of its corner, and in the end
# {fig:gan_digits} digits occur. (With another seed the stages differ. In three seeds we had one or two digits after
# 10 epochs and ten after 100.)
#
# And what do the players say of themselves? Here is the share of images that the discriminator takes for real, of
# real and of made ones.

# %%
show(
    plots.draw_curves_compared,
    {"real images": history["real_judged_real"], "made images": history["made_judged_real"]},
    title="Taken for real by the discriminator",
    x="epoch",
    y="share of the images",
)

# %% [markdown]
# Until epoch 20 the discriminator wins nearly always: it knows the one image that the generator makes. Then the
# curves come nearer. If nobody could tell real from made, they would meet. So the curves say who is ahead. That there
# was one digit at 10 epochs, and how many at the end, they do not say. For that we needed the judge.

# %% [markdown] tags=["slide", "hidden"]
# ## Two networks
#
# - generator: noise to image; it never sees a real one
# - discriminator: image to a probability of being real
# - losses: $-\log p_{real} - \log(1 - p_{made})$ and $-\log p_{made}$
# - the losses say who is ahead, not how good the images are

# %% [markdown] tags=["slide", "hidden"]
# ## Mode collapse
#
# - the generator makes one image, as it works
# - after 10 epochs the judge is {fig:collapsed_sure} sure; digits that occur: {fig:collapsed_digits}
# - one number is not enough: how sure, how many, how rare is the rarest

# %% [markdown] tags=["teacher", "hidden"]
# **Discuss:** A company shows ten wonderful images that its generator made. What do you ask?
#
# *Sample answer:* How many were made before these ten were chosen, how different they are, and how near each is to an
# image of the training.
#
# **Discuss:** Why is the generator's loss of no use for choosing the best epoch?
#
# *Sample answer:* It is measured by the discriminator of that moment. A small loss may mean good images or a weak
# discriminator.

# %% [markdown]
# ## What the result means
#
# | images | how sure the judge is | digits that occur |
# |---|---|---|
# | untrained generator | {fig:untrained_sure} | {fig:untrained_digits} |
# | after 10 epochs | {fig:collapsed_sure} | {fig:collapsed_digits} |
# | after 100 epochs | {fig:gan_sure} | {fig:gan_digits}, the rarest with a share of {fig:gan_rarest} |
# | real test digits | {fig:real_sure} | 10 |
#
# The project's benchmark trained with the usual, smaller rate for 150 epochs and three seeds (`docs/results.md`):
# sure 0.878, the rarest digit with a share of 0.042, against 0.979 and 0.092 of real test digits. So the made digits
# are far better than nothing and clearly worse than real ones, and digits are not made equally often.
#
# The judge has its limits. It knows ten digits and nothing else, so it can be sure of an image that no human would
# read. And it does not notice a generator that copies training images. Nor does a small loss tell anything. Where
# there is no right answer to compare with, take several measures, know what each one misses, and look at the images.
#
# ## Going further
#
# - Train with `optimizers(gan)`, the usual rate, for 150 epochs. Does it collapse on its way?
# - For twenty made digits find the nearest training image (the smallest sum of squared differences). Are they copies?
# - Take two rows of noise and walk from one to the other in ten steps: `gan.generator.predict`. What happens between
#   two digits?
# - `sparkeras.fit(gan, df, label=None)` trains the same model on Spark.
