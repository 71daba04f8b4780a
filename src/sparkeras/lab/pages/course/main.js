/** The course: all lessons, one to read (#lesson=4) or a quiz (#quiz=04_playground). */

import { ask, say } from "../house.js";
import { code, make } from "../dom.js";
import { showQuiz } from "./quiz.js";

const place = document.getElementById("place");

async function show() {
  const asked = new URLSearchParams(location.hash.slice(1));
  try {
    if (asked.has("lesson")) await showLesson(asked.get("lesson"));
    else if (asked.has("quiz")) await showQuiz(place, asked.get("quiz"));
    else await showAll();
    say("");
    scrollTo(0, 0);
  } catch (error) {
    place.replaceChildren(make("p", {}, make("a", { href: "/course" }, "All lessons")));
    say(error.message);
  }
}

async function showAll() {
  document.title = "Course · sparkeras lab";
  const { lessons, final, folder } = await ask("/api/course");
  const done = lessons.reduce((sum, each) => sum + each.done.length, 0);
  const words = folder
    ? `Your course is in ${folder}: ${done} exercises done.`
    : "Read here. For the exercises begin your own course: sparkeras course start my-course opens it in JupyterLab " +
      "(which pip install 'sparkeras[course]' brings), and with --terminal it is for any editor. The lab shows what you " +
      "have done when you start it in that folder.";
  place.replaceChildren(
    make("h1", {}, "The course"),
    make("p", { className: "lead" }, `From one neuron to a network on a cluster; every exercise checks itself. ${words}`),
    make("ol", { className: "lessons" }, ...lessons.map(line)),
    ...(final ? [make("p", {}, make("a", { href: "#quiz=final" }, "The final quiz"), shared(final.share))] : []),
  );
}

function line({ number, title, about, reading, exercises, quiz, ids, done, share }) {
  const facts = `${reading} minutes of reading, ${exercises} of exercises; ${done.length} of ${ids.length} exercises done`;
  const item = make("li", {}, make("h2", {}, make("a", { href: `#lesson=${number}` }, `${number}. ${title}`)), ` ${about}`);
  item.append(make("span", { className: "facts" }, facts, ...(quiz ? [" · ", make("a", { href: `#quiz=${quiz}` }, "quiz"), shared(share)] : [])));
  return item;
}

const shared = (share) => (typeof share === "number" ? `: ${Math.round(100 * share)} %` : "");

async function showLesson(number) {
  const { cells, title, name } = await ask(`/api/course/lessons/${encodeURIComponent(number)}`);
  document.title = `${title} · sparkeras lab`;
  place.replaceChildren(
    make("p", {}, make("a", { href: "/course" }, "All lessons")),
    make("article", { className: "lesson" }, ...cells.flatMap(cellOf)),
    make("p", {}, make("a", { href: `#quiz=${name}` }, "The quiz of this lesson")),
  );
}

function cellOf({ kind, html, code: source, exercise, hints }) {
  if (kind === "markdown") {
    const box = make("div");
    box.innerHTML = html; // made by the server of the lesson's own text, in which HTML is only text
    for (const each of box.querySelectorAll("pre")) each.tabIndex = 0; // it may be wider than the page
    return [box];
  }
  const shown = code(source, { className: exercise ? "exercise" : "" });
  if (!exercise) return [shown];
  const help = make("p", { className: "facts" }, `In your course: sparkeras course check ${exercise}`);
  const told = hints.map((hint, n) => make("details", {}, make("summary", {}, `Hint ${n + 1}`), make("p", {}, hint)));
  return [shown, help, ...told];
}

addEventListener("hashchange", show);
show();
