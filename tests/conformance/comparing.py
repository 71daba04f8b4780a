"""What came of a case beside plain Keras: exact, refused with words, or wrong."""

import re

import numpy as np

_SEED = "seed_generator_state"


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
        # Where one rank refuses, the others fail for want of it, and Spark shows the first one's words.
        refusals = [found for found in failed if found["ours"]]
        cause = (refusals or failed)[0]
        refused = refusals and len(failed) == ranks
        return f"{'refused' if refused else 'wrong'}: {cause['error']}: {cause['words']}"
    first, *others = ranks_found
    same = _same_values(case)
    difference = _difference(plain, first, same if case.compared(ranks) == "values" else _finite)
    if difference:
        return f"wrong: {difference}"
    for rank, found in enumerate(others, start=1):
        # The ranks agree, whatever was drawn; each draws by a seed of its own, and the first one's comes back.
        difference = _difference(first, found | {"variables": _seeds_of(first, found["variables"])}, same)
        if difference:
            return f"wrong: rank {rank} differs from rank 0: {difference.replace('in Keras', 'there')}"
    return "exact"


def as_expected(found, words):
    """Tell whether an outcome is ``"exact"``, or the refusal that the pattern ``words`` wants."""
    if words is None:
        return found == "exact"
    return found.startswith("refused: ") and re.search(words, found) is not None


def _seeds_of(first, variables):
    pairs = zip(variables, first["variables"], strict=False)
    return [kept if path.endswith(_SEED) else (path, value) for (path, value), kept in pairs]


def _same_values(case):
    return lambda found, expected: np.allclose(found, expected, rtol=case.rtol, atol=case.atol, equal_nan=True)


def _finite(found, expected):
    return np.isfinite(found).all()


def _difference(plain, found, same):
    """Return in words what differs from plain Keras, None for nothing."""
    if list(found["history"]) != list(plain["history"]):
        return f"the figures are {list(found['history'])}, in Keras {list(plain['history'])}"
    for name, expected in plain["history"].items():
        difference = _of_values(found["history"][name], expected, same)
        if difference:
            return f"{name} {difference}"
    if len(found["variables"]) != len(plain["variables"]):
        return f"{len(found['variables'])} variables, in Keras {len(plain['variables'])}"
    pairs = list(zip(plain["variables"], found["variables"], strict=True))
    # Weights first: they say more than the seeds of what draws at random.
    for (path, expected), (_, value) in sorted(pairs, key=lambda pair: pair[0][0].endswith(_SEED)):
        difference = _of_values(value, expected, same)
        if difference:
            return f"variable {path} {difference}"
    return None


def _of_values(found, expected, same):
    if isinstance(expected, list) and expected and isinstance(expected[0], dict):
        found, expected = ([_flat(each) for each in figures] for figures in (found, expected))
    found, expected = np.asarray(found), np.asarray(expected)
    if found.shape != expected.shape:
        return f"has shape {found.shape}, in Keras {expected.shape}"
    alike = same(found.astype(np.float64), expected.astype(np.float64))
    return None if alike else f"is {_short(found)}, in Keras {_short(expected)}"


def _flat(figures):
    return [figures[name] for name in sorted(figures)]


def _short(values):
    return np.array2string(values.ravel()[:6], precision=5, separator=", ")
