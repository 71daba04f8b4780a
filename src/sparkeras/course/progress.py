"""A learner's progress: one JSON file in the course's folder, written atomically.

Runs on: driver.
"""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import TYPE_CHECKING

from sparkeras.errors import CourseError
from sparkeras.files.atomic import moved

if TYPE_CHECKING:
    from sparkeras.course.exercise import Exercise

FILE = "progress.json"


class Progress:
    """Exercises done, hints seen and quizzes taken, of the course in ``folder``.

    Attributes
    ----------
    done : dict of str
        The time of the first right answer, in ISO format, by the exercise's id.
    hints : dict of int
        The number of hints seen, by the exercise's id.
    quizzes : dict of float
        The best share of right answers, by the quiz's name.
    """

    def __init__(self, folder: str | Path) -> None:
        self.path = Path(folder) / FILE
        self.done: dict[str, str] = {}
        self.hints: dict[str, int] = {}
        self.quizzes: dict[str, float] = {}
        if self.path.is_file():
            self._read()

    @classmethod
    def here(cls, start: str | Path = ".") -> Progress | None:
        """Return the Progress of the course that contains the folder ``start``, None outside of one."""
        start = Path(start).resolve()
        folder = next((each for each in (start, *start.parents) if (each / FILE).is_file()), None)
        return cls(folder) if folder else None

    @property
    def folder(self) -> Path:
        """Return the course's folder."""
        return self.path.parent

    def record(self, id: str, ok: bool) -> None:
        """Record an answer; an exercise that was right once stays done."""
        if ok and id not in self.done:
            self.done[id] = datetime.datetime.now().isoformat(timespec="seconds")
            self.save()

    def record_quiz(self, name: str, share: float) -> None:
        """Record the share of right answers of a quiz; the best one stays."""
        self.quizzes[name] = max(share, self.quizzes.get(name, 0.0))
        self.save()

    def next_hint(self, exercise: Exercise) -> str:
        """Return the next hint of an Exercise; the last one comes with a note that it is the last."""
        seen = min(self.hints.get(exercise.id, 0), len(exercise.hints) - 1)
        self.hints[exercise.id] = seen + 1
        self.save()
        if seen + 1 < len(exercise.hints):
            return exercise.hints[seen]
        solution = f"'sparkeras course solution {exercise.id}' shows an answer."
        return f"{exercise.hints[seen]}\n(That was the last hint; {solution})"

    def save(self) -> None:
        """Write the file."""
        content = {"done": self.done, "hints": self.hints, "quizzes": self.quizzes}
        text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
        moved(self.path, lambda whole: Path(whole).write_text(text, encoding="utf-8"))

    def _read(self) -> None:
        try:
            content = json.loads(self.path.read_text(encoding="utf-8"))
            self.done, self.hints, self.quizzes = (dict(content[name]) for name in ("done", "hints", "quizzes"))
        except (ValueError, KeyError, TypeError) as error:
            raise CourseError(
                f"'{self.path}' is damaged ({error}). Mend or delete it; deleting it forgets what you did."
            ) from error
