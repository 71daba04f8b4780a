"""Every public class of Keras' catalogues has a case or a written reason; a new one fails until somebody looks."""

import inspect

import keras
import pytest

from sparkeras import backends
from tests.conformance.catalogue import ALL, CASES, held, public_classes, reasons

pytestmark = [getattr(pytest.mark, backends.choose())] if backends.choose() != "jax" else []


def test_every_public_class_has_a_case_or_a_reason():
    known = held().keys() | reasons().keys()
    missing = [name for name in public_classes() if name not in known]
    assert not missing, (
        f"Keras {keras.__version__} has these; write a case in tests/conformance, or a reason: {missing}"
    )


def test_a_class_with_a_reason_only_has_no_case_that_holds_it():
    bases = {name for name, why in reasons().items() if "base class" in why or "subclass" in why}
    both = held().keys() & (reasons().keys() - bases)
    assert not {name for name in both if "stand" not in reasons()[name] and "is a case" not in reasons()[name]}


def test_cases_hold_classes_that_keras_has():
    names = {
        f"{space}.{name}"
        for space in ("losses", "metrics", "optimizers", "layers", "callbacks", "regularizers", "constraints")
        for name in dir(getattr(keras, space))
    }
    names |= {f"initializers.{name}" for name in dir(keras.initializers)}
    names |= {f"schedules.{name}" for name in dir(keras.optimizers.schedules)}
    unknown = sorted(held().keys() - names)
    assert not unknown, f"not in Keras {keras.__version__}: {unknown}"


def test_a_case_that_is_refused_or_compared_by_names_says_why():
    without = [name for name, case in ALL.items() if not case.why and (case.refused or case.compared(2) == "names")]
    assert not without


def test_a_case_builds_a_new_model_each_time():
    case = CASES["losses: Huber"]
    assert case.build() is not case.build()
    assert inspect.isfunction(case.build)
