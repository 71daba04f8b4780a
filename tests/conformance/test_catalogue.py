"""Every public class of Keras' catalogues has a case or a written reason; a new one fails until somebody looks."""

import inspect

import keras

from tests.conformance.catalogue import ALL, CASES, held, public_classes, reasons


def test_every_public_class_has_a_case_or_a_reason():
    classes = public_classes()
    known = {classes[name] for name in (*held(), *reasons()) if name in classes}  # by whichever of its names
    missing = [name for name, kind in classes.items() if kind not in known]
    assert not missing, f"Keras {keras.__version__} has these: write cases in tests/conformance, or reasons: {missing}"


def test_a_class_has_a_reason_where_it_has_no_case_of_its_own():
    both = held().keys() & reasons().keys()
    assert all("stand" in reasons()[name] or "cases" in reasons()[name] for name in both), sorted(both)


def test_cases_hold_classes_that_keras_has():
    unknown = sorted(held().keys() - public_classes().keys())
    assert not unknown, f"not in Keras {keras.__version__}: {unknown}"


def test_a_case_that_is_refused_or_compared_by_names_says_why():
    without = [name for name, case in ALL.items() if not case.why and (case.refused or case.compared(2) == "names")]
    assert not without


def test_a_case_builds_a_new_model_each_time():
    case = CASES["losses: Huber"]
    assert case.build() is not case.build()
    assert inspect.isfunction(case.build)
