"""Pages of the course: lessons as they ran, quizzes that work in the page, notes, a teacher's plan, and slides."""

import json
import os
from pathlib import Path

import nbformat
from jupyter_client.manager import KernelManager
from nbclient import NotebookClient

from sparkeras.course import in_lessons, lesson, notebooks, quiz, units

FENCE = "`" * 3


def write(folder, executed, numbers, full):
    """Write all pages of the course; run the lessons of ``numbers`` (all if empty), keeping them in ``executed``."""
    (folder / "student").mkdir(parents=True)
    executed.mkdir(parents=True, exist_ok=True)
    lessons = lesson.lessons()
    _run([each for each in lessons if not numbers or each.number in numbers], executed, full)
    for each in lessons:
        kept = executed / f"{each.name}.ipynb"
        made = nbformat.read(kept, as_version=4) if kept.is_file() else _dressed(each)
        notebooks.write(each, folder / "student")
        made.cells.insert(1, nbformat.v4.new_markdown_cell(_download(each)))
        made.cells.append(nbformat.v4.new_markdown_cell(_quiz_html(quiz.read(each.number), level=2)))
        nbformat.write(made, folder / f"{each.name}.ipynb")
    for name in set(quiz.names()) - {each.name for each in lessons}:
        (folder / f"quiz_{name}.md").write_text(_quiz_html(quiz.read(name), level=1), encoding="utf-8")
    _text(folder / "index.md", _overview(lessons))
    _text(folder / "notes.md", _notes(lessons))
    _text(folder / "teaching.md", _plan(lessons))


def write_slides(folder):
    """Write one page of slides for each lesson."""
    folder.mkdir(parents=True, exist_ok=True)
    lessons = lesson.lessons()
    for each in lessons:
        slides = [each.written(cell.source) for cell in each.cells if cell.has("slide")]
        _text(folder / f"{each.name}.md", "\n\n".join([f"# {each.number}. {each.title}", each.about, *slides]))
    listed = "\n".join(each.name for each in lessons)
    _text(folder / "index.md", f"# Slides of the course\n\n{FENCE}{{toctree}}\n:maxdepth: 1\n\n{listed}\n{FENCE}\n")


def _run(lessons, executed, full):
    """Run the solution notebooks in one kernel, as the tests do, and keep them with what they print and draw."""
    manager = KernelManager(kernel_name="python3")
    wanted = {"MPLBACKEND": "module://matplotlib_inline.backend_inline"} | ({} if full else {in_lessons.FAST: "1"})
    manager.start_kernel(env=os.environ | wanted, cwd=str(executed))
    try:
        for each in lessons:
            made = _dressed(each)
            NotebookClient(made, km=manager, timeout=3600).execute()
            NotebookClient(
                nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("%reset -f")]), km=manager
            ).execute()
            nbformat.write(made, executed / f"{each.name}.ipynb")
            print(f"lesson {each.number} ran", flush=True)
    finally:
        manager.shutdown_kernel(now=True)


def _dressed(each):
    """Return the solution notebook with the answers folded away."""
    made = notebooks.notebook(each, "solution")
    made.cells = [cell for cell in made.cells if "setup" not in cell.metadata.get("tags", ())]
    for cell in made.cells:
        if "exercise" in cell.metadata.get("tags", ()):
            cell.metadata["tags"] = ["hide-input"]
            cell.metadata["mystnb"] = {"code_prompt_show": "Show a solution", "code_prompt_hide": "Hide the solution"}
    return made


def _download(each):
    name = notebooks.file_name(each)
    return (
        f"{{download}}`This lesson as a notebook <student/{name}>`, without answers: for JupyterLab, Colab or Kaggle, "
        "where its first cell installs what is missing."
    )


def _quiz_html(found, level):
    """Return a quiz as a heading and the data that static/quiz.js makes a form of."""
    questions = []
    for question in found.questions:
        facts = question.facts | {"ask": question.ask}
        if question.kind in ("single", "multiple", "order"):
            facts |= {"shown": question.options(), "right": question.right_choices()}
        questions.append(facts)
    text = json.dumps(questions, ensure_ascii=False).replace("</", "<\\/")
    title = f"{'#' * level} Quiz: {found.title}"
    return f'{title}\n\n<div class="quiz"><script type="application/json">{text}</script></div>\n'


def _overview(lessons):
    lines = ["# The course", "", "Learn deep learning with Keras and Spark; every exercise checks itself.", ""]
    lines += ["| | lesson | minutes: reading + exercises |", "|---|---|---|"]
    lines += [f"| {e.number} | [{e.title}]({e.name}.ipynb): {e.about} | {e.reading} + {e.exercises} |" for e in lessons]
    hours = sum(each.minutes for each in lessons) / 60
    lines += ["", f"{hours:.0f} hours in all. On your machine, with notebooks or any editor:", "", f"{FENCE}bash"]
    lines += ["pip install '.[local,course]' && sparkeras course start my-course", FENCE, ""]
    pages = [each.name for each in lessons] + [f"quiz_{name}" for name in quiz.names() if not name[0].isdigit()]
    listed = "\n".join([*pages, "notes", "teaching"])
    return "\n".join([*lines, f"{FENCE}{{toctree}}", ":hidden:", "", listed, FENCE, ""])


def _notes(lessons):
    """Return the theory of all lessons on one page to print: their texts without code and exercises."""
    parts = ["# Notes to print\n\nThe lessons' texts on one page, without code and exercises."]
    for each in lessons:
        texts = [each.written(cell.source) for cell in each.cells if cell.kind == "markdown" and not cell.has("hidden")]
        kept = [text for text in "\n\n".join(texts).split("\n\n") if text.strip()]
        parts.append(_without_exercises(kept))
    return "\n\n".join(parts) + "\n"


def _without_exercises(paragraphs):
    """Return paragraphs as text, headings one deeper, without those from "### Exercise" to the next heading."""
    kept, inside = [], False
    for paragraph in paragraphs:
        if paragraph.startswith("#"):
            inside = paragraph.startswith("### Exercise") or paragraph.startswith("## Going further")
        if not inside:
            kept.append(f"#{paragraph}" if paragraph.startswith("#") else paragraph)
    return "\n\n".join(kept)


def _plan(lessons):
    """Return the teacher's page: times, what to discuss with sample answers, and what other courses' units became."""
    parts = ["# For teachers", "Times are minutes of reading and of exercises; the discussion comes on top.", ""]
    for each in lessons:
        parts.append(f"## {each.number}. {each.title}\n\n{each.reading} + {each.exercises} minutes: {each.about}.")
        parts += [each.written(cell.source) for cell in each.cells if cell.has("teacher")]
    parts.append("## Units of five other courses, and where they are here")
    parts += [_units(project, {each.number: each for each in lessons}) for project in units.read()]
    return "\n\n".join(parts) + "\n"


def _units(project, lessons):
    rows = []
    for each in project["units"]:
        known = [lessons[number] for number in each["lessons"] if number in lessons]
        links = ", ".join(f"[{found.number}. {found.title}]({found.name}.ipynb)" for found in known)
        rows.append(f"| {each['unit']} | {links} | {each.get('mended', '')} |")
    head = "| unit | lessons | mended here |\n|---|---|---|"
    return f"**{project['project']}**\n\n{head}\n" + "\n".join(rows)


def _text(path, text):
    Path(path).write_text(text, encoding="utf-8")
