/** What all pages share: asking the server, and telling the reader what went wrong. */

/** Return the JSON that the server answers; throws an Error with its words where it refuses. */
export async function ask(path, { method = "GET", body } = {}) {
  const sent = body === undefined ? {} : { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } };
  let answer;
  try {
    answer = await fetch(path, { method, ...sent });
  } catch {
    throw new Error("The lab does not answer. Is 'sparkeras lab' still running?");
  }
  const reply = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(reply.error ?? `The lab answered ${answer.status}.`);
  return reply;
}

/** Show a sentence in the page's place for messages; an empty one clears it. */
export function say(words) {
  document.getElementById("message").textContent = words;
}

const PAGES = { Draw: "/", Playground: "/playground", Runs: "/runs", Course: "/course", HTTP: "/api" };

/** The head of each page: the name of the house, and its rooms. */
class LabHeader extends HTMLElement {
  connectedCallback() {
    const home = Object.assign(document.createElement("a"), { className: "brand", href: "/", textContent: "sparkeras lab" });
    const rooms = document.createElement("nav");
    rooms.setAttribute("aria-label", "Pages");
    for (const [name, href] of Object.entries(PAGES)) {
      const link = Object.assign(document.createElement("a"), { href, textContent: name });
      if (href === location.pathname) link.setAttribute("aria-current", "page");
      rooms.append(link);
    }
    const header = document.createElement("header");
    header.append(home, rooms);
    this.replaceChildren(header);
  }
}

customElements.define("lab-header", LabHeader);
