"""Each case trains as plain Keras trains it, by 1, 2 and 3 workers whose rows do not divide, or is refused with words.

Real processes and real collectives; ``test_through_spark`` has Spark around them. By default a few cases of each
catalogue train, with two workers; ``make conformance`` trains all.
"""

import pytest

from sparkeras.engine import backends
from tests.conformance import comparing
from tests.conformance.catalogue import CASES
from tests.conformance.crew import Crew

BACKEND = backends.choose()
RANKS = (1,) if BACKEND == "tensorflow" else (1, 2, 3)
# One of each kind that several workers once got wrong.
BY_DEFAULT = (
    "losses: ignore_class",
    "losses: Dice",
    "models: sequence, masked tags",
)


def _marks(name, ranks):
    return () if name in BY_DEFAULT and ranks == min(2, RANKS[-1]) else pytest.mark.conformance


PAIRS = [pytest.param(name, ranks, marks=_marks(name, ranks)) for ranks in RANKS for name in CASES]


@pytest.fixture(scope="module")
def crews(request, tmp_path_factory):
    """Return a function from a number of ranks to the Crew that trains what this run has selected."""
    selected = {ranks: [] for ranks in RANKS}
    for test in request.session.items:
        if getattr(test, "originalname", "") == "test_workers_train_what_plain_keras_trains":
            selected[test.callspec.params["ranks"]].append(test.callspec.params["name"])
    selected[1] += [name for names in selected.values() for name in names]  # one rank trains by plain Keras too
    made = {}

    def crew(ranks):
        if ranks not in made:
            folder = tmp_path_factory.mktemp(f"ranks{ranks}-")
            made[ranks] = Crew(ranks, list(dict.fromkeys(selected[ranks])), folder)
        return made[ranks]

    yield crew
    for each in made.values():
        each.close()


@pytest.mark.timeout(700)
@pytest.mark.parametrize(("name", "ranks"), PAIRS)
def test_workers_train_what_plain_keras_trains(name, ranks, crews):
    case = CASES[name]
    if ranks > 1:
        crews(ranks).begin()  # beside the one that trains by plain Keras
    plain, found = crews(1).outcomes(name, "plain")[0], crews(ranks).outcomes(name)
    outcome, words = comparing.outcome(case, plain, found, ranks), case.expected(BACKEND, ranks)
    assert comparing.as_expected(outcome, words), f"{outcome}; expected: {words or 'exact'}"


def test_the_share_of_the_default_run_is_cases():
    assert set(BY_DEFAULT) <= set(CASES)
