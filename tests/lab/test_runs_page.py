"""The page of runs: a training started from the form appears, moves and ends; finished runs are looked into."""

import pytest

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
    runs.click("[aria-label='Stop stopped']")
    until(runs, "document.getElementById('trainings').textContent.includes('stopped stopped')", 60)
    assert not list((lab.folder / "runs").glob("stopped*"))


def test_mistakes_are_clicked_through(runs):
    runs.click("text=first-digits")
    until(runs, "document.querySelectorAll('#chosen .matrix button').length > 0", 60)
    first = runs.locator(".matrix button").first
    words = first.get_attribute("aria-label")
    first.click()
    truth, said = words.split(" of ")[1].split(" were said to be ")
    assert f"{truth}, said {said} (" in runs.inner_text(".tiles")
    assert runs.locator(".tiles canvas").count() == int(words.split()[0])


def test_a_page_of_a_run_that_is_none_says_so(page):
    page.goto("/runs#run=nothing")
    until(page, "document.getElementById('chosen').textContent.trim()")
    assert "nothing has not begun yet" in page.inner_text("#chosen")


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
