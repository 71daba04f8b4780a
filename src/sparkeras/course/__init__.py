"""The course: lessons whose exercises check themselves, in notebooks, on the command line and in tests.

Runs on: driver.

A lesson calls ``begin`` before it imports Keras. Importing the course changes nothing.

| file | idea |
|---|---|
| `material/` | the lessons' folders: text, checks, quiz |
| `exercise.py` | an exercise: judge, hints, known mistakes |
| `checking.py` | judge an answer |
| `lesson.py`, `views.py`, `notebooks.py` | a lesson's source, its views, its files |
| `in_lessons.py`, `raw_files.py` | functions for the cells of lessons |
| `networks.py` | layers and activations of a learner's network, for checks |
| `pictures.py`, `png_backend.py` | pictures of lessons that run as programs |
| `answers.py` | run a learner's file up to an exercise |
| `progress.py` | the file of a learner's progress |
| `quiz.py` | questions with a reason for each option |
"""

from sparkeras.course.in_lessons import begin, check, figure, load, pick, sampled, show, start_spark
from sparkeras.course.raw_files import path_of

__all__ = ["begin", "check", "figure", "load", "path_of", "pick", "sampled", "show", "start_spark"]
