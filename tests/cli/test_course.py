"""``sparkeras course``: from the first file to the last check, and what is said on the way."""

import io
import json
import os
import signal
import subprocess
import sys
import time

import nbformat
import pytest

from sparkeras.course import checking, in_lessons, lesson, quiz, views
from tests.cli.test_commands import sparkeras


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course with Python files, begun; the current folder."""
    monkeypatch.chdir(tmp_path)
    assert sparkeras("course", "start", "mine", "--terminal") == 0
    monkeypatch.chdir(tmp_path / "mine")
    return tmp_path / "mine"


def answer(path, id, text):
    """Put an answer into the cell of an exercise."""
    before, mark, after = path.read_text().partition(f'tags=["exercise", "{id}"]')
    assert mark
    path.write_text(before + mark + after.replace(views.OPEN, text, 1))


def test_lessons_are_listed_with_their_minutes(capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert sparkeras("course", "list") == 0
    printed = capsys.readouterr().out
    for each in lesson.lessons():
        assert each.title in printed
    assert f"-/{len(checking.exercises(2))}" in printed


@pytest.mark.thorough
def test_an_answer_is_checked_and_kept(course, capsys):
    assert sparkeras("course", "check", "2.2") == 1
    printed = capsys.readouterr().out
    assert "✘ 2.2 The noise floor. 'noise_floor' is not set yet: it is None." in printed
    assert "Hint: With the true formula" in printed
    assert "Baseline: nothing; this is the number that nobody can beat." in printed
    answer(course / "02_pythagoras.py", "2.2", "noise_floor = 0.05")
    assert sparkeras("course", "check", "2.2") == 1
    assert "standard deviation" in capsys.readouterr().out
    path = course / "02_pythagoras.py"
    path.write_text(path.read_text().replace("noise_floor = 0.05", "noise_floor = 0.05 ** 2"))
    assert sparkeras("course", "check", "2.2") == 0
    assert "✔ 2.2" in capsys.readouterr().out
    assert list(json.loads((course / "progress.json").read_text())["done"]) == ["2.2"]
    assert sparkeras("course", "progress") == 0
    printed = capsys.readouterr().out
    assert "✔2.2" in printed
    assert f"1 of {len(checking.exercises())} exercises are done. Next: 1.1." in printed


@pytest.mark.slow
def test_a_broken_cell_above_is_named(course, capsys):
    answer(course / "02_pythagoras.py", "2.1", "mean_error = np.maen(y_test)")
    assert sparkeras("course", "check", "2.1") == 1
    printed = capsys.readouterr().out
    assert (
        "The cell that begins with 'mean_error = None' ended in AttributeError: module 'numpy' has no attribute"
        in printed
    )
    answer(course / "02_pythagoras.py", "2.2", "import os; os._exit(3)")
    assert sparkeras("course", "check", "2.2") == 20
    assert "broke off before the check of 2.2" in capsys.readouterr().err


def test_hints_say_more_each_time_and_the_solution_all(course, capsys):
    found = checking.find("1.3")
    for hint in (*found.hints, found.hints[-1]):
        assert sparkeras("course", "hint", "1.3") == 0
        first, *more = capsys.readouterr().out.strip().splitlines()
        assert first == hint
        last = ["(That was the last hint; 'sparkeras course solution 1.3' shows an answer.)"]
        assert more == (last if hint == found.hints[-1] else [])
    assert sparkeras("course", "solution", "1.3") == 0
    code = capsys.readouterr().out
    space = {"np": __import__("numpy")}
    exec(code, space)
    assert checking.judge("1.3", space).ok


def test_nothing_of_a_learner_is_lost(course, tmp_path, monkeypatch, capsys):
    mine = course / "01_neuron.py"
    mine.write_text("# mine")
    monkeypatch.chdir(tmp_path)
    assert sparkeras("course", "start", "mine", "--terminal") == 0
    assert mine.read_text() == "# mine"
    assert sparkeras("course", "reset", "1", "--in", "mine") == 0
    assert (course / "01_neuron.py.old").read_text() == "# mine"
    assert 'check("1.1")' in mine.read_text()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.txt").write_text("mine")
    capsys.readouterr()
    assert sparkeras("course", "start", "other", "--no-open") == 20
    assert "'other' holds other things. Choose a folder that is new" in capsys.readouterr().err
    assert sparkeras("course", "start", "other/thesis.txt", "--no-open") == 20
    assert "'other/thesis.txt' is a file. Choose a folder that is new" in capsys.readouterr().err
    assert sparkeras("course", "start", "other/thesis.txt/new", "--no-open") == 20
    assert "cannot be written: Not a directory. Choose another folder." in capsys.readouterr().err


def test_notebooks_are_checked_as_well(tmp_path, monkeypatch, capsys):
    assert sparkeras("course", "start", tmp_path / "n", "--no-open") == 0
    path = tmp_path / "n" / "02_pythagoras.ipynb"
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert "find_spec" in notebook.cells[1].source
    assert notebook.cells[2].source.startswith("import sparkeras.course\n\nsparkeras.course.begin()")
    notebook.cells[2].source = "import sparkeras.course"  # as versions wrote it that chose the backend by this import
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    cell = next(cell for cell in notebook.cells if "2.2" in cell.metadata.get("tags", ()))
    cell.source = cell.source.replace(views.OPEN, "noise_floor = 0.0025 if keras.layers else None")
    notebook.cells.insert(0, nbformat.v4.new_code_cell("%matplotlib inline\n!echo hello"))
    nbformat.write(notebook, path)
    assert sparkeras("course", "check", "2.2", "--in", tmp_path / "n") == 0
    path.write_text("{")
    assert sparkeras("course", "check", "2.2", "--in", tmp_path / "n") == 20
    assert "is not a notebook that can be read" in capsys.readouterr().err


WRONG = [
    (("check", "2.9"), "There is no exercise '2.9'; expected one of 2.1, 2.2"),
    (("check", "x"), "There is no exercise 'x'; expected lesson and number, such as 2.1."),
    (("check", "2.1", "--in", "/"), "There is no course here"),
    (("quiz", "99"), "There is no quiz '99'; expected a lesson's number up to 20, or final."),
    (("start", "new", "--lesson", "99"), "There is no lesson '99'; expected 1 to"),
    (("reset", "nosuch"), "There is no lesson 'nosuch'"),
]


@pytest.mark.parametrize(("arguments", "words"), WRONG, ids=lambda value: str(value)[:40])
def test_what_is_not_there_is_said_in_a_sentence(arguments, words, course, capsys):
    assert sparkeras("course", *arguments) == 20
    error = capsys.readouterr().err
    assert words in error
    assert error.count("\n") == 1


def test_a_damaged_progress_file_is_named(course, capsys):
    (course / "progress.json").write_text("{")
    assert sparkeras("course", "progress") == 20
    assert "progress.json' is damaged" in capsys.readouterr().err


def test_a_quiz_gives_a_reason_for_each_answer(course, capsys, monkeypatch):
    found = quiz.read("1")
    typed = ["b", "much", "", "zz", "ad", "a"]  # right; no number, then passed; not a choice, then right; wrong
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n".join(typed) + "\n" * 20))
    assert sparkeras("course", "quiz", "1") == 0
    printed = capsys.readouterr().out
    assert "✔ Right." in printed
    assert found.questions[0].facts["options"][1]["because"] in printed
    assert "Expected a number" in printed
    assert "Expected all right letters, such as ac, from a to d." in printed
    assert "✘ Not right." in printed
    assert "   Right: b\n" in printed
    assert f"2 of {len(found.questions)} right." in printed
    kept = json.loads((course / "progress.json").read_text())["quizzes"]
    assert kept == {"01_neuron": pytest.approx(2 / len(found.questions))}


@pytest.mark.slow
def test_a_saved_file_is_checked_at_once(course):
    command = [sys.executable, "-u", "-c", "from sparkeras.cli.app import main; main()", "course", "watch"]
    watching = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        assert "Watching" in watching.stdout.readline()
        time.sleep(1)
        answer(course / "01_neuron.py", "1.1", "output = np.tanh(w @ x + b)")
        assert "✔ 1.1" in watching.stdout.readline()
        assert "Baseline:" in watching.stdout.readline()
        assert "✘ 1.2 A leak." in watching.stdout.readline()
    finally:
        watching.send_signal(signal.SIGINT)
        rest, _ = watching.communicate(timeout=30)
    assert rest.splitlines()[-1].endswith("Stopped.")


@pytest.mark.thorough
def test_a_lesson_without_a_screen_keeps_its_pictures(tmp_path):
    code = "import matplotlib.pyplot as plt\nfrom sparkeras import plots\nfrom sparkeras.course import begin, show\n"
    code += "begin()\nplt.plot([1, 2])\nplt.show()\nshow(plots.draw_curves_compared, {'a': [1, 2, 3]})"
    (tmp_path / "07_mine.py").write_text(code)
    environment = {name: os.environ[name] for name in os.environ if "DISPLAY" not in name and name != "MPLBACKEND"}
    for more, count in (({}, 2), ({"MPLBACKEND": "Agg"}, 0)):
        command = [sys.executable, "-W", "ignore", "07_mine.py"]
        ended = subprocess.run(
            command, cwd=tmp_path, env=environment | more, capture_output=True, text=True, check=True
        )
        pictures = [line.removeprefix("picture: ") for line in ended.stdout.splitlines()]
        assert pictures == [str(tmp_path / "pictures" / f"07_mine-{number}.png") for number in range(1, count + 1)]
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in (tmp_path / "pictures").iterdir())
    code = "import os, sparkeras.course\nsparkeras.course.begin()\nprint(os.environ.get('MPLBACKEND'))"  # no lesson
    ended = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "None"


def test_a_missing_data_set_leaves_made_up_rows(monkeypatch, tmp_path, capsys):
    monkeypatch.delenv("SPARKERAS_DATA", raising=False)
    monkeypatch.setenv("SPARKERAS_CACHE", str(tmp_path))
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    monkeypatch.setattr(in_lessons, "_sampled", set())
    arrays = in_lessons.load("wine-red" if "wine-red" in in_lessons.datasets.names() else "wine")
    assert len(arrays.x_train) > 5
    assert in_lessons.sampled()
    printed = capsys.readouterr().out
    assert "(no connection)" in printed
    assert "MADE-UP rows" in printed
    in_lessons.figure("1.line_on_xor", 0.9)
    assert "of MADE-UP rows" in capsys.readouterr().out
    assert "SPARKERAS_DATA" not in os.environ
