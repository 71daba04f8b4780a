"""Wrong answers that learners give in lesson 20."""

from sparkeras.course.exercise import Mistake


def without(*names):
    """Return an answer to 20.1: all columns but some."""
    return f"known = [name for name in table.columns if name not in {names!r}]"


def area(ranks="rankdata(score)", least="n * (n + 1) / 2", of="late"):
    """Return an answer to 20.2 with other ranks, without the least sum, or of other flights."""
    return (
        f"ranks, chosen = {ranks}, {of}\n"
        "n, m = chosen.sum(), (~chosen).sum()\n"
        f"return (ranks[chosen].sum() - {least}) / (n * m)"
    )


def ids(source="learned_from", rare=2, missing="0 if value is None else", order="counts.most_common()"):
    """Return an answer to 20.3 that learns from other values, or throws two of the cases together."""
    return (
        f"counts = Counter(value for value in {source} if value is not None)\n"
        f"number = {{value: {rare} for value in counts}}\n"
        f"frequent = [value for value, count in {order} if count >= at_least]\n"
        "number |= {value: place for place, value in enumerate(frequent, start=3)}\n"
        f"return np.array([{missing} number.get(value, 1) for value in values])"
    )


def flagged(fill="np.nanmedian(learned_from)", flag="gap"):
    """Return an answer to 20.4 with another filling, or another flag."""
    return f"gap = np.isnan(values)\nreturn np.stack([np.where(gap, {fill}, values), {flag}], axis=1)"


def around(part="(times // 100 * 60 + times % 100) / (24 * 60)", circle="2 * np.pi", both="np.sin(a), np.cos(a)"):
    """Return an answer to 20.5 with another part of the day, circle or order."""
    return f"a = {circle} * {part}\nreturn np.stack([{both}], axis=1)"


def fall(values="rng.permutation(rows[column])", result="auc(score(rows), late) - auc(score(other), late)"):
    """Return an answer to 20.6 with other values in the column, or another result."""
    return f"other = {{**rows, column: {values}}}\nreturn {result}"


MISTAKES = {
    "20.1": (
        Mistake("all columns", "known = table.columns", "the answer itself"),
        Mistake("what is written at departure", without("arr_delay", "arr_time", "air_time"), "leaves the gate"),
        Mistake("what is measured on the way", without("arr_delay", "dep_delay", "dep_time"), "on the way"),
        Mistake(
            "the timetable left out",
            'known = ["month", "day", "carrier", "origin", "dest", "distance"]',
            "Timetable and route",
        ),
    ),
    "20.2": (
        Mistake("equal scores in order", area(ranks="np.argsort(np.argsort(score)) + 1"), "share the mean"),
        Mistake("nothing subtracted", area(least="0"), "Subtract the least"),
        Mistake("the punctual flights", area(of="~late"), "the punctual flight wins"),
        Mistake("accuracy", "return np.mean((score > 0.5) == late)", "at one threshold"),
    ),
    "20.3": (
        Mistake("learned from the values themselves", ids(source="values"), "learned_from alone"),
        Mistake("missing is unknown", ids(missing=""), "A gap is not"),
        Mistake("rare is unknown", ids(rare=1), "not there at all"),
        Mistake("by the alphabet", ids(order="sorted(counts.items())"), "here SFO"),
        Mistake(
            "None is counted",
            "frequent = [value for value, count in Counter(learned_from).most_common() if count >= at_least]\n"
            "number = {value: 2 for value in learned_from}\n"
            "number |= {value: place for place, value in enumerate(frequent, start=3)}\n"
            "return np.array([number.get(value, 1) for value in values])",
            "it is no value",
        ),
    ),
    "20.4": (
        Mistake("zero", flagged(fill="0"), "the most extreme one"),
        Mistake("the mean", flagged(fill="np.nanmean(learned_from)"), "pull it up"),
        Mistake("the test rows' median", flagged(fill="np.nanmedian(values)"), "values themselves"),
        Mistake("the flag of a value", flagged(flag="~gap"), "something is missing"),
        Mistake("no flag", "return np.where(np.isnan(values), np.nanmedian(learned_from), values)", "beside it"),
    ),
    "20.5": (
        Mistake("an hour of 100 minutes", around(part="times / 2400"), "an hour has 60"),
        Mistake("hours only", around(part="(times // 100) / 24"), "minutes are lost"),
        Mistake("degrees", around(circle="360"), "radians"),
        Mistake("the circle left out", around(circle="1"), "multiply the part"),
        Mistake("exchanged", around(both="np.cos(a), np.sin(a)"), "exchanged"),
    ),
    "20.6": (
        Mistake("a constant", fall(values="np.zeros(len(late))"), "in another order"),
        Mistake("after minus before", fall(result="auc(score(other), late) - auc(score(rows), late)"), "sign"),
        Mistake(
            "the label shuffled",
            fall(result="auc(score(rows), late) - auc(score(rows), rng.permutation(late))"),
            "is it the label",
        ),
        Mistake(
            "the rows damaged",
            "before = auc(score(rows), late)\nrows[column] = rng.permutation(rows[column])\n"
            "return before - auc(score(rows), late)",
            "copy the dict",
        ),
        Mistake("the AUC after", fall(result="auc(score(other), late)"), "By how much"),
    ),
}
