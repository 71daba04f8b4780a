/** The HTTP interface as a page: which models there are, how to ask them, and all operations of openapi.json. */

import { code, make } from "./dom.js";
import { ask, say } from "./house.js";

function details(method, path, about, ...parts) {
  const head = make("summary", {}, make("span", { className: "method" }, method), make("code", {}, path), ` ${about}`);
  return make("details", { className: "card" }, head, ...parts);
}

function showOperations(paths) {
  for (const [path, methods] of Object.entries(paths)) {
    for (const [method, { summary, parameters, requestBody, responses }] of Object.entries(methods)) {
      const parts = [];
      for (const { name, schema } of parameters) parts.push(make("p", {}, `${name}: ${schema.description ?? schema.type}`));
      const shown = [
        ["Body", requestBody?.content["application/json"].schema],
        ["Answer", Object.values(responses["200"].content)[0].schema],
      ];
      for (const [title, schema] of shown) {
        if (schema) parts.push(make("p", {}, title), code(JSON.stringify(schema, null, 2)));
      }
      document.getElementById("operations").append(details(method.toUpperCase(), path, summary, ...parts));
    }
  }
}

function showModels(names) {
  const name = names[0] ?? "NAME";
  const address = `${location.origin}/v1/models/${name}`;
  const isHere = ["127.0.0.1", "localhost", "[::1]"].includes(location.hostname);
  const curl = isHere ? "curl" : "curl -H 'Authorization: Bearer TOKEN'"; // the token that its terminal printed
  document.getElementById("models").append(
    make("h2", {}, "Models"),
    make("p", {}, names.length ? names.join(", ") : "None yet: 'sparkeras train' makes one."),
    make("p", {}, "What a model takes, and how to ask it (ROW: as many numbers as it takes, in lists):"),
    code(`${curl} ${address}/metadata\n${curl} -d '{"instances": [ROW, ROW]}' ${address}:predict`),
  );
}

try {
  const [described, { models }] = await Promise.all([ask("/openapi.json"), ask("/v1/models")]);
  if (!("/api/draw" in described.paths)) document.querySelector("lab-header nav").remove(); // a model server alone
  showModels(models);
  document.getElementById("operations").append(make("h2", {}, "Operations"));
  showOperations(described.paths);
} catch (error) {
  say(error.message);
}
