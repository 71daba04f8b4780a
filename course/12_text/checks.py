"""Lesson 12: sentences as numbers.

Runs on: driver.
"""

import re
from collections import Counter

import numpy as np

from sparkeras.course.exercise import exercise, right, wrong


@exercise(
    "12.1",
    "The vocabulary",
    baseline="the words of one sentence: no other sentence could be read with them.",
    hints=(
        "Count the words of all training sentences first: a Counter, or a dict.",
        "Counter(word for text in x_train for word in words_of(text)).most_common() gives pairs, commonest first.",
    ),
)
def the_vocabulary(vocabulary, x_train, x_test):
    """Judge the list of the words that the model may know."""
    if not isinstance(vocabulary, list):
        return wrong(f"vocabulary is of type {type(vocabulary).__name__}.", "A list of words, the commonest first.")
    found, times = list(vocabulary), counted(x_train)
    if any(not isinstance(word, str) for word in found):
        return wrong(f"It holds {found[0]!r}.", "Expected words alone, not pairs of a word and its count.")
    more = set(found) - set(times)
    if more and more <= set(counted(x_test)):
        some = ", ".join(sorted(more)[:3])
        return wrong(
            f"{len(more)} words are only in test sentences ({some}).",
            "Test words are not known in advance: take x_train alone.",
        )
    if not more and len(set(found)) == len(found) < len(times):
        return wrong(f"{len(times) - len(found):,} words are missing.", "Take all words of the training sentences.")
    if more or set(times) - set(found):
        odd = sorted(more or set(times) - set(found))[:3]
        return wrong(f"Its words are not those of the sentences; see {odd}.", "words_of(text) cuts a text into words.")
    if len(found) != len(times):
        return wrong(f"{len(found) - len(times)} entries are there more than once.", "Each word has one number.")
    often = [times[word] for word in found]
    if sorted(often, reverse=True) != often:
        return wrong(
            f"It begins with {', '.join(found[:3])}.", "Put the commonest first: sort by how often they occur."
        )
    return right(f"{len(found):,} words, all of them from the {len(x_train):,} training sentences.")


@exercise(
    "12.2",
    "The bag",
    baseline="0.50, always the same class: a row without words allows no more.",
    hints=(
        "Start with np.zeros((len(texts), len(vocabulary))) and set single places to 1.",
        "{word: number for number, word in enumerate(vocabulary)} says which column a word has.",
    ),
)
def the_bag(bag):
    """Judge a table of which text has which word."""
    texts, words = np.array(["Good film, GOOD cast.", "No art in this party"], object), ["good", "film", "art", "part"]
    expected = np.array([[1, 1, 0, 0], [0, 0, 1, 0]])
    try:
        result = bag(texts, words)
    except (KeyError, ValueError) as error:
        return wrong(f"It raises an error: {error}", "Leave out words that are not in the vocabulary.")
    if result is None:
        return wrong("It returns nothing.", the_bag.hints[0])
    if not isinstance(result, np.ndarray):
        return wrong(
            f"It returns a {type(result).__name__}.", "An array (rows, words): np.zeros, then set places to 1."
        )
    if result.shape != expected.shape:
        return wrong(f"Two texts and four words give the shape {result.shape}.", "Expected (2, 4): a row per text.")
    if np.array_equal(result, expected):
        return right("Every sentence is a row of zeros with a few ones.")
    if result.max() > 1:
        return wrong("It counts words.", "A word that is twice in a text is a 1 as well: it is there or not.")
    if result[1, 3]:
        return wrong("It finds 'part' inside of 'party'.", "Look for whole words: words_of(text).")
    if result.sum() < expected.sum():
        return wrong(
            f"For 'Good film, GOOD cast.' and the words {words} it returns {result[0].tolist()}.",
            "Cut texts with words_of: in lower case and without commas.",
        )
    return wrong(
        f"For the words {words} and the texts {texts.tolist()} it returns {result.tolist()}.", the_bag.hints[1]
    )


@exercise(
    "12.3",
    "How many are unknown",
    baseline="0: the training sentences, whose words are all known.",
    hints=(
        "Make one list of all words of all test sentences. Which of them are not in the vocabulary?",
        "np.mean([word not in known for text in x_test for word in words_of(text)]) with known = set(vocabulary).",
    ),
)
def how_many_unknown(unknown_share, x_train, x_test):
    """Judge the share of words that the vocabulary does not have."""
    known, share = set(counted(x_train)), float(unknown_share)
    times = counted(x_test)
    unknown = {word: count for word, count in times.items() if word not in known}
    answer = sum(unknown.values()) / sum(times.values())
    with_unknown = float(np.mean([not known.issuperset(words_of(text)) for text in x_test]))
    if np.isclose(share, answer, rtol=2e-3):
        return right(
            f"{sum(unknown.values())} of {sum(times.values()):,} words are unknown: the model cannot read them."
        )
    causes = {
        1 - answer: ("That is the share of words that are known.", "Which share is left?"),
        0.0: ("The share is not 0.", "That holds for sentences that the vocabulary was learned from. Take x_test."),
        len(unknown) / len(times): (
            "In your share each different word counts once.",
            "Count it as often as it occurs.",
        ),
        with_unknown: ("That is the share of sentences with an unknown word.", "Count words, not sentences."),
    }
    cause = next((cause for value, cause in causes.items() if np.isclose(share, value, rtol=2e-3)), None)
    return wrong(*cause) if cause else wrong(f"{share:.4g} is not right.", how_many_unknown.hints[0])


def words_of(text):
    """Return the words of a text as the lesson cuts them."""
    return re.findall(r"\w+(?:'\w+)*", text.lower())


def counted(texts):
    """Return how often each word occurs in texts."""
    return Counter(word for text in texts for word in words_of(text))


@exercise(
    "12.4",
    "Ids",
    baseline="one wrong id, and the network reads another sentence.",
    hints=(
        "Start with np.zeros((len(texts), length), int); then fill the beginning of each row.",
        "{word: place for place, word in enumerate(vocabulary, start=2)}, and .get(word, 1) for unknown words.",
    ),
)
def row_of_ids(to_ids):
    """Judge rows of word ids."""
    texts = np.array(["Good film", "A zebra in a film", "film film film film film film good"], object)
    words, expected = ["a", "film", "good", "in"], [[4, 3, 0, 0, 0], [2, 1, 5, 2, 3], [3, 3, 3, 3, 3]]
    try:
        result = to_ids(texts, words, 5)
    except (ValueError, KeyError, IndexError) as error:
        return _broke_off(str(error))
    if result is None:
        return wrong("It returns nothing.", row_of_ids.hints[0])
    if not hasattr(result, "shape"):
        return wrong(f"It returns a {type(result).__name__}.", "An array of whole numbers: np.zeros(..., int).")
    if result.shape != (3, 5):
        return wrong(f"Three texts with length 5 give the shape {result.shape}.", "Expected (3, 5), a row per text.")
    if np.array_equal(result, expected):
        if result.dtype.kind not in "iu":
            return wrong(f"The ids are of the type {result.dtype}.", "Ids are whole numbers: np.zeros(..., int).")
        return right("Each word has its number; 0 stands for padding and 1 for an unknown word.")
    return _wrong_ids(result, texts, words, expected)


def _broke_off(message):
    """Return the Result for the text of an error."""
    if "zebra" in message:
        return wrong("It fails at the unknown word 'zebra'.", "Unknown words have the id 1: .get(word, 1)")
    if "inhomogeneous" in message:
        return wrong("Its rows have different lengths.", "Fill short ones with zeros up to `length`.")
    return wrong(f"It raises an error: {message}", "Is a text longer than the row? Take words_of(text)[:length].")


def _wrong_ids(result, texts, words, expected):
    """Return what is wrong with the ids of three texts."""
    if result[0].tolist() == [0, 0, 0, 4, 3]:
        return wrong("The zeros are before the text.", "Padding belongs at the end: ids[row, : len(found)].")
    if result[0, 0] in (2, 3):
        return wrong(f"'good' has the id {result[0, 0]}; expected 4.", "0 and 1 are taken; begin with start=2.")
    if result[1].tolist() == [2, 5, 2, 3, 0]:
        return wrong("The unknown word 'zebra' is left out.", "It keeps its place, with id 1.")
    off = next(row for row in range(3) if result[row].tolist() != expected[row])
    if off == 2:
        return wrong("It does not keep the first words of a long text.", "words_of(text)[:length]")
    return wrong(f"With the words {words} the ids of {texts[off]!r} are {result[off].tolist()}.", row_of_ids.hints[1])


@exercise(
    "12.5",
    "Look up, take the mean",
    baseline="table[ids].mean(axis=1), where a short text is mostly padding.",
    hints=(
        "table[ids] looks up all vectors: (rows, words, numbers). Which of them are words?",
        "Multiply by (ids != 0)[:, :, np.newaxis], sum over axis 1, divide by the number of words of each row.",
    ),
)
def look_up(mean_of_words):
    """Judge the mean of word vectors without padding."""
    table = np.random.default_rng(0).normal(size=(6, 3))
    ids = np.array([[2, 3, 0, 0, 0], [4, 4, 1, 5, 0], [5, 0, 0, 0, 0], [1, 2, 3, 4, 5]])
    is_word = (ids != 0)[:, :, np.newaxis]
    added = (table[ids] * is_word).sum(axis=1)
    expected = added / is_word.sum(axis=1)
    result = mean_of_words(ids, table)
    if result is None:
        return wrong("It returns nothing.", look_up.hints[0])
    if not hasattr(result, "shape"):
        return wrong(f"It returns a {type(result).__name__}.", "An array, (rows, numbers of a vector).")
    result = np.asarray(result)
    if result.shape == ids.shape:
        return wrong("It returns a number per place of the text.", "The mean goes over words: axis=1 of table[ids].")
    if result.shape != expected.shape:
        return wrong(f"For 4 texts and vectors of 3 it returns the shape {result.shape}.", "Expected (4, 3).")
    known = (
        (table[ids].mean(axis=1), "It counts padding as if it were a word.", "Leave out the places where ids is 0."),
        (added, "That is the sum.", "It grows with the text; divide by the number of its words."),
        (added / ids.shape[1], "You divide by all places.", "A text of two words has two, however long the row is."),
    )
    if np.allclose(result, expected, atol=1e-5):
        return right("Short and long texts give vectors of the same size, and padding does not count.")
    for value, message, hint in known:
        if np.allclose(result, value, atol=1e-5):
            return wrong(message, hint)
    return wrong("The vectors are not the means.", look_up.hints[1])


@exercise(
    "12.6",
    "A difference and its error",
    baseline="a difference of 0, which two equal models have on average.",
    hints=(
        "Subtract fold by fold first: an array of differences. Then its mean, and its standard deviation.",
        "differences.std(ddof=1) / np.sqrt(len(differences)) is the standard error.",
    ),
)
def a_difference(compare):
    """Judge a mean difference and its standard error."""
    first, second = np.array([0.71, 0.82, 0.80, 0.77, 0.75]), np.array([0.70, 0.80, 0.81, 0.76, 0.70])
    differences = first - second
    result = compare(first, second)
    if result is None:
        return wrong("It returns nothing.", a_difference.hints[0])
    if np.shape(result) != (2,):
        return wrong(f"It returns the shape {np.shape(result)}.", "Expected two numbers: return mean, error")
    mean, error = result
    deviations = [differences.std(ddof=ddof) for ddof in (0, 1)]  # of the folds, or estimated for all: both are usual
    if np.isclose(mean, -differences.mean()):
        return wrong("The mean has the other sign.", "Take first minus second: above zero if the first is better.")
    if not np.isclose(mean, differences.mean()):
        return wrong(f"The mean difference is {differences.mean():.4f}, not {mean:.4g}.", a_difference.hints[0])
    if any(np.isclose(error, deviation / np.sqrt(5)) for deviation in deviations):
        return right("A difference of less than twice its standard error may be chance.")
    if any(np.isclose(error, deviation) for deviation in deviations):
        return wrong("That is the standard deviation of a single fold.", "The mean of five varies less: divide.")
    if any(np.isclose(error, deviation / 5) for deviation in deviations):
        return wrong("The error is too small.", "Divide by the square root of the number of folds.")
    unpaired = [np.sqrt((np.var(first, ddof=ddof) + np.var(second, ddof=ddof)) / 5) for ddof in (0, 1)]
    if any(np.isclose(error, each) for each in unpaired):
        return wrong(
            "The error is too large.", "The folds come in pairs: an easy one is easy for both. Subtract first."
        )
    return wrong(f"The mean is right, {error:.4g} is not its error.", a_difference.hints[1])
