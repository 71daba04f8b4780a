# ---
# jupyter:
#   lesson:
#     title: Words
#     about: sentences as numbers, a bag of words against a network, and a difference that is none
#     reading: 25
#     exercises: 55
#     data: [imdb-sentences]
#     figures:
#       once_share: {value: 0.61, within: 0.01, format: ".2f"}
#       unknown_share: {value: 0.156, within: 0.002, format: ".3f"}
#       bag_train: {value: 0.9925, within: 0.006, format: ".3f"}
#       bag_test: {value: 0.73, within: 0.011, format: ".2f"}
#       bag_folds: {value: 0.76, within: 0.004, format: ".3f", full: true}
#       network_folds: {value: 0.77, within: 0.015, format: ".3f", full: true}
#       lowest_fold: {value: 0.7, within: 0.02, format: ".2f", full: true}
#       highest_fold: {value: 0.81, within: 0.02, format: ".2f", full: true}
#       difference: {value: 0.01, within: 0.015, format: ".3f", full: true}
#       standard_error: {value: 0.011, within: 0.006, format: ".3f", full: true}
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
# ---

# %% [markdown]
# # 12. Words
#
# **What you will do.** A network computes with numbers, and a sentence is none. You turn sentences on films into
# numbers in two ways: as a bag of words, and as a row of word ids whose vectors a network learns. Both have to say
# whether a sentence praises or complains. Then you find out which of the two is better, and whether you can tell at
# all.
#
# **Time.** 25 minutes of reading, 55 of exercises. **The figure to reach:** an accuracy of about {fig:network_folds},
# the mean of five folds. Counted words and a straight line reach {fig:bag_folds}. Always saying the same reaches
# 0.50.

# %%
import re
from collections import Counter

import keras
import matplotlib.pyplot as plt
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from sparkeras import plots, zoo
from sparkeras.course import check, figure, load, pick, show
from sparkeras.zoo.layers import MeanOfWords

plt.style.use("tableau-colorblind10")
keras.utils.set_random_seed(0)

# %% [markdown]
# ## Look at the sentences
#
# 1,000 sentences from film reviews, half of them praise (label 1), half complaint (label 0). 200 are put aside as
# test rows. (D. Kotzias and others, 2015, from the UCI repository.)

# %%
reviews = load("imdb-sentences")
x_train, y_train = reviews.x_train, reviews.y_train
x_test, y_test = reviews.x_test, reviews.y_test
print(len(x_train), "training sentences,", len(x_test), "test sentences")
for text, label in zip(x_train[:6], y_train[:6], strict=True):
    print(label, text)


# %% [markdown]
# A *word* is here: letters and digits in a row, in small letters; an apostrophe inside belongs to it. So `Film,` and
# `film` are the same word, and `wasn't` is one. Other people cut in other ways. What matters: training and test
# sentences must be cut in the same way.


# %%
def words_of(text):
    """Return the words of a text in small letters, in order."""
    return re.findall(r"\w+(?:'\w+)*", text.lower())


print(words_of("The soundtrack wasn't terrible, either."))

# %% [markdown]
# ## A vocabulary
#
# A *vocabulary* is the list of the words that a model knows. A word's place in the list is its number. It is usual to
# put the commonest word first: then one gets a smaller vocabulary by cutting off the end.
#
# ### Exercise 12.1: the vocabulary
#
# Set `vocabulary` to a list of all words that your model may know, each word once, the commonest first. The order of
# words that occur equally often does not matter. Think about which sentences a model may learn from.

# %% tags=["exercise", "12.1"]
vocabulary = None
### BEGIN SOLUTION
counts = Counter(word for text in x_train for word in words_of(text))
vocabulary = [word for word, count in counts.most_common()]
### END SOLUTION

# %% tags=["check"]
check("12.1")

# %%
if vocabulary is not None:
    times = Counter(word for text in x_train for word in words_of(text))
    often = [times[word] for word in vocabulary]
    print(len(vocabulary), "words; the commonest:", ", ".join(vocabulary[:12]))
    figure("12.once_share", np.mean(np.array(often) == 1))
    plt.loglog(range(1, len(often) + 1), often)
    plt.title("A few words occur often, most of them only once")
    plt.xlabel("place in the vocabulary")
    plt.ylabel("times in the training sentences")
    plt.show()

# %% [markdown]
# This curve looks alike in every language: a few words carry the grammar and are everywhere, and there is no end of
# rare ones. Of the words in these training sentences, a share of {fig:once_share} occurs a single time. A model sees
# each of them in one sentence, and can learn little from that.
#
# ## A bag of words
#
# The simplest way to make a sentence a row of numbers: one column per word of the vocabulary, 1 if the sentence has
# the word, 0 if not. It is called a *bag*, as the order of the words is lost, as if you had shaken them.
#
# ### Exercise 12.2: the bag
#
# Write `bag(texts, vocabulary)`. It gives an array with a row per text and a column per word of the vocabulary,
# filled with 0 and 1. Words that the vocabulary does not have are left out.


# %% tags=["exercise", "12.2"]
def bag(texts, vocabulary):
    """Return an array (texts, words of the vocabulary): 1 where the text has the word, else 0."""
    ### BEGIN SOLUTION
    column = {word: number for number, word in enumerate(vocabulary)}
    rows = np.zeros((len(texts), len(vocabulary)))
    for row, text in enumerate(texts):
        for word in words_of(text):
            if word in column:
                rows[row, column[word]] = 1
    return rows
    ### END SOLUTION


# %% tags=["check"]
check("12.2")

# %% [markdown]
# ## The baseline: a weight per word
#
# Logistic regression is one neuron with a sigmoid: a weight per word, all weights of the words in the sentence added
# up, and the sum bent to a probability of praise. (`liblinear` is a way to find the weights that is quick for so many
# columns.)

# %%
line = None
if vocabulary is not None and bag(x_train[:1], vocabulary) is not None:
    line = LogisticRegression(solver="liblinear").fit(bag(x_train, vocabulary), y_train)
    figure("12.bag_train", line.score(bag(x_train, vocabulary), y_train))
    figure("12.bag_test", line.score(bag(x_test, vocabulary), y_test))

# %% [markdown]
# {fig:bag_train} of the training sentences, {fig:bag_test} of the test sentences. There are more than three times as
# many words as training sentences, so there is nearly always some rare word by which a sentence can be remembered.
# That is no use for a new sentence.
#
# The weights can be read, and that is worth much. These are the words that count most in both directions:

# %%
if line is not None:
    weights = line.coef_[0]
    order = np.argsort(weights)
    shown = [*order[:12], *order[-12:]]
    times = bag(x_train, vocabulary).sum(axis=0)
    names = [f"{vocabulary[place]} ({times[place]:.0f})" for place in shown]
    plt.figure(figsize=(7, 6))
    plt.barh(names, weights[shown], color=["C1" if weights[place] < 0 else "C0" for place in shown])
    plt.title("The heaviest words (training sentences that have them)")
    plt.xlabel("weight: below 0 speaks for complaint, above 0 for praise")
    plt.show()

# %% [markdown]
# Most of them are what you would expect: *bad* and *awful*, *love* and *great*. Some are not. Why should *game* be
# praise? Look at the sentences that have it:

# %%
for text, label in zip(x_train, y_train, strict=True):
    if "game" in words_of(text):
        print(label, text)

# %% [markdown]
# All eight happen to be praise; one of them says "Waste your money on this game". The model did not learn that games
# are good. It learned what eight sentences have in common. With 800 sentences such accidents are many, and you see
# them only if you look.
#
# Now the test sentences where the model was most sure, and wrong:

# %%
if line is not None:
    sure = line.predict_proba(bag(x_test, vocabulary))[:, 1]
    wrong = [row for row in np.argsort(-np.abs(sure - y_test)) if (sure[row] > 0.5) != y_test[row]]
    for row in wrong[:6]:
        print(f"chance of praise {sure[row]:.2f}, label {y_test[row]}: {x_test[row]}")

# %% [markdown]
# "Not bad" and "wasn't terrible" are praise made of bad words. A sum of weights per word cannot see that: *not* has a
# weight of its own, and *bad* has one, and both count against the film. Another sentence says "far from the best part
# of the game": *best* and *game* count for it, and *far from* turns it round.
#
# ## Words that nobody has seen
#
# A word of a new sentence that is not in the vocabulary is called *out of vocabulary*. The model has no weight for
# it. It is as if the word were not there.
#
# ### Exercise 12.3: how many are unknown
#
# Set `unknown_share`: of all the words in the test sentences, one after the other, the share that `vocabulary` does
# not have. A word that occurs three times counts three times.

# %% tags=["exercise", "12.3"]
unknown_share = None
### BEGIN SOLUTION
known = set(vocabulary)
test_words = [word for text in x_test for word in words_of(text)]
unknown_share = np.mean([word not in known for word in test_words])
### END SOLUTION

# %% tags=["check"]
check("12.3")

# %%
if unknown_share is not None and vocabulary is not None:
    figure("12.unknown_share", unknown_share)
    for text in x_test[:6]:
        print(" ".join(word if word in vocabulary else "____" for word in words_of(text)))

# %% [markdown]
# About one word in six or seven is a hole, and the holes are seldom *the* and *and*: they are the words that say
# most. No cleverer model can fill them from these 800 sentences. More text can; that is what large language models
# have in advance.
#
# ## A row of ids
#
# The network gets the words in order, as numbers: *ids*. All rows must have the same length, and some words are
# unknown. So two ids are kept free:
#
# | id | means |
# |---|---|
# | 0 | no word: the text has ended (*padding*) |
# | 1 | a word that is not in the vocabulary |
# | 2, 3, ... | the first word of the vocabulary, the second, ... |
#
# ### Exercise 12.4: ids
#
# Write `to_ids(texts, vocabulary, length)`. It gives an array of whole numbers, a row per text, with `length` ids in
# each. Of longer texts the first `length` words count. Shorter ones are filled with 0 at their end.


# %% tags=["exercise", "12.4"]
def to_ids(texts, vocabulary, length):
    """Return ids (texts, length): 0 after the end, 1 for an unknown word, from 2 on the words of the vocabulary."""
    ### BEGIN SOLUTION
    number = {word: place for place, word in enumerate(vocabulary, start=2)}
    ids = np.zeros((len(texts), length), int)
    for row, text in enumerate(texts):
        found = [number.get(word, 1) for word in words_of(text)[:length]]
        ids[row, : len(found)] = found
    return ids
    ### END SOLUTION


# %% tags=["check"]
check("12.4")

# %% [markdown]
# ## A vector per word
#
# An id is a name, not a quantity: word 40 is not twice word 20. So the first layer of the network is a table, with a
# row of numbers (here 32) per id: the word's *vector*. The layer is called `Embedding`. All it does is look up rows.
# The numbers in the table are weights and are learned like all others: words that do the same work move to the same
# place.
#
# A sentence then has as many vectors as words. *Pooling* makes one of them: here their mean. Padding is no word, so
# it must not count.
#
# ### Exercise 12.5: look up, take the mean
#
# Write `mean_of_words(ids, table)`. `ids` has the shape (rows, words), `table` (number of ids, numbers per word). The
# result has a row per text: the mean of the vectors of its words, without the places where the id is 0. Each text has
# at least one word.


# %% tags=["exercise", "12.5"]
def mean_of_words(ids, table):
    """Return (rows, numbers per word): the mean of each row's word vectors, padding left out."""
    ### BEGIN SOLUTION
    is_word = (ids != 0)[:, :, np.newaxis]
    return (table[ids] * is_word).sum(axis=1) / is_word.sum(axis=1)
    ### END SOLUTION


# %% tags=["check"]
check("12.5")

# %% [markdown]
# The library's model `text` is just this: the table, the mean, a hidden layer of 32 neurons with ReLU, and softmax.
# The mean forgets the order of the words, as the bag does. The cell trains it and compares its pooling with yours.

# %%
LENGTH, EPOCHS = 32, pick(full=20, fast=2)


def train_network(ids, labels, known_ids):
    """Return the library's text model, trained, and its table of vectors before the training."""
    network = zoo.build("text", (LENGTH,), 2, vocabulary=known_ids)
    network.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    before = np.array(network.get_layer("words").get_weights()[0])
    network.fit(ids.astype("int32"), labels, epochs=EPOCHS, batch_size=32, verbose=0)
    return network, before


network = None
if vocabulary is not None and to_ids(x_train[:1], vocabulary, LENGTH) is not None:
    train_ids = to_ids(x_train, vocabulary, LENGTH)
    network, before = train_network(train_ids, y_train, len(vocabulary) + 2)
    table = network.get_layer("words").get_weights()[0]
    print(f"{network.count_params():,} numbers to learn; the line has {len(vocabulary) + 1:,}")
    library = MeanOfWords()(table[train_ids], mask=train_ids != 0)
    mine = mean_of_words(train_ids, table)
    if mine is not None:
        print(f"Largest difference of your pooling from the library's: {np.abs(mine - library).max():.1e}")
    bad = "bad" if "bad" in vocabulary else vocabulary[0]
    print(f"Vector of '{bad}' moved by", np.round(np.abs(table - before)[vocabulary.index(bad) + 2].max(), 3))
    print("Vector of unknown words moved by", np.abs(table - before)[1].max())

# %% [markdown]
# The vector of id 1 has not moved at all. All training words are in the vocabulary, so the network never met an
# unknown word while it learned. What it computes with in test sentences at these places are the random numbers of the
# start. If that bothers you, keep words that occur once out of the vocabulary: then id 1 is learned from them (see
# the end).
#
# Has the network found the same words as the line? Give it each word that is in five training sentences or more,
# alone, as a sentence of one word. The picture shows the logarithm of its two chances' ratio: above 0 for praise, as
# the line's weight.

# %%
if network is not None and line is not None:
    frequent = [place for place in range(len(vocabulary)) if times[place] >= 5]
    alone = network.predict(to_ids([vocabulary[place] for place in frequent], vocabulary, LENGTH), verbose=0)
    lean = np.log(alone[:, 1] / alone[:, 0])
    plt.figure(figsize=(7, 5))
    plt.scatter(weights[frequent], lean, s=10)
    for word in ("bad", "awful", "stupid", "not", "the", "film", "great", "game"):
        if word in vocabulary and vocabulary.index(word) in frequent:
            place = vocabulary.index(word)
            plt.annotate(word, (weights[place], lean[frequent.index(place)]), fontsize=9)
    plt.title("Words of five sentences or more: the line and the network agree")
    plt.xlabel("weight in the line")
    plt.ylabel("network, word alone: log(chance of praise / complaint)")
    plt.show()

# %% [markdown]
# ## Which is better?
#
# 200 test sentences are few. If a model is right on three of four, then chance alone moves its accuracy on 200
# sentences by about 0.03 up or down: $\sqrt{0.75 \cdot 0.25 / 200} = 0.03$. So one split cannot tell models apart
# that differ by 0.01.
#
# *Five folds* help: cut all 1,000 sentences into five parts, and let each part be the test rows once, with the other
# four to learn from. Each fold has a vocabulary of its own, from its training part. Otherwise words of its test
# sentences would be known.
#
# Each fold gives two accuracies, of both models on the *same* sentences. Some folds are hard and some are easy, for
# both. So look at the differences fold by fold. Their mean says how much better one model is. How sure is that mean?
# Its *standard error* is the standard deviation of the differences, divided by the square root of their number.
#
# ### Exercise 12.6: a difference and its error
#
# Write `compare(first, second)` for two arrays of accuracies, a number per fold. It returns two numbers: the mean of
# the differences, first minus second, and its standard error.


# %% tags=["exercise", "12.6"]
def compare(first, second):
    """Return the mean difference of two models' accuracies in the same folds, and its standard error."""
    ### BEGIN SOLUTION
    differences = np.array(first) - np.array(second)
    return differences.mean(), differences.std(ddof=1) / np.sqrt(len(differences))
    ### END SOLUTION


# %% tags=["check"]
check("12.6")


# %%
def two_accuracies(texts, labels, new_texts, new_labels):
    """Return the accuracies of the network and of the line on new texts."""
    counted = Counter(word for text in texts for word in words_of(text))
    own = [word for word, _ in counted.most_common()]
    line = LogisticRegression(solver="liblinear").fit(bag(texts, own), labels)
    network, _ = train_network(to_ids(texts, own, LENGTH), labels, len(own) + 2)
    predicted = network.predict(to_ids(new_texts, own, LENGTH), verbose=0).argmax(axis=1)
    return np.mean(predicted == new_labels), line.score(bag(new_texts, own), new_labels)


if network is not None and line is not None:
    texts, labels = np.concatenate([x_train, x_test]), np.concatenate([y_train, y_test])
    folds = list(StratifiedKFold(5, shuffle=True, random_state=0).split(texts, labels))[: pick(full=5, fast=2)]
    found = [two_accuracies(texts[train], labels[train], texts[test], labels[test]) for train, test in folds]
    by_network, by_line = map(np.array, zip(*found, strict=True))
    figure("12.network_folds", by_network.mean())
    figure("12.bag_folds", by_line.mean())
    figure("12.lowest_fold", by_line.min())
    figure("12.highest_fold", by_line.max())
    show(
        plots.draw_bars_compared,
        [f"fold {number}" for number in range(1, len(folds) + 1)],
        {"network": by_network.tolist(), "bag of words and a line": by_line.tolist()},
        title="Folds differ more than models",
        y="accuracy",
    )

# %%
if network is not None and line is not None and compare(by_network, by_line) is not None:
    difference, standard_error = compare(by_network, by_line)
    figure("12.difference", difference)
    figure("12.standard_error", standard_error)

# %% [markdown] tags=["slide", "hidden"]
# ## From words to numbers
#
# - bag of words: a column per word, 1 if the text has it
# - ids: 0 for padding, 1 for unknown, then the vocabulary
# - embedding: a row of a table per id; the table is learned
# - pooling: the mean of the vectors, without padding

# %% [markdown] tags=["slide", "hidden"]
# ## Out of vocabulary
#
# - the vocabulary is made of training sentences only
# - {fig:once_share} of its words occur once
# - {fig:unknown_share} of the words in test sentences are not in it

# %% [markdown] tags=["slide", "hidden"]
# ## Which is better?
#
# - five folds: network {fig:network_folds}, bag and line {fig:bag_folds}
# - difference {fig:difference}, standard error {fig:standard_error}
# - the folds alone: from {fig:lowest_fold} to {fig:highest_fold}

# %% [markdown] tags=["teacher", "hidden"]
# **Discuss:** A team reports that a new model has 0.79 where the old one had 0.77, on 200 test sentences. What do you
# ask?
#
# *Sample answer:* Whether the same sentences were used, how it looks in other folds and with other seeds. On 200
# sentences chance alone moves an accuracy by 0.03.
#
# **Discuss:** Could the line tell "not good, but great" from "not great, but good"?
#
# *Sample answer:* No. The words are the same, so the bag is the same row. The network here takes a mean of the
# vectors and cannot either.

# %% [markdown]
# ## What the result means
#
# | model | accuracy, mean of five folds |
# |---|---|
# | always the same class | 0.50 |
# | bag of words and a line | {fig:bag_folds} |
# | word vectors, mean, hidden layer | about {fig:network_folds} |
#
# The difference is {fig:difference} with a standard error of {fig:standard_error}: hardly a difference. The project's
# own benchmark, with three seeds, found 0.778 against 0.773 (`docs/results.md`), and the network won in two of three
# seeds. (The true error is somewhat larger than what you computed: the five folds share most of their training
# sentences, so they are not independent.) The network has some thirty times as many numbers, and the line's weights
# can be read. With 1,000 sentences, take the line.
#
# Both models forget the order of words, both miss the unknown ones, and both fail on "not bad". To do better one
# needs more text, or vectors that others learned from more text. A larger network alone has nothing more to learn
# from.
#
# ## Going further
#
# - Keep only words that occur at least twice. How many words are left? What happens to id 1, and to the accuracy of
#   both models?
# - Put pairs of words into the vocabulary, such as `not bad`. How often does each pair occur?
# - Write five sentences of your own and ask both models. Which words do they not know?
# - `sparkeras.fit` takes a column of texts and makes the vocabulary on Spark, see the README.
