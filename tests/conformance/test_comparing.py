"""The comparison tells exact, refused and wrong apart."""

import numpy as np

from sparkeras.errors import SparkerasError
from tests.conformance import comparing, runner
from tests.conformance.catalogue import CASES


def _a_little_more(path, value):
    return np.asarray(value) + 0.01 if path.endswith("dense/kernel") else value


def test_a_difference_of_one_weight_is_wrong():
    case = CASES["losses: Huber"]
    plain = runner.plain(case)
    other = plain | {"variables": [(path, _a_little_more(path, value)) for path, value in plain["variables"]]}
    assert comparing.outcome(case, plain, [other], 1).startswith("wrong: variable sequential/dense/kernel is")


def test_ranks_whose_weights_part_are_wrong():
    case = CASES["layers: Dropout"]
    plain = runner.plain(case)
    other = plain | {"variables": [(path, _a_little_more(path, value)) for path, value in plain["variables"]]}
    assert comparing.outcome(case, plain, [other], 1) == "exact"
    assert comparing.outcome(case, plain, [plain, other], 2).startswith("wrong: rank 1 differs from rank 0: variable")


def test_an_error_of_ours_is_a_refusal_and_others_are_wrong():
    case = CASES["losses: Huber"]
    plain = runner.plain(case)

    def refuse():
        raise SparkerasError("No. Set num_workers=1.")

    refused = runner.attempt(refuse)
    assert comparing.outcome(case, plain, [refused], 1) == "refused: SparkerasError: No. Set num_workers=1."
    assert comparing.as_expected(comparing.outcome(case, plain, [refused], 1), "num_workers=1")
    crashed = runner.attempt(lambda: 1 / 0)
    assert comparing.outcome(case, plain, [crashed], 1).startswith("wrong: ZeroDivisionError")
