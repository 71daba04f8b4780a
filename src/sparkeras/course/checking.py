"""Judge an answer: the same call in a notebook, on the command line, in the lab and in the tests.

Runs on: driver.
"""

import importlib
import pkgutil
import re

from sparkeras.course import checks
from sparkeras.course.exercise import Exercise, Result
from sparkeras.errors import CourseError

_PREFIX = "lesson_"


def exercises(lesson=None):
    """Return {id: Exercise} of a lesson's number, or of all lessons, in order."""
    named = (re.fullmatch(rf"{_PREFIX}(\d\d)", module.name) for module in pkgutil.iter_modules(checks.__path__))
    numbers = sorted(int(match[1]) for match in named if match)
    found = {}
    for number in numbers if lesson is None else [n for n in numbers if n == lesson]:
        module = importlib.import_module(f"{checks.__name__}.{_PREFIX}{number:02}")
        found |= {each.id: each for each in vars(module).values() if isinstance(each, Exercise)}
    return dict(sorted(found.items(), key=lambda item: [int(part) for part in item[0].split(".")]))


def find(id):
    """Return the Exercise called ``id``, such as "2.1".

    Raises
    ------
    CourseError
        If there is none; names those of the lesson, or the lessons.
    """
    id = str(id)
    first = id.partition(".")[0]
    of_lesson = exercises(int(first)) if first.isdigit() else {}
    if id in of_lesson:
        return of_lesson[id]
    known = f"one of {', '.join(of_lesson)}" if of_lesson else "lesson and number, such as 2.1"
    raise CourseError(f"There is no exercise {id!r}; expected {known}.")


def judge(id, namespace):
    """Return the Result of the answers in a namespace, such as a notebook's ``globals()``; never raises for them."""
    found = find(id)
    undone = [name for name in found.needs if namespace.get(name) is None or namespace[name] is Ellipsis]
    if undone:
        quoted = [f"'{name}'" for name in undone]
        names = " and ".join([", ".join(quoted[:-1]), quoted[-1]] if quoted[1:] else quoted)
        one = len(undone) == 1
        none = all(name in namespace and namespace[name] is None for name in undone)
        more = f": {'it is' if one else 'they are'} None." if none else "."
        return Result(False, f"{names} {'is' if one else 'are'} not set yet{more}", found.hints[0])
    history = next((name for name in found.needs if type(namespace[name]).__name__ == "History"), None)
    if history:
        words = f"'{history}' is what fit gave back, its curves and not the model."
        return Result(False, words, "Keep the model under this name, and call fit in a line of its own.")
    try:
        return found.judge(**{name: namespace[name] for name in found.needs})
    except Exception as error:
        return Result(False, f"Your answer ends in {type(error).__name__}: {first_line(error)}", found.hints[0])


def first_line(error):
    """Return the first line of an error's words, not longer than a screen's."""
    return (str(error).strip() or "(no words)").splitlines()[0][:200]


def spoken(found, result):
    """Return what a learner reads: the verdict, a hint, and what a good answer is measured against."""
    title = found.title if found.title.endswith("?") else f"{found.title}."
    lines = [f"{'✔' if result.ok else '✘'} {found.id} {title} {result.message}"]
    if result.hint:
        lines.append(f"  Hint: {result.hint}")
    if not result.ok or found.baseline:
        lines.append(f"  Baseline: {found.baseline}")
    return "\n".join(lines)
