"""What came of a case beside plain Keras: exact, refused with words, or wrong."""

import re

import numpy as np

_SEED = "seed_generator_state"
TOLERANCE = {"rtol": 1e-3, "atol": 1e-5}


def outcome(case, plain, ranks_found, ranks):
    """Return ``"exact"``, ``"refused: ..."``, or ``"wrong: ..."`` with the difference in words.

    Parameters
    ----------
    case : Case
    plain : dict
        What plain Keras made of it.
    ranks_found : list of dict
        What each rank made of it.
    ranks : int
    """
    if "error" in plain:
        return f"wrong: plain Keras fails with {plain['error']}: {plain['words']}"
    failed = [found for found in ranks_found if "error" in found]
    if failed:
        refused = len(failed) == ranks and all(found["ours"] for found in failed)
        return f"{'refused' if refused else 'wrong'}: {failed[0]['error']}: {failed[0]['words']}"
    for rank, found in enumerate(ranks_found):
        if rank:
            # Each rank draws dropout of its own; the first one's state is what comes back.
            found = found | {"variables": _drawn_as_in(plain, found["variables"])}
        difference = _difference(plain, found, case.compared(ranks) == "values")
        if difference:
            return f"wrong: rank {rank}, {difference}"
    return "exact"


def as_expected(found, words):
    """Tell whether an outcome is ``"exact"``, or the refusal that the pattern ``words`` wants."""
    if words is None:
        return found == "exact"
    return found.startswith("refused: ") and re.search(words, found) is not None


def _drawn_as_in(plain, variables):
    pairs = zip(variables, plain["variables"], strict=False)
    return [kept if path.endswith(_SEED) else (path, value) for (path, value), kept in pairs]


def _difference(plain, found, by_value):
    """Return in words what differs from plain Keras, None for nothing."""
    if list(found["history"]) != list(plain["history"]):
        return f"the figures are {list(found['history'])}, in Keras {list(plain['history'])}"
    for name, expected in plain["history"].items():
        difference = _of_values(found["history"][name], expected, by_value)
        if difference:
            return f"{name} {difference}"
    if len(found["variables"]) != len(plain["variables"]):
        return f"{len(found['variables'])} variables, in Keras {len(plain['variables'])}"
    pairs = list(zip(plain["variables"], found["variables"], strict=True))
    # Weights first: they say more than the seeds of what draws at random.
    for (path, expected), (_, value) in sorted(pairs, key=lambda pair: pair[0][0].endswith(_SEED)):
        difference = _of_values(value, expected, by_value)
        if difference:
            return f"variable {path} {difference}"
    return None


def _of_values(found, expected, by_value):
    if isinstance(expected, list) and expected and isinstance(expected[0], dict):
        pairs = [(_flat(each), _flat(other)) for each, other in zip(found, expected, strict=True)]
        found, expected = [a for a, _ in pairs], [b for _, b in pairs]
    found, expected = np.asarray(found), np.asarray(expected)
    if found.shape != expected.shape:
        return f"has shape {found.shape}, in Keras {expected.shape}"
    if not np.issubdtype(expected.dtype, np.number) or not by_value:
        same = found.dtype.kind not in "fc" or np.isfinite(found.astype(np.float64)).all()
    else:
        found, expected = found.astype(np.float64), expected.astype(np.float64)
        same = np.allclose(found, expected, **TOLERANCE, equal_nan=True)
    return None if same else f"is {_short(found)}, in Keras {_short(expected)}"


def _flat(figures):
    return [figures[name] for name in sorted(figures)]


def _short(values):
    return np.array2string(values.ravel()[:6], precision=5, separator=", ")
