"""Wrong answers that learners give in lesson 12."""

from sparkeras.course.exercise import Mistake

UNKNOWN_SENTENCES = "unknown_share = np.mean([any(w not in vocabulary for w in words_of(t)) for t in x_test])"


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


MISTAKES = {
    "12.1": (
        Mistake("words of the test rows", vocabulary("[*x_train, *x_test]"), "test sentences"),
        Mistake("pairs", vocabulary(each="pair"), "pairs of a word and its count"),
        Mistake("by the alphabet", "vocabulary = sorted({w for t in x_train for w in words_of(t)})", "commonest first"),
        Mistake("cut at blanks", vocabulary(words="text.split()"), "words_of(text) cuts"),
    ),
    "12.2": (
        Mistake("counts", bag("+= 1"), "twice in a text"),
        Mistake(
            "parts of words",
            "return np.array([[float(word in text.lower()) for word in vocabulary] for text in texts])",
            "inside of",
        ),
        Mistake("unknown words break it", bag("= 1", condition="True"), "not in the vocabulary"),
        Mistake("capital letters", bag("= 1", words="text.split()"), "lower case and without"),
    ),
    "12.3": (
        Mistake("different words", unknown("set(w for t in x_test for w in words_of(t))"), "counts once"),
        Mistake("those that are known", f"{unknown()}\nunknown_share = 1 - unknown_share", "are known"),
        Mistake("training sentences", unknown("[w for t in x_train for w in words_of(t)]"), "learned from"),
        Mistake("sentences", UNKNOWN_SENTENCES, "share of sentences"),
    ),
    "12.4": (
        Mistake("ids from 0", ids(start=0), "taken"),
        Mistake("unknown words left out", ids(found="[n[w] for w in words if w in n]"), "is left out"),
        Mistake("long texts", ids(cut=""), "words_of(text)[:length]"),
        Mistake("padding in front", ids(place="length - len(found) :"), "at the end"),
    ),
    "12.5": (
        Mistake("padding counts", "return table[ids].mean(axis=1)", "padding as if"),
        Mistake("the sum", "return (table[ids] * (ids != 0)[:, :, None]).sum(axis=1)", "grows with"),
        Mistake("divided by the length", "return (table[ids] * (ids != 0)[:, :, None]).mean(axis=1)", "by all places"),
        Mistake("the wrong axis", "return table[ids].mean(axis=2)", "a number per place"),
    ),
    "12.6": (
        Mistake("not divided", compared("d.std(ddof=1)"), "single fold"),
        Mistake("divided by the number", compared("d.std(ddof=1) / len(d)"), "square root"),
        Mistake("not in pairs", compared("np.sqrt((np.var(a, ddof=1) + np.var(b, ddof=1)) / 5)"), "pairs"),
        Mistake("the other way round", compared("d.std(ddof=1) / np.sqrt(len(d))", "b - a"), "other sign"),
    ),
}
