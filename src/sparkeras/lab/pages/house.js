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
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(said.error ?? `The lab answered ${answer.status}.`);
  return said;
}

/** Show a sentence in the page's place for messages; an empty one clears it. */
export function say(words) {
  document.getElementById("message").textContent = words;
}
