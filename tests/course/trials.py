"""Run inside a lesson's kernel: verdicts on an untouched answer and on each known mistake before the solution runs."""

import runpy
from pathlib import Path

from sparkeras.course import checking, views

COURSE = Path(__file__).parents[2] / "course"


def mistakes(number):
    """Return {exercise: its Mistakes} of a lesson, from the checkout: an installed sparkeras has none."""
    (path,) = COURSE.glob(f"{number:02}_*/mistakes.py")
    return runpy.run_path(str(path))["MISTAKES"]


def try_all(id, source, namespace):
    """Judge the untouched cell and each mistake in a copy of the namespace; AssertionError for a wrong verdict."""
    exercise, verdicts = checking.find(id), {}
    known = mistakes(exercise.lesson)[id]
    for name, answer in [("untouched", views.OPEN), *((each.name, each.answer) for each in known)]:
        own = dict(namespace)
        exec(compile(views.with_answer(source, answer), f"<{id} {name}>", "exec"), own)
        verdicts[name] = checking.judge(id, own)
    wrong = [name for name, result in verdicts.items() if result.ok]
    assert not wrong, f"{id}: taken for right: {wrong}"
    untouched = verdicts.pop("untouched")
    assert untouched.hint in exercise.hints, f"{id}: an untouched answer gets {untouched}"
    for each in known:
        result = verdicts[each.name]
        text = f"{result.message} {result.hint}"
        assert each.says in text, f"{id}, {each.name}: expected {each.says!r} in {text!r}"
        assert result.hint, f"{id}, {each.name}: no hint"
        others = [name for name, other in verdicts.items() if each.says in f"{other.message} {other.hint}"]
        assert others == [each.name], f"{id}: {others} get {each.says!r}"
