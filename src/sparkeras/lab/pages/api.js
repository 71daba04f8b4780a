/** The HTTP interface as a page: which models there are, how to ask them, and all operations of openapi.json. */

import { ask, say } from "./house.js";

function element(tag, text = "", properties = {}) {
  return Object.assign(document.createElement(tag), { textContent: text, ...properties });
}

function details(method, path, about, ...parts) {
  const box = document.createElement("details");
  const head = document.createElement("summary");
  head.append(element("span", method, { className: "method" }), element("code", path), ` ${about}`);
  box.append(head, ...parts);
  return box;
}

function showOperations(paths) {
  for (const [path, methods] of Object.entries(paths)) {
    for (const [method, { summary, parameters, requestBody, responses }] of Object.entries(methods)) {
      const parts = [];
      for (const { name, schema } of parameters) parts.push(element("p", `${name}: ${schema.description ?? schema.type}`));
      const shown = [
        ["Body", requestBody?.content["application/json"].schema],
        ["Answer", Object.values(responses["200"].content)[0].schema],
      ];
      for (const [title, schema] of shown) {
        if (schema) parts.push(element("p", title), element("pre", JSON.stringify(schema, null, 2)));
      }
      document.getElementById("operations").append(details(method.toUpperCase(), path, summary, ...parts));
    }
  }
}

function showModels(names) {
  const place = document.getElementById("models");
  const name = names[0] ?? "NAME";
  const address = `${location.origin}/v1/models/${name}`;
  place.append(
    element("h2", "Models"),
    element("p", names.length ? names.join(", ") : "None yet: 'sparkeras train' makes one."),
    element("p", "What a model takes, and how to ask it (ROW: as many numbers as it takes, in lists):"),
    element("pre", `curl ${address}/metadata\ncurl -d '{"instances": [ROW, ROW]}' ${address}:predict`),
  );
}

try {
  const [described, { models }] = await Promise.all([ask("/openapi.json"), ask("/v1/models")]);
  if (!("/api/draw" in described.paths)) document.querySelector("lab-header nav").remove(); // a model server alone
  showModels(models);
  document.getElementById("operations").append(element("h2", "Operations"));
  showOperations(described.paths);
} catch (error) {
  say(error.message);
}
