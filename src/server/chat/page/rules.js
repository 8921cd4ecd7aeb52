// The rule files beside the chat: opened, checked as one types, saved, and live or why not.
import { at, button, make, withData } from "./make.js";
import { ask, state } from "./state.js";
import { Editor, listed } from "./editor.js";

const CHECK_AFTER_MILLISECONDS = 300;
const NEW_FILE = "# One [[reply]] for each answer; the rule that fits best answers, wherever it stands.\n";

/** path → {text, digest, saved, saving}: files opened, with what was typed into them. */
const opened = new Map();
/** rule id → {file, line} */
const places = new Map();
let files = [];
let current = null;
let editor = null;
let started = null;
let checking = null;
let checkTimer = null;

/** Sets the pane up when it is first looked at. */
export function startRules(editable) {
  started ??= editable ? begin() : Promise.resolve(refuse());
  return started;
}

function refuse() {
  at("#rules-body").replaceChildren(make("p", { class: "lead" },
    "Rule files can be edited here only while the demo listens on this machine alone (127.0.0.1)."));
}

async function begin() {
  editor = new Editor(at("#editor"), typed, save);
  at("#save").addEventListener("click", save);
  at("#new-file").addEventListener("submit", makeFile);
  window.addEventListener("beforeunload", (event) => {
    if ([...opened.keys()].some(isDirty)) event.preventDefault();
  });
  await list();
  const first = files.find(({ path }) => path.endsWith(".toml")) ?? files[0];
  if (first && !current) await open(first.path);
}

/** How the rules stand: in force, or why not. */
export function showStanding(standing) {
  if (!standing) return;
  const badge = at("#standing");
  const errors = standing.diagnostics.filter(({ severity }) => severity === "error").length;
  badge.dataset.standing = standing.stale ? "stale" : "live";
  badge.dataset.revision = standing.revision;
  const meanwhile = standing.silent
    ? "nothing is answered until the rules are mended"
    : `the rules before go on answering (${standing.revision})`;
  badge.textContent = standing.stale
    ? `not live: ${count(errors, "error")}; ${meanwhile}`
    : `live · revision ${standing.revision}`;
  const mark = at("#not-live");
  mark.hidden = !standing.stale;
  mark.textContent = `rules not live: ${count(errors, "error")}`;
  for (const tab of ["#tab-rules", "#show-rules"]) at(tab).classList.toggle("stale", standing.stale);
}

/** Something was reloaded: perhaps a file was changed in another editor. */
export async function filesChanged() {
  if (!editor) return;
  await quietly(list);
  for (const path of [...opened.keys()]) await quietly(() => look(path));
  check();
}

/** Takes in what lies on disk, unless something else was typed here. */
async function look(path) {
  const known = opened.get(path);
  const before = known.digest;
  const fresh = await ask("GET", address(path));
  // Saved from here meanwhile: what was asked for may be older than what is known.
  if (known.saving || known.digest !== before || fresh.digest === known.digest) return;
  if (isDirty(path)) {
    if (path === current) conflict(path);
    return;
  }
  Object.assign(known, { text: fresh.text, saved: fresh.text, digest: fresh.digest });
  if (path === current) show(path);
}

/** Opens the file of a rule at its line. */
export async function openRule(id) {
  await started;
  await quietly(list);
  const place = places.get(id);
  if (place) await goTo({ file: place.file, line: place.line, column: 1 });
}

async function goTo({ file, line, column }) {
  if (file !== current) await open(file);
  if (file === current) editor.jump(line, column);
}

// ── Files ───────────────────────────────────────────────────────────────────────────────────

const address = (path) => `/chat/rules/files/${path.split("/").map(encodeURIComponent).join("/")}`;
const isDirty = (path) => opened.has(path) && opened.get(path).text !== opened.get(path).saved;

async function list() {
  const answer = await ask("GET", "/chat/rules");
  files = answer.files;
  places.clear();
  for (const { rule, file, line } of answer.rules) places.set(rule, { file, line });
  at("#folder").textContent = answer.folder;
  at("#passing").hidden = !state.passing;
  showFiles();
}

/** The tree: folders with their files, as the paths say. */
function showFiles() {
  const groups = new Map();
  for (const { path } of files) {
    const folder = path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : "";
    groups.set(folder, [...(groups.get(folder) ?? []), path]);
  }
  const entry = (path) => make("li", {}, button(
    { "data-file": path, "aria-current": path === current ? "true" : null, class: isDirty(path) ? "dirty" : null },
    () => open(path), path.slice(path.lastIndexOf("/") + 1)));
  const group = ([folder, paths]) => folder
    ? make("li", {}, make("span", { class: "folder" }, `${folder}/`), make("ul", {}, ...paths.map(entry)))
    : paths.map(entry);
  const focused = document.activeElement?.dataset?.file;
  at("#files").replaceChildren(...[...groups].map(group).flat());
  if (focused) withData(at("#files"), "file", focused)?.focus();
}

async function open(path) {
  await quietly(async () => {
    if (!opened.has(path)) {
      const { text, digest } = await ask("GET", address(path));
      opened.set(path, { text, saved: text, digest });
    }
    current = path;
    show(path);
    check();
  });
}

function show(path) {
  editor.text = opened.get(path).text;
  editor.pad.scrollTo(0, 0);
  at("#file-name").textContent = path;
  tell("");
  showFiles();
  showDirty();
}

async function makeFile(event) {
  event.preventDefault();
  const name = at("#new-file-name").value.trim();
  if (!name) return;
  const path = name.slice(name.lastIndexOf("/") + 1).includes(".") ? name : `${name}.toml`;
  await quietly(async () => {
    const { digest } = await ask("PUT", address(path), NEW_FILE, { "if-none-match": "*" });
    opened.set(path, { text: NEW_FILE, saved: NEW_FILE, digest });
    event.target.reset();
    await list();
    await open(path);
  });
}

// ── Typing, checking, saving ────────────────────────────────────────────────────────────────

function typed() {
  opened.get(current).text = editor.text;
  showDirty();
  clearTimeout(checkTimer);
  checkTimer = setTimeout(check, CHECK_AFTER_MILLISECONDS);
}

function showDirty() {
  const dirty = isDirty(current);
  at("#save").disabled = !dirty;
  withData(at("#files"), "file", current)?.classList.toggle("dirty", dirty);
  if (dirty) tell("not saved yet");
}

/** What would be found if it were saved now; nothing is. */
async function check() {
  if (!current) return;
  checking?.abort();
  checking = new AbortController();
  const path = current;
  try {
    const address = `/chat/rules/check/${path.split("/").map(encodeURIComponent).join("/")}`;
    const { diagnostics } = await ask("POST", address, opened.get(path).text, {}, checking.signal);
    if (path === current) showFindings(diagnostics);
  } catch (error) {
    if (error.name !== "AbortError") tell(error.message, "bad");
  }
}

function showFindings(findings) {
  const here = findings.flatMap(({ severity, places }) =>
    places.filter(({ file }) => file === current).map((place) => ({ ...place, severity })));
  const rank = ({ severity, places }) => (severity === "error" ? 0 : 2) + (places[0]?.file === current ? 0 : 1);
  editor.mark(here);
  at("#findings").replaceChildren(...listed([...findings].sort((one, other) => rank(one) - rank(other)), goTo));
  at("#findings").dataset.count = findings.length;
}

async function save() {
  const path = current;
  const known = opened.get(path);
  if (!known || !isDirty(path)) return;
  const text = known.text;
  tell("saving…");
  known.saving = true;
  try {
    const { digest, standing } = await ask("PUT", address(path), text, { "if-match": `"${known.digest}"` });
    Object.assign(known, { saved: text, digest });
    showStanding(standing);
    showDirty();
    if (!isDirty(path)) tellSaved();
    await list();
  } catch (error) {
    if (error.status === 409) conflict(path);
    else tell(`not saved: ${error.message}`, "bad");
  } finally {
    known.saving = false;
  }
}

/** Somebody else changed the file: theirs or mine. Asked once, lest the answers move under the hand. */
function conflict(path) {
  if (withData(at("#saved"), "about", path)) return;
  tell(`\`${path}\` was changed by somebody else since you opened it, so yours is not saved. `, "bad");
  const known = opened.get(path);
  const answer = (act) => async () => quietly(async () => {
    // Answered once: a second click would answer a question that is settled.
    tell("one moment…");
    const theirs = await ask("GET", address(path));
    known.digest = theirs.digest;
    known.saved = theirs.text;
    await act(theirs);
  });
  at("#saved").append(
    button({ "data-keep": "theirs", "data-about": path }, answer(async ({ text }) => {
      known.text = text;
      show(path);
      check();
    }), "Take theirs"), " ",
    button({ "data-keep": "mine" }, answer(async () => {
      // What lies on disk may be mine already.
      if (isDirty(path)) await save();
      else tellSaved();
    }), "Overwrite with mine"));
}

/** It is saved; whether it is in force says the standing. */
function tellSaved() {
  const stale = at("#standing").dataset.standing === "stale";
  tell(stale ? "saved, but not live" : "saved and live", stale ? "bad" : "good");
}

function tell(words, how = "") {
  at("#saved").textContent = words;
  at("#saved").dataset.how = how;
}

/** Does it, and says what went wrong. */
async function quietly(act) {
  try {
    await act();
  } catch (error) {
    tell(error.message, "bad");
  }
}

function count(number, what) {
  return number === 1 ? `1 ${what}` : `${number} ${what}s`;
}
