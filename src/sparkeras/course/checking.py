"""Judge an answer: the same call in a notebook, on the command line, in the lab and in the tests.

Runs on: driver.
"""

from collections.abc import Mapping

from sparkeras.course import material
from sparkeras.course.exercise import Exercise, Result
from sparkeras.errors import CourseError


def exercises(lesson: int | None = None) -> dict[str, Exercise]:
    """Return {id: Exercise} of a lesson's number, or of all lessons, in order."""
    by_id: dict[str, Exercise] = {}
    for folder in material.lesson_folders():
        if lesson is None or int(folder.name[:2]) == lesson:
            checks = vars(material.checks_of(folder)).values()
            by_id |= {each.id: each for each in checks if isinstance(each, Exercise)}
    return dict(sorted(by_id.items(), key=lambda item: [int(part) for part in item[0].split(".")]))


def find(id: str) -> Exercise:
    """Return the Exercise with an id such as "2.1".

    Raises
    ------
    CourseError
        If there is none; names those of the lesson, or the form of an id.
    """
    id = str(id)
    number = id.partition(".")[0]
    of_lesson = exercises(int(number)) if number.isdigit() else {}
    if id in of_lesson:
        return of_lesson[id]
    known = f"one of {', '.join(of_lesson)}" if of_lesson else "lesson and number, such as 2.1"
    raise CourseError(f"There is no exercise {id!r}; expected {known}.")


def judge(id: str, namespace: Mapping[str, object]) -> Result:
    """Return the Result of the answers in a namespace, such as a notebook's ``globals()``.

    An exception that a learner's answer raises becomes a wrong Result.
    """
    exercise = find(id)
    unset = _unset(exercise, namespace)
    if unset:
        return unset
    history = next((name for name in exercise.needs if type(namespace[name]).__name__ == "History"), None)
    if history:
        message = f"'{history}' is what fit gave back, its curves and not the model."
        return Result(False, message, "Keep the model under this name, and call fit in a line of its own.")
    try:
        return exercise.judge(**{name: namespace[name] for name in exercise.needs})
    except Exception as error:
        return Result(False, f"Your answer ends in {type(error).__name__}: {first_line(error)}", exercise.hints[0])


def _unset(exercise: Exercise, namespace: Mapping[str, object]) -> Result | None:
    """Return the Result that names what the answer has not set; None if all is set."""
    unset = [name for name in exercise.needs if namespace.get(name) is None or namespace[name] is Ellipsis]
    if not unset:
        return None
    quoted = [f"'{name}'" for name in unset]
    names = " and ".join([", ".join(quoted[:-1]), quoted[-1]] if quoted[1:] else quoted)
    one = len(unset) == 1
    all_none = all(name in namespace and namespace[name] is None for name in unset)
    end = f": {'it is' if one else 'they are'} None." if all_none else "."
    return Result(False, f"{names} {'is' if one else 'are'} not set yet{end}", exercise.hints[0])


def first_line(error: BaseException) -> str:
    """Return the first line of an error's message, at most 200 characters."""
    return (str(error).strip() or "(no message)").splitlines()[0][:200]


def spoken(exercise: Exercise, result: Result) -> str:
    """Return the text for the learner: the verdict, a hint, and the baseline of the exercise."""
    title = exercise.title if exercise.title.endswith("?") else f"{exercise.title}."
    lines = [f"{'✔' if result.ok else '✘'} {exercise.id} {title} {result.message}"]
    if result.hint:
        lines.append(f"  Hint: {result.hint}")
    if not result.ok or exercise.baseline:
        lines.append(f"  Baseline: {exercise.baseline}")
    return "\n".join(lines)
