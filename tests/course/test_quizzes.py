"""Quizzes: each question can be answered rightly and wrongly, and each answer has its reason."""

import contextlib
import io

import pytest

from sparkeras.course import lesson, quiz

QUIZZES = [quiz.read(name) for name in quiz.names()]
QUESTIONS = [
    pytest.param(question, id=f"{each.name}-{i}")
    for each in QUIZZES
    for i, question in enumerate(each.questions, start=1)
]


def test_every_lesson_has_a_quiz():
    assert {path.parent.name for path in lesson.files()} <= set(quiz.names())
    for each in QUIZZES:
        assert 5 <= len(each.questions) <= 25, each.name


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_has_its_answers_and_reasons(question):
    assert question.kind in quiz.KINDS
    facts = question.facts
    if question.kind in ("single", "multiple"):
        texts = question.options()
        assert len(set(texts)) == len(texts) >= 2
        assert all(isinstance(option["text"], str) for option in facts["options"])  # YAML makes more of NULL and No
        assert all(len(str(option["because"])) > 10 for option in facts["options"])
        right = question.right_choices()
        assert len(right) == 1 if question.kind == "single" else 1 <= len(right) < len(texts)
        assert question.mark(right).ok
        others = [i for i in range(len(texts)) if i not in right]
        assert not question.mark(others[:1]).ok
        return
    assert facts["because"]
    if question.kind == "order":
        assert len(set(facts["lines"])) == len(facts["lines"]) >= 3
        assert question.mark(question.right_choices()).ok
        assert not question.mark(list(range(len(facts["lines"])))).ok
        return
    assert question.mark(str(facts["answer"])).ok
    for wrong in facts.get("wrong", ()):
        marked = question.mark(str(wrong["answer"]))
        assert not marked.ok
        assert marked.reasons[0] == wrong["because"]
    if question.kind == "output":
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(facts["code"], {})
        assert question.mark(printed.getvalue()).ok, printed.getvalue()
