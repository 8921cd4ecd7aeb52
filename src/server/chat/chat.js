// The chat page. What customers and rules wrote goes into the page as text only, never as markup.
"use strict";

const TYPING_MILLISECONDS = 25_000; // WhatsApp's own: typing ends with an answer or after 25 s
const SUGGESTIONS = {
  ko: ["안녕하세요", "배송 조회", "환불하고 싶어요", "영업시간이 어떻게 되나요?"],
  "zh-Hant": ["你好", "訂單查詢", "我要退貨", "請問營業時間？"],
  en: ["Hello!", "Where is my order?", "I want to return it", "When are you open?"],
};
const ANY_LANGUAGE = ["Where is my order?", "배송 조회", "訂單查詢"];
const TICKS = { accepted: "✓", sent: "✓", delivered: "✓✓", read: "✓✓", failed: "not delivered" };
const STATUS_WORDS = { accepted: "sent", sent: "sent", delivered: "delivered", read: "read", failed: "not delivered" };
const RANK = { accepted: 0, sent: 1, delivered: 2, read: 3, failed: 4 };

/** key → {key, name, hides_number, lang, messages, unread, typing} in the order they came */
const customers = new Map();
/** key → the last decision */
const decisions = new Map();
let chosen = null;

const at = (selector) => document.querySelector(selector);
const list = at("#customers ul");
const chat = at("#chat");
const message = at("#message");
const trace = at("#trace");

/** An element with attributes and children; strings become text. */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== null && value !== false) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

// ── Reading and writing ─────────────────────────────────────────────────────────────────────

async function refresh() {
  const answer = await fetch("/chat/state");
  if (!answer.ok) throw new Error(`the page's state cannot be read (${answer.status})`);
  const state = await answer.json();
  for (const fresh of state.customers) {
    const known = customers.get(fresh.key) ?? { unread: 0, typing: null, messages: [] };
    customers.set(fresh.key, Object.assign(known, { ...fresh, messages: together(known.messages, fresh.messages) }));
  }
  for (const [key, decision] of Object.entries(state.decisions)) decisions.set(key, decision);
  if (!customers.has(chosen)) chosen = customers.keys().next().value ?? null;
  showAll();
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

async function post(path, body) {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const result = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(result.detail ?? `it was refused (${answer.status})`);
  return result;
}

async function say(text) {
  if (!chosen || !text.trim()) return;
  // Emptied at once: what is typed while this one is under way is the next message.
  if (message.value === text) message.value = "";
  try {
    complain(null);
    await post("/chat/say", { customer: chosen, text });
  } catch (error) {
    message.value ||= text;
    complain(`Not sent: ${error.message}`);
  }
  message.focus();
}

async function addCustomer(name, hidesNumber) {
  try {
    const { key } = await post("/chat/customers", { name, hides_number: hidesNumber });
    chosen = key;
    await refresh();
    at("#add").open = false;
    message.focus();
  } catch (error) {
    complain(`Not added: ${error.message}`);
  }
}

function complain(words) {
  at("#problem").textContent = words ?? "";
  at("#problem").hidden = !words;
}

// ── Live ────────────────────────────────────────────────────────────────────────────────────

function watch() {
  const events = new EventSource("/chat/events");
  const on = (name, act) => events.addEventListener(name, (event) => act(JSON.parse(event.data)));
  // What happened while nobody watched is in the state.
  events.addEventListener("open", () => {
    connection("live", "live");
    refresh().catch((error) => complain(error.message));
  });
  events.addEventListener("error", () => connection("lost", "connection lost, trying again…"));
  on("refresh", () => refresh().catch((error) => complain(error.message)));
  on("met", () => refresh().catch((error) => complain(error.message)));
  on("message", ({ customer, message }) => withCustomer(customer, (them) => arrived(them, message)));
  on("status", ({ customer, wamid, status }) => withCustomer(customer, (them) => moved(them, wamid, status)));
  on("typing", ({ customer }) => withCustomer(customer, startTyping));
  on("decision", ({ customer, decision }) => {
    decisions.set(customer, decision);
    if (customer === chosen) showTrace();
  });
}

function connection(state, words) {
  at("#connection").dataset.state = state;
  at("#connection").textContent = words;
}

function withCustomer(key, act) {
  const them = customers.get(key);
  if (them) act(them);
}

function arrived(them, written) {
  if (them.messages.some((known) => known.wamid === written.wamid)) return;
  them.messages.push(written);
  if (written.from === "business") {
    stopTyping(them);
    if (them.key !== chosen) them.unread += 1;
  }
  if (them.key === chosen) {
    chat.querySelector(".empty")?.remove();
    chat.append(bubble(written));
    showTyping(them);
    scrollDown();
  }
  showCustomers();
}

function moved(them, wamid, status) {
  const known = them.messages.find((known) => known.wamid === wamid);
  if (!known || RANK[status] <= RANK[known.status]) return;
  known.status = status;
  const shown = chat.querySelector(`[data-wamid="${CSS.escape(wamid)}"]`);
  if (shown) shown.replaceWith(bubble(known));
}

function startTyping(them) {
  clearTimeout(them.typing);
  them.typing = setTimeout(() => {
    stopTyping(them);
    if (them.key === chosen) showTyping(them);
  }, TYPING_MILLISECONDS);
  if (them.key === chosen) showTyping(them);
}

function stopTyping(them) {
  clearTimeout(them.typing);
  them.typing = null;
}

// ── Showing ─────────────────────────────────────────────────────────────────────────────────

function showAll() {
  showCustomers();
  showChat();
  showTrace();
}

function choose(key) {
  chosen = key;
  customers.get(key).unread = 0;
  showAll();
  message.focus();
}

function showCustomers() {
  const focused = document.activeElement?.dataset?.customer;
  list.replaceChildren(...[...customers.values()].map(customerButton));
  if (focused) list.querySelector(`[data-customer="${CSS.escape(focused)}"]`)?.focus();
}

function customerButton(them) {
  const last = them.messages.at(-1)?.text ?? about(them);
  const button = make(
    "button",
    { type: "button", "data-customer": them.key, "aria-current": them.key === chosen ? "true" : null },
    avatar(them),
    make("span", { class: "who" },
      make("span", { class: "name" }, them.name),
      make("span", { class: "last", dir: "auto" }, last)),
    them.unread ? make("span", { class: "unread", "aria-label": `${them.unread} unread` }, String(them.unread)) : null,
  );
  button.addEventListener("click", () => choose(them.key));
  return make("li", {}, button);
}

function avatar(them) {
  return make("span", { class: "avatar", "aria-hidden": "true" }, initial(them));
}

function initial(them) {
  return [...them.name][0]?.toUpperCase() ?? "?";
}

function about(them) {
  return them.hides_number ? `number hidden · ${them.key}` : `+${them.key}`;
}

function showChat() {
  const them = customers.get(chosen);
  if (!them) return;
  at("#peer-avatar").textContent = initial(them);
  at("#peer-name").textContent = `You are ${them.name}`;
  at("#peer-about").textContent = about(them);
  chat.replaceChildren(...(them.messages.length ? them.messages.map(bubble) : [emptyChat(them)]));
  showTyping(them);
  scrollDown();
  const sentences = SUGGESTIONS[them.lang] ?? ANY_LANGUAGE;
  at("#suggestions").replaceChildren(...sentences.map(suggestion));
}

function emptyChat(them) {
  return make("div", { class: "empty" },
    make("strong", {}, `${them.name} has not written yet`),
    "Write to the shop, or take one of the sentences below. The panel “Why?” then tells which rule answered.");
}

function suggestion(sentence) {
  const button = make("button", { type: "button", dir: "auto" }, sentence);
  button.addEventListener("click", () => say(sentence));
  return button;
}

function bubble(written) {
  const own = written.from === "customer";
  const time = new Date(written.at);
  const clock = time.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  const ticks = own || written.status === "failed"
    ? make("span", { class: "ticks", role: "img", "aria-label": STATUS_WORDS[written.status] }, TICKS[written.status])
    : null;
  return make("div",
    { class: `bubble ${own ? "out" : "in"}`, "data-status": written.status, "data-wamid": written.wamid },
    make("span", { class: "hidden" }, own ? "You: " : "Shop: "),
    make("span", { class: "text", dir: "auto" }, written.text),
    make("span", { class: "meta" }, make("time", { datetime: time.toISOString() }, clock), ticks));
}

function showTyping(them) {
  chat.querySelector(".typing")?.remove();
  if (them.typing) {
    chat.append(make("div", { class: "typing" }, "typing…"));
    scrollDown();
  }
}

function scrollDown() {
  chat.scrollTop = chat.scrollHeight;
}

// ── Why ─────────────────────────────────────────────────────────────────────────────────────

function showTrace() {
  const decision = decisions.get(chosen);
  trace.replaceChildren(make("h2", {}, "Why?"), ...(decision ? why(decision) : [noTrace()]));
}

function noTrace() {
  return make("p", { class: "lead" },
    "When this customer writes, you see here which rule answered, which words it found, and why every other rule did not.");
}

function why(decision) {
  return [
    verdict(decision),
    ...section("Message as the rules see it", decision.normal.length ? normal(decision.normal) : null),
    ...section("Language", decision.language
      ? make("p", {}, make("code", {}, decision.language.code), ` · ${decision.language.how}`)
      : null),
    ...section("Rules that came into question", decision.candidates.length
      ? make("ul", { class: "candidates" }, ...decision.candidates.map(candidate))
      : make("p", { class: "lead" }, "None: no rule's words occur in the message.")),
    ...section("Notes", decision.notes.length
      ? make("ul", { class: "notes" }, ...decision.notes.map((note) => make("li", {}, note)))
      : null),
  ];
}

function section(title, content) {
  return content ? [make("h3", {}, title), content] : [];
}

function verdict(decision) {
  const sends = decision.sends === 1 ? "1 message sent" : `${decision.sends} messages sent`;
  return make("div", { class: `verdict ${decision.kind}`, "data-verdict": decision.kind },
    decision.verdict,
    decision.winner ? ": " : null,
    decision.winner ? make("code", { "data-winner": decision.winner }, decision.winner) : null,
    make("br"), sends);
}

function normal(segments) {
  const pieces = segments.map(({ text, found }) =>
    found === "nobody" ? text : make("mark", { class: found }, text));
  return make("p", { class: "normal", dir: "auto" }, ...pieces);
}

function candidate({ rule, kind, reason, found }) {
  return make("li", { class: kind },
    make("code", {}, rule),
    make("div", { class: "reason" }, reason),
    found.length ? make("div", { class: "found" }, `found: ${found.map((entry) => `“${entry}”`).join(", ")}`) : null);
}

// ── Hands ───────────────────────────────────────────────────────────────────────────────────

at("#compose").addEventListener("submit", (event) => {
  event.preventDefault();
  say(message.value);
});
message.addEventListener("keydown", (event) => {
  // While a Korean or Chinese syllable is being composed, Enter belongs to the input method.
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    say(message.value);
  }
});
at("#add form").addEventListener("submit", (event) => {
  event.preventDefault();
  const name = at("#new-name").value.trim();
  if (name) addCustomer(name, at("#new-hides").checked);
  event.target.reset();
});
at("#show-why").addEventListener("click", () => {
  const open = trace.classList.toggle("open");
  at("#show-why").setAttribute("aria-expanded", String(open));
});

refresh().catch((error) => complain(error.message));
watch();
