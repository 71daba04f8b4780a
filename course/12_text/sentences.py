"""What the checks of lesson 12 know of words, and the wrong answers that learners give.

Runs on: driver.
"""

import re
from collections import Counter

UNKNOWN_SENTENCES = "unknown_share = np.mean([any(w not in vocabulary for w in words_of(t)) for t in x_test])"


def words_of(text):
    """Return the words of a text as the lesson cuts them."""
    return re.findall(r"\w+(?:'\w+)*", text.lower())


def counted(texts):
    """Return how often each word occurs in texts."""
    return Counter(word for text in texts for word in words_of(text))


def vocabulary(texts="x_train", words="words_of(text)", each="pair[0]"):
    """Return an answer to 12.1 from other texts, with other words, or with another thing in the list."""
    return (
        f"counts = Counter(word for text in {texts} for word in {words})\n"
        f"vocabulary = [{each} for pair in counts.most_common()]"
    )


def bag(change, condition="word in column", words="words_of(text)"):
    """Return an answer to 12.2 that changes the place of a word in another way, or under another condition."""
    return (
        "column = {word: number for number, word in enumerate(vocabulary)}\n"
        "rows = np.zeros((len(texts), len(vocabulary)))\n"
        "for row, text in enumerate(texts):\n"
        f"    for word in {words}:\n"
        f"        if {condition}:\n"
        f"            rows[row, column[word]] {change}\n"
        "return rows"
    )


def unknown(words="[w for t in x_test for w in words_of(t)]"):
    """Return an answer to 12.3 over other words."""
    return f"unknown_share = np.mean([word not in vocabulary for word in {words}])"


def ids(start=2, found="[n.get(w, 1) for w in words]", cut="[:length]", place=": len(found)"):
    """Return an answer to 12.4 with other ids, other words, or other places."""
    return (
        f"n = {{word: number for number, word in enumerate(vocabulary, start={start})}}\n"
        "ids = np.zeros((len(texts), length), int)\n"
        "for row, text in enumerate(texts):\n"
        f"    words = words_of(text){cut}\n"
        f"    found = {found}\n"
        f"    ids[row, {place}] = found\n"
        "return ids"
    )


def compared(error, difference="a - b"):
    """Return an answer to 12.6 with another error, or another difference."""
    return f"a, b = np.array(first), np.array(second)\nd = {difference}\nreturn d.mean(), {error}"
