"""The page of runs: a training started from the form appears, moves and ends; finished runs are looked into."""

import shutil

import pytest

from sparkeras.runs.run_folder import RunFolder
from tests.lab.conftest import until
from tests.lab.hostile import send
from tests.lab.test_draw import desk  # noqa: F401 - trains the first run, where nobody has yet

SAID = "document.body.textContent"


@pytest.fixture
def runs(desk):  # noqa: F811
    desk.goto("/runs")
    until(desk, f"{SAID}.includes('first-digits')")
    return desk


def test_a_training_started_from_the_form_appears_moves_and_ends(runs, lab):
    runs.click("summary:has-text('Start a training')")
    runs.fill("#train-name", "from-the-form")
    runs.fill("#train-epochs", "12")
    runs.click("#start button.primary")
    until(runs, "document.getElementById('trainings').textContent.includes('from-the-form running')")
    until(runs, f"{SAID}.includes('of 12')", 120)
    until(runs, "Boolean(document.querySelector('#chosen .curve'))", 60)
    until(runs, "runs.runs.some((run) => run.name === 'from-the-form' && run.state === 'finished')", 120)
    until(runs, "document.querySelectorAll('#chosen .matrix button').length > 0", 60)
    assert "mlp on digits: accuracy 0.9" in runs.inner_text("#chosen")
    assert (lab.folder / "runs" / "from-the-form" / "model.keras").is_file()
    assert "Leaderboard" in runs.inner_text("#leaderboard")


def test_a_training_is_stopped(runs, lab):
    runs.click("summary:has-text('Start a training')")
    runs.fill("#train-name", "stopped")
    runs.fill("#train-epochs", "10000")
    runs.click("#start button.primary")
    until(runs, "runs.runs.some((run) => run.name === 'stopped' && run.state === 'running')", 120)
    again = send(lab.address, "POST", "/api/trainings", body=b'{"data": "digits", "model": "mlp", "name": "stopped"}')
    assert (again.status, "already" in again.error) == (409, True)
    runs.click("[aria-label='Stop stopped']")
    until(runs, "document.getElementById('trainings').textContent.includes('stopped stopped')", 60)
    assert not list((lab.folder / "runs").glob("stopped*"))
    until(runs, f"{SAID}.includes('stopped was not finished: nothing of it is kept.')")


def test_mistakes_are_clicked_through(runs):
    runs.click("text=first-digits")
    until(runs, "document.querySelectorAll('#chosen .matrix button').length > 0", 60)
    first = runs.locator(".matrix button").first
    words = first.get_attribute("aria-label")
    first.click()
    truth, predicted = words.split(" of ")[1].split(" were predicted to be ")
    assert f"{truth}, predicted {predicted} (" in runs.inner_text(".tiles")
    assert runs.locator(".tiles canvas").count() == int(words.split()[0])


def test_a_training_at_work_tells_its_workers_and_restarts(runs, lab):
    run = RunFolder.start(lab.folder / "runs" / "restarted")
    for event in (
        {"event": "plan", "workers": 2, "data": "digits", "model": "mlp"},
        {"event": "start", "rows": 1000, "steps": 10, "epochs": 4, "begin": 0},
        {"event": "epoch", "epoch": 1, "seconds": 0.5, "logs": {"loss": 0.9}},
        {"event": "retry", "failure": "Worker 1 was killed (signal 9).\nWith more lines."},
        {"event": "epoch", "epoch": 2, "seconds": 0.5, "logs": {"loss": 0.7}},
    ):
        run.progress(event)
    runs.goto("/runs#run=restarted")
    until(runs, f"{SAID}.includes('epoch 2 of 4')")
    said = runs.inner_text("#chosen")
    assert "mlp on digits · 2,000 rows per second, 1,000 per worker" in said
    assert "Restart 1: Worker 1 was killed (signal 9)." in said
    assert "With more lines" not in said
    run.progress({"event": "epoch", "epoch": 3, "seconds": 0.25, "logs": {"loss": 0.6}})
    until(runs, f"{SAID}.includes('epoch 3 of 4')")
    assert "4,000 rows per second" in runs.inner_text("#chosen")
    run.abandon()
    until(runs, f"{SAID}.includes('There is no run restarted.')")


def test_finished_runs_lie_side_by_side(runs, lab):
    shutil.copytree(lab.folder / "runs" / "first-digits", lab.folder / "runs" / "its-copy")
    until(runs, f"{SAID}.includes('its-copy')")
    runs.check("[aria-label='Compare first-digits']")
    runs.check("[aria-label='Compare its-copy']")
    until(runs, "document.querySelectorAll('#chosen .legend li').length === 2")
    assert runs.url.endswith("#compare=first-digits%2Cits-copy")
    assert runs.locator("#chosen thead td, #chosen thead th").all_inner_texts() == ["", "first-digits", "its-copy"]
    rows = {each[0]: each[1:] for each in (line.split("\t") for line in runs.inner_text("#chosen tbody").splitlines())}
    assert rows["test accuracy"][0] == rows["test accuracy"][1]
    assert float(rows["test accuracy"][0]) > 0.9
    assert runs.locator("#chosen .legend li").all_inner_texts() == ["first-digits", "its-copy"]
    assert runs.locator("#chosen .charts .curve").count() >= 4
    runs.go_back()
    until(runs, "document.querySelectorAll('#list input:checked').length === 1")
    runs.go_forward()
    until(runs, "document.querySelectorAll('#list input:checked').length === 2")
    runs.goto("/course")
    shutil.rmtree(lab.folder / "runs" / "its-copy")


def test_a_page_of_a_run_that_is_none_says_so(page):
    page.goto("/runs#run=nothing")
    until(page, "document.getElementById('chosen').textContent.trim()")
    assert page.inner_text("#chosen") == "There is no run nothing."


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/runs/..%2f..%2fetc", 404),
        ("GET", "/api/runs/%2e%2e", 404),
        ("GET", "/api/runs/nothing/progress", 404),
        ("GET", "/api/runs/nothing/mistakes", 404),
        ("GET", "/api/runs/first-digits/files/model.keras", 404),
        ("GET", "/api/runs/first-digits/files/..%2fsummary.json", 404),
        ("GET", "/api/runs/first-digits/files/summary.json", 404),
        ("GET", "/api/runs/first-digits/progress?after=-1", 400),
        ("GET", "/api/runs/first-digits/diagram.png?dark=2", 400),
        ("DELETE", "/api/trainings/first-digits", 404),
    ],
)
def test_no_path_leaves_the_folder_of_runs(method, path, status, lab, runs):
    answer = send(lab.address, method, path)
    assert answer.status == status
    assert answer.error


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (b"{}", 400, "'data' must be one of"),
        (b'{"data": "../x.csv", "model": "mlp", "name": "a"}', 400, "'data' must be one of"),
        (b'{"data": "digits", "model": "m.keras", "name": "a"}', 400, "'model' must be one of"),
        (b'{"data": "digits", "model": "mlp", "name": "../a"}', 400, "'name' must be up to 60"),
        (b'{"data": "digits", "model": "mlp", "name": "--overwrite"}', 400, "'name' must be up to 60"),
        (b'{"data": "digits", "model": "mlp", "name": "a.partial"}', 400, "'name' must be up to 60"),
        (b'{"data": "digits", "model": "mlp", "name": "a", "epochs": 0}', 400, "'epochs' must be a whole number"),
        (b'{"data": "digits", "model": "mlp", "name": "a", "epochs": "1; rm"}', 400, "'epochs' must be"),
        (b'{"data": "digits", "model": "mlp", "name": "a", "workers": true}', 400, "'workers' must be"),
        (b'{"data": "digits", "model": "mlp", "name": "a", "master": "spark://x"}', 400, "Unknown key 'master'"),
        (b'{"data": "digits", "model": "mlp", "name": "first-digits"}', 409, "already"),
    ],
)
def test_a_training_that_makes_no_sense_is_refused(body, status, words, lab, runs):
    answer = send(lab.address, "POST", "/api/trainings", body=body)
    assert (answer.status, words in answer.error) == (status, True)


def test_a_report_may_run_nothing(lab, runs):
    headers = send(lab.address, path="/api/runs/first-digits/files/report.html").headers
    assert headers["content-security-policy"].endswith("sandbox")
    assert "script-src" not in headers["content-security-policy"]
