"""The tree of exceptions in the head of errors.py is the one that Python sees."""

import builtins
import pickle
import re

import pytest

from sparkeras import errors

LINES = re.findall(r"^    ([│├└─ ]*)(\w+) +(\d+)(?:  .*?(?:\(also an? (\w+)\))?)?$", errors.__doc__, re.MULTILINE)
CLASSES = [each for each in vars(errors).values() if isinstance(each, type)]


def test_the_drawn_tree_has_every_class():
    assert [name for _, name, _, _ in LINES] == [each.__name__ for each in sorted(CLASSES, key=drawn_at)]
    assert len(LINES) == len(CLASSES)


def drawn_at(error):
    return errors.__doc__.index(f"{error.__name__} ")


@pytest.mark.parametrize(("lead", "name", "code", "builtin"), LINES, ids=[line[1] for line in LINES])
def test_parents_exit_codes_and_builtins_are_as_drawn(lead, name, code, builtin):
    error = getattr(errors, name)
    above = LINES[: [line[1] for line in LINES].index(name)]
    parents = [getattr(errors, line[1]) for line in above if len(line[0]) < len(lead)][-1:] or [Exception]
    assert error.exit_code == int(code)
    assert issubclass(error, parents[0])
    assert not builtin or issubclass(error, getattr(builtins, builtin))
    raised = error("One sentence.")
    assert str(pickle.loads(pickle.dumps(raised))) == str(raised) == "One sentence."
