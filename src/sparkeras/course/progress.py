"""What a learner has done: one JSON file in the course's folder, written whole.

Runs on: driver.
"""

import datetime
import json
from pathlib import Path

from sparkeras.errors import CourseError
from sparkeras.files.atomic import moved

FILE = "progress.json"


class Progress:
    """Exercises done, hints seen and quizzes taken, of the course in ``folder``."""

    def __init__(self, folder):
        self.path = Path(folder) / FILE
        self.done, self.hints, self.quizzes = {}, {}, {}
        if self.path.is_file():
            self._read()

    @classmethod
    def here(cls, start="."):
        """Return the Progress of the course that a folder lies in, None outside of one."""
        start = Path(start).resolve()
        folder = next((each for each in (start, *start.parents) if (each / FILE).is_file()), None)
        return cls(folder) if folder else None

    @property
    def folder(self):
        """Return the course's folder."""
        return self.path.parent

    def record(self, id, ok):
        """Keep that an exercise was answered; one that was right once stays done."""
        if ok and id not in self.done:
            self.done[id] = datetime.datetime.now().isoformat(timespec="seconds")
            self.save()

    def record_quiz(self, name, share):
        """Keep the best share of right answers of a quiz."""
        self.quizzes[name] = max(share, self.quizzes.get(name, 0.0))
        self.save()

    def next_hint(self, found):
        """Return the hint of an Exercise that comes next; the last one says that it is the last."""
        seen = min(self.hints.get(found.id, 0), len(found.hints) - 1)
        self.hints[found.id] = seen + 1
        self.save()
        if seen + 1 < len(found.hints):
            return found.hints[seen]
        return f"{found.hints[seen]}\n(That was the last hint; 'sparkeras course solution {found.id}' shows an answer.)"

    def save(self):
        """Write the file."""
        kept = {"done": self.done, "hints": self.hints, "quizzes": self.quizzes}
        text = json.dumps(kept, indent=2, ensure_ascii=False) + "\n"
        moved(self.path, lambda whole: Path(whole).write_text(text, encoding="utf-8"))

    def _read(self):
        try:
            kept = json.loads(self.path.read_text(encoding="utf-8"))
            self.done, self.hints, self.quizzes = (dict(kept[name]) for name in ("done", "hints", "quizzes"))
        except (ValueError, KeyError, TypeError) as error:
            raise CourseError(
                f"'{self.path}' is damaged ({error}). Mend or delete it; deleting it forgets what you did."
            ) from error
