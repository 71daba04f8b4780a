"""Quizzes in a page are marked as the command line marks them."""

import json
import subprocess
from pathlib import Path

import pytest

from sparkeras.course import quiz

SCRIPT = Path(__file__).parents[2] / "docs" / "site" / "static" / "quiz.js"


def answers(question):
    """Answers of all kinds to a question: right, wrong, partly right, nonsense."""
    if question.kind in ("number", "output"):
        known = [str(wrong["answer"]) for wrong in question.facts.get("wrong", ())]
        return [str(question.facts["answer"]), f" {question.facts['answer']}  ", *known, "nonsense", "1,000"]
    places = list(range(len(question.options())))
    return [question.right_choices(), places, places[:1], places[::-1], places[-1:]]


@pytest.mark.node
def test_the_page_and_the_command_line_agree():
    cases, expected = [], []
    for name in quiz.names():
        for question in quiz.read(name).questions:
            facts = question.facts
            if question.kind in ("single", "multiple", "order"):
                facts = facts | {"right": question.right_choices()}
            for answer in answers(question):
                cases.append([facts, answer])
                marked = question.mark(answer)
                expected.append({"ok": marked.ok, "reasons": list(marked.reasons)})
    code = (
        f"const {{ markQuestion }} = require({json.dumps(str(SCRIPT))});"
        "const cases = JSON.parse(require('fs').readFileSync(0, 'utf-8'));"
        "console.log(JSON.stringify(cases.map(([question, answer]) => markQuestion(question, answer))));"
    )
    ended = subprocess.run(["node", "-e", code], input=json.dumps(cases), capture_output=True, text=True, check=True)
    assert json.loads(ended.stdout) == expected
