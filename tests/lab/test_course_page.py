"""The course in the lab: lessons to read, quizzes that are marked, progress of a course in the folder."""

import json

from starlette.applications import Starlette

from sparkeras.course import quiz
from sparkeras.course.progress import Progress
from sparkeras.lab.lessons import Lessons
from sparkeras.serving.http.operations import routes
from sparkeras.serving.http.responses import HANDLERS
from tests.lab.conftest import answering, until
from tests.lab.hostile import send


def test_all_lessons_are_listed_and_one_is_read(page):
    page.goto("/course")
    until(page, "document.querySelectorAll('.lessons li').length === 20")
    page.click("text=4. The playground")
    until(page, "document.querySelectorAll('.lesson pre.exercise').length > 4")
    assert "BEGIN SOLUTION" not in page.inner_text(".lesson")
    assert page.locator(".lesson math").count() > 3
    assert "$" not in page.inner_text(".lesson p >> nth=12")
    link = page.locator(".lesson a[href*='playground#data=spiral']").first
    assert "layers=" in link.get_attribute("href")


def right_answers(name):
    chosen = ("single", "multiple", "order")
    questions = quiz.read(name).questions
    return [each.right_choices() if each.kind in chosen else str(each.facts["answer"]) for each in questions]


def test_every_quiz_is_answered_rightly_by_its_own_answers(lab):
    for name in quiz.names():
        body = json.dumps({"answers": right_answers(name)}).encode()
        answer = send(lab.address, "POST", f"/api/course/quizzes/{name}", body=body)
        said = json.loads(answer.body)
        assert (answer.status, said["share"], said["kept"]) == (200, 1, False), name


def test_a_quiz_is_marked_on_the_page_with_a_reason(page):
    page.goto("/course#quiz=01_neuron")
    until(page, "document.querySelectorAll('fieldset').length > 2")
    page.locator("fieldset input[type=radio]").first.check()
    page.click("text=Mark my answers")
    until(page, "document.querySelectorAll('fieldset .reasons').length > 2")
    tried = page.locator("fieldset:has(input:checked)").count()
    assert page.locator("fieldset.right, fieldset.wrong").count() == tried
    left = page.locator("fieldset").count() - tried
    assert f"{left} not answered yet" in page.inner_text("form > p")
    others = page.locator("fieldset:not(.right):not(.wrong) .reasons").all_inner_texts()
    assert set(others) == {"Not answered yet."}


def test_a_lesson_that_is_none_is_told(lab, browser):
    page = browser.new_page(base_url=lab.address)
    page.goto("/course#lesson=99")
    until(page, "message.textContent")
    assert page.inner_text("#message") == "There is no lesson 99; there are 1 to 20."
    page.click("text=All lessons")
    until(page, "document.querySelectorAll('ol.lessons li').length === 20")
    assert (page.inner_text("#message"), page.title()) == ("", "Course · sparkeras lab")
    page.close()


def test_what_was_right_is_kept_in_the_learners_course(tmp_path):
    Progress(tmp_path).save()
    answers = json.dumps({"answers": right_answers("01_neuron")}).encode()
    with answering(Starlette(routes=routes(Lessons(tmp_path).operations()), exception_handlers=HANDLERS)) as address:
        before = json.loads(send(address, path="/api/course").body)
        Progress(tmp_path).record("1.1", True)
        marked = json.loads(send(address, "POST", "/api/course/quizzes/01_neuron", body=answers).body)
        after = json.loads(send(address, path="/api/course").body)
    assert (before["folder"], before["lessons"][0]["done"]) == (str(tmp_path), [])
    assert (marked["kept"], marked["share"]) == (True, 1)
    assert (after["lessons"][0]["done"], after["lessons"][0]["share"]) == (["1.1"], 1)
    assert Progress(tmp_path).quizzes == {"01_neuron": 1.0}


def test_wrong_requests_are_refused(lab):
    for method, path, body, status in (
        ("GET", "/api/course/lessons/99", b"", 404),
        ("GET", "/api/course/lessons/x", b"", 404),
        ("GET", "/api/course/quizzes/99", b"", 400),
        ("GET", "/api/course/quizzes/..%2funits", b"", 404),
        ("POST", "/api/course/quizzes/01_neuron", b"{}", 400),
        ("POST", "/api/course/quizzes/01_neuron", b'{"answers": []}', 400),
    ):
        answer = send(lab.address, method, path, body=body)
        assert (answer.status, bool(answer.error)) == (status, True), path
