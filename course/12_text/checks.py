"""Lesson 12: sentences as numbers.

Runs on: driver.
"""

import numpy as np

from sparkeras.course.checks import sentences
from sparkeras.course.checks.word_vectors import a_difference, look_up, row_of_ids
from sparkeras.course.exercise import Mistake, exercise, right, wrong

__all__ = ["a_difference", "how_many_unknown", "look_up", "row_of_ids", "the_bag", "the_vocabulary"]


@exercise(
    "12.1",
    "The vocabulary",
    baseline="the words of one sentence: no other sentence could be read with them.",
    hints=(
        "Count the words of all training sentences first: a Counter, or a dict.",
        "Counter(word for text in x_train for word in words_of(text)).most_common() gives pairs, commonest first.",
    ),
    mistakes=(
        Mistake("words of the test rows", sentences.vocabulary("[*x_train, *x_test]"), "test sentences"),
        Mistake("pairs", sentences.vocabulary(each="pair"), "pairs of a word and its count"),
        Mistake("by the alphabet", "vocabulary = sorted({w for t in x_train for w in words_of(t)})", "commonest first"),
        Mistake("cut at blanks", sentences.vocabulary(words="text.split()"), "words_of(text) cuts"),
    ),
)
def the_vocabulary(vocabulary, x_train, x_test):
    """Judge the list of the words that the model may know."""
    if not isinstance(vocabulary, list):
        return wrong(f"It is of type {type(vocabulary).__name__}.", "A list of words, the commonest first.")
    found, times = list(vocabulary), sentences.counted(x_train)
    if any(not isinstance(word, str) for word in found):
        return wrong(f"It holds {found[0]!r}.", "Expected words alone, not pairs of a word and its count.")
    more = set(found) - set(times)
    if more and more <= set(sentences.counted(x_test)):
        some = ", ".join(sorted(more)[:3])
        return wrong(
            f"{len(more)} words are only in test sentences ({some}).", "You do not know the future: x_train alone."
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
    baseline="0.50, always the same class: what a row without words can say.",
    hints=(
        "Start with np.zeros((len(texts), len(vocabulary))) and set single places to 1.",
        "{word: number for number, word in enumerate(vocabulary)} says which column a word has.",
    ),
    mistakes=(
        Mistake("counts", sentences.bag("+= 1"), "twice in a text"),
        Mistake(
            "parts of words",
            "return np.array([[float(word in text.lower()) for word in vocabulary] for text in texts])",
            "inside of",
        ),
        Mistake("unknown words break it", sentences.bag("= 1", condition="True"), "not in the vocabulary"),
        Mistake("capital letters", sentences.bag("= 1", words="text.split()"), "small letters and without"),
    ),
)
def the_bag(bag):
    """Judge a table of which text has which word."""
    texts, words = np.array(["Good film, GOOD cast.", "No art in this party"], object), ["good", "film", "art", "part"]
    expected = np.array([[1, 1, 0, 0], [0, 0, 1, 0]])
    try:
        said = bag(texts, words)
    except (KeyError, ValueError) as error:
        return wrong(f"It breaks off: {error}", "Leave out words that are not in the vocabulary.")
    if said is None:
        return wrong("It returns nothing.", the_bag.hints[0])
    if not isinstance(said, np.ndarray):
        return wrong(f"It returns a {type(said).__name__}.", "An array (rows, words): np.zeros, then set places to 1.")
    if said.shape != expected.shape:
        return wrong(f"Two texts and four words give the shape {said.shape}.", "Expected (2, 4): a row per text.")
    if np.array_equal(said, expected):
        return right("Every sentence is a row of zeros with a few ones.")
    if said.max() > 1:
        return wrong("It counts.", "A word that is twice in a text is a 1 all the same: is it there or not?")
    if said[1, 3]:
        return wrong("It finds 'part' inside of 'party'.", "Look for whole words: words_of(text).")
    if said.sum() < expected.sum():
        return wrong(
            f"Of 'Good film, GOOD cast.' it says {said[0].tolist()} for {words}.",
            "Cut texts with words_of: small letters and without commas.",
        )
    return wrong(f"For {words} it says {said.tolist()} of {texts.tolist()}.", the_bag.hints[1])


@exercise(
    "12.3",
    "How many are unknown",
    baseline="0: the training sentences, whose words are all known.",
    hints=(
        "Make one list of all words of all test sentences. Which of them are not in the vocabulary?",
        "np.mean([word not in known for text in x_test for word in words_of(text)]) with known = set(vocabulary).",
    ),
    mistakes=(
        Mistake("different words", sentences.unknown("set(w for t in x_test for w in words_of(t))"), "counts once"),
        Mistake("those that are known", f"{sentences.unknown()}\nunknown_share = 1 - unknown_share", "are known"),
        Mistake("training sentences", sentences.unknown("[w for t in x_train for w in words_of(t)]"), "learned from"),
        Mistake("sentences", sentences.UNKNOWN_SENTENCES, "share of sentences"),
    ),
)
def how_many_unknown(unknown_share, x_train, x_test):
    """Judge the share of words that the vocabulary does not have."""
    known, share = set(sentences.counted(x_train)), float(unknown_share)
    times = sentences.counted(x_test)
    unknown = {word: count for word, count in times.items() if word not in known}
    answer = sum(unknown.values()) / sum(times.values())
    holes = float(np.mean([not known.issuperset(sentences.words_of(text)) for text in x_test]))
    if np.isclose(share, answer, rtol=2e-3):
        return right(f"{sum(unknown.values())} of {sum(times.values()):,} words are holes: the model cannot read them.")
    said = {
        1 - answer: ("That is the share of words that are known.", "Which share is left?"),
        0.0: ("Nothing is unknown?", "That holds for sentences that the vocabulary was learned from. Take x_test."),
        len(unknown) / len(times): ("In your share each word counts once.", "Count it as often as it occurs."),
        holes: ("That is the share of sentences with a hole.", "Count words, not sentences."),
    }
    words = next((words for value, words in said.items() if np.isclose(share, value, rtol=2e-3)), None)
    return wrong(*words) if words else wrong(f"{share:.4g} is not it.", how_many_unknown.hints[0])
