"""The course in the lab: lessons to read, quizzes that are marked, progress of a course in the folder."""

import json

from sparkeras.course import quiz
from tests.lab.conftest import until
from tests.lab.hostile import send


def test_all_lessons_are_listed_and_one_is_read(page):
    page.goto("/course")
    until(page, "document.querySelectorAll('.lessons li').length === 19")
    page.click("text=4. The playground")
    until(page, "document.querySelectorAll('.lesson pre.exercise').length > 4")
    assert "BEGIN SOLUTION" not in page.inner_text(".lesson")
    assert page.locator(".lesson math").count() > 3
    assert "$" not in page.inner_text(".lesson p >> nth=12")
    link = page.locator(".lesson a[href*='playground#data=spiral']").first
    assert "layers=" in link.get_attribute("href")


def test_every_quiz_is_answered_rightly_by_its_own_answers(lab):
    for name in quiz.names():
        answers = [
            each.right_choices() if each.kind in ("single", "multiple", "order") else str(each.facts["answer"])
            for each in quiz.read(name).questions
        ]
        answer = send(
            lab.address, "POST", f"/api/course/quizzes/{name}", body=json.dumps({"answers": answers}).encode()
        )
        said = json.loads(answer.body)
        assert (answer.status, said["share"], said["kept"]) == (200, 1, False), name


def test_a_quiz_is_marked_on_the_page_with_a_reason(page):
    page.goto("/course#quiz=01_neuron")
    until(page, "document.querySelectorAll('fieldset').length > 2")
    page.locator("fieldset input[type=radio]").first.check()
    page.click("text=Mark my answers")
    until(page, "document.querySelectorAll('fieldset .reasons').length > 2")
    assert page.locator("fieldset.right, fieldset.wrong").count() == page.locator("fieldset").count()
    assert " are right (" in page.inner_text("form > p")


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
