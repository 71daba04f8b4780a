"""The course: lessons whose exercises check themselves, in notebooks, on the command line and in tests.

Runs on: driver.

Importing it chooses the backend that is installed: lessons do that before they import Keras.

| file | idea |
|---|---|
| `exercise.py` | what an exercise is: judge, hints, known mistakes |
| `checks/` | the exercises of each lesson |
| `checking.py` | judge an answer |
| `lesson.py`, `views.py`, `notebooks.py` | a lesson's source, its views, its files |
| `in_lessons.py`, `raw_files.py` | what the cells of lessons call |
| `pictures.py`, `png_backend.py` | pictures of lessons that run as programs |
| `answers.py` | run a learner's file up to an exercise |
| `progress.py` | one file of what was done |
| `quiz.py` | questions with a reason for each option |
"""

import os

from sparkeras.engine import backends

os.environ.setdefault("KERAS_BACKEND", backends.choose())

from sparkeras.course import pictures
from sparkeras.course.in_lessons import check, figure, load, pick, sampled, show, start_spark
from sparkeras.course.raw_files import path_of

pictures.without_screen()

__all__ = ["check", "figure", "load", "path_of", "pick", "sampled", "show", "start_spark"]
