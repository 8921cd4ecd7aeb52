// What the page knows, and how it is read, written and kept up to date.
import { at, complain } from "./make.js";

const RANK = { accepted: 0, sent: 1, delivered: 2, read: 3, failed: 4 };

export const state = {
  /** key → {key, name, hides_number, lang, messages, unread, typing} in the order they came */
  customers: new Map(),
  /** key → the last decision */
  decisions: new Map(),
  /** the key of the customer who is played */
  chosen: null,
  /** the message that is being answered */
  replyTo: null,
  /** how the rules stand */
  standing: null,
  /** whether the rule files may be edited here */
  editable: false,
  /** whether the rule files go when the demo ends */
  passing: false,
  /** sentences to try: for each rule its examples */
  examples: [],
};

export const chosenCustomer = () => state.customers.get(state.chosen);

/** Reads everything again. */
export async function refresh() {
  const fresh = await ask("GET", "/chat/state");
  for (const one of fresh.customers) {
    const known = state.customers.get(one.key) ?? { unread: 0, typing: null, messages: [] };
    state.customers.set(one.key, Object.assign(known, { ...one, messages: together(known.messages, one.messages) }));
  }
  for (const [key, decision] of Object.entries(fresh.decisions)) state.decisions.set(key, decision);
  state.standing = fresh.rules;
  state.editable = fresh.editable;
  state.passing = fresh.passing;
  state.examples = fresh.examples;
  if (!state.customers.has(state.chosen)) state.chosen = state.customers.keys().next().value ?? null;
}

/** What the page knew and what it just read, which may be a moment older. */
function together(known, fresh) {
  const later = known.filter((one) => !fresh.some(({ wamid }) => wamid === one.wamid));
  const newest = fresh.at(-1)?.at ?? 0;
  const risen = fresh.map((one) => {
    const status = known.find(({ wamid }) => wamid === one.wamid)?.status ?? one.status;
    return RANK[status] > RANK[one.status] ? { ...one, status } : one;
  });
  return [...risen, ...later.filter(({ at }) => at >= newest)];
}

/** Whether the status is news for this message; it never falls. */
export function rises(message, status) {
  return RANK[status] > RANK[message.status];
}

/** A request with a JSON answer. An error carries the server's words and its `status`. */
export async function ask(method, path, body, headers = {}, signal = undefined) {
  const text = typeof body === "string" || body === undefined;
  const kind = text ? "text/plain; charset=utf-8" : "application/json";
  const answer = await fetch(path, {
    method,
    headers: body === undefined ? headers : { "content-type": kind, ...headers },
    body: text ? body : JSON.stringify(body),
    signal,
  });
  const result = await answer.json().catch(() => ({}));
  if (answer.ok) return result;
  throw Object.assign(new Error(result.detail ?? `it was refused (${answer.status})`), { status: answer.status });
}

/** The chosen customer says it; whether it went out. */
export async function say(what) {
  if (!state.chosen) return false;
  try {
    complain(null);
    await ask("POST", "/chat/say", { customer: state.chosen, say: what });
    return true;
  } catch (error) {
    complain(`Not sent: ${error.message}`);
    return false;
  }
}

/** Calls what is named in `on` with each event, from now on. */
export function watch(on) {
  const events = new EventSource("/chat/events");
  events.addEventListener("open", () => {
    connection("live", "connected");
    // What happened while nobody watched is in the state.
    on.refresh();
  });
  events.addEventListener("error", () => connection("lost", "connection lost, trying again…"));
  for (const [name, act] of Object.entries(on)) {
    events.addEventListener(name, (event) => act(JSON.parse(event.data)));
  }
}

function connection(name, words) {
  at("#connection").dataset.state = name;
  at("#connection").textContent = words;
}
