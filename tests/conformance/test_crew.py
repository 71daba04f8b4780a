"""Processes that train ahead are started again where a case breaks them, and the cases after it are not spoilt."""

import contextlib

import pytest

from tests.conformance.crew import Crew

pytestmark = [pytest.mark.conformance]
NAMES = ("losses: LogCosh", "losses: Poisson", "losses: Hinge")


def test_the_case_that_ends_a_process_has_no_answer_and_the_next_one_trains(tmp_path):
    with contextlib.closing(Crew(1, NAMES, tmp_path)) as crew:
        assert "history" in crew.outcomes(NAMES[0])[0]
        crew.processes[0].kill()
        crew.processes[0].wait()
        for number in (1, 2):  # it may have trained ahead
            (tmp_path / f"{number}-0.ranked").unlink(missing_ok=True)
        assert crew.outcomes(NAMES[1])[0]["error"] == "NoAnswer"
        assert "history" in crew.outcomes(NAMES[2])[0]
        assert crew.at_work == 2
