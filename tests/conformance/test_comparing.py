"""The comparison tells exact, refused and wrong apart."""

import numpy as np
import pytest

from sparkeras import backends
from sparkeras.errors import SparkerasError
from tests.conformance import comparing, runner
from tests.conformance.catalogue import CASES

pytestmark = [getattr(pytest.mark, backends.choose())] if backends.choose() != "jax" else []


def test_a_difference_of_one_weight_is_wrong():
    case = CASES["losses: Huber"]
    plain = runner.plain(case)
    path, value = plain["variables"][0]
    other = plain | {"variables": [(path, np.asarray(value) + 0.01), *plain["variables"][1:]]}
    assert comparing.outcome(case, plain, [other], 1).startswith(f"wrong: rank 0, variable {path} is")


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
