// Why the last message was answered as it was.
import { at, button, make } from "./make.js";
import { state } from "./state.js";

const trace = at("#trace");

/** Shows the last decision on the chosen customer; `open` is called with a rule's id. */
export function showWhy(open) {
  const decision = state.decisions.get(state.chosen);
  trace.replaceChildren(make("h2", {}, "Why?"), ...(decision ? why(decision, open) : [nothingYet()]));
}

function nothingYet() {
  return make("p", { class: "lead" },
    "When this customer writes, you see here which rule answered, which words it found, and why every other rule did not.");
}

function why(decision, open) {
  return [
    verdict(decision, open),
    ...section("Message as the rules see it", decision.normal.length ? normal(decision.normal) : null),
    ...section("Language", decision.language
      ? make("p", {}, make("code", {}, decision.language.code), ` · ${decision.language.how}`)
      : null),
    ...section("Rules that came into question", decision.candidates.length
      ? make("ul", { class: "candidates" }, ...decision.candidates.map((one) => candidate(one, open)))
      : make("p", { class: "lead" }, "None: no rule's words occur in the message.")),
    ...section("Notes", decision.notes.length
      ? make("ul", { class: "notes" }, ...decision.notes.map((note) => make("li", {}, note)))
      : null),
  ];
}

function section(title, content) {
  return content ? [make("h3", {}, title), content] : [];
}

function verdict(decision, open) {
  const sends = decision.sends === 1 ? "1 message sent" : `${decision.sends} messages sent`;
  return make("div", { class: `verdict ${decision.kind}`, "data-verdict": decision.kind },
    decision.verdict,
    decision.winner ? ": " : null,
    decision.winner ? rule(decision.winner, open, { "data-winner": decision.winner }) : null,
    make("br"), sends);
}

/** A rule's name, which leads to the place where it is written. */
function rule(id, open, attributes = {}) {
  if (!state.editable) return make("code", attributes, id);
  return button({ class: "rule", title: "Open the file", ...attributes }, () => open(id), make("code", {}, id));
}

function normal(segments) {
  const pieces = segments.map(({ text, found }) =>
    found === "nobody" ? text : make("mark", { class: found }, text));
  return make("p", { class: "normal", dir: "auto" }, ...pieces);
}

function candidate({ rule: id, kind, reason, found }, open) {
  return make("li", { class: kind },
    rule(id, open),
    make("div", { class: "reason" }, reason),
    found.length ? make("div", { class: "found" }, `found: ${found.map((entry) => `“${entry}”`).join(", ")}`) : null);
}
