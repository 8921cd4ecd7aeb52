// The chat: bubbles, what they answer, what was thought of them, and what can be tapped.
import { at, button, make, withData } from "./make.js";
import { inside, taps } from "./contents.js";
import { chosenCustomer, rises, say, state } from "./state.js";

const TYPING_MILLISECONDS = 25_000; // WhatsApp's own: typing ends with an answer or after 25 s
const TICKS = { accepted: "✓", sent: "✓", delivered: "✓✓", read: "✓✓", failed: "not delivered" };
const STATUS_WORDS = { accepted: "sent", sent: "sent", delivered: "delivered", read: "read", failed: "not delivered" };
const EMOJI = ["👍", "❤️", "😂", "😮", "😢", "🙏"];

const chat = at("#chat");
let answering = () => {};

/** `answer` is called with the message one wants to reply to. */
export function answersGoTo(answer) {
  answering = answer;
}

/** The whole chat of a customer. */
export function showChat(them) {
  const shown = them.messages.map((one) => element(them, one)).filter(Boolean);
  chat.replaceChildren(...(them.messages.length ? shown : [emptyChat(them)]));
  showTyping(them);
  scrollDown();
}

function emptyChat(them) {
  return make("div", { class: "empty" },
    make("strong", {}, `${them.name} has not written yet`),
    "Write to the shop, or take one of the sentences below. The panel “Why?” then tells which rule answered.");
}

/** Takes in a message that came; whether it is news. */
export function arrived(them, written) {
  if (them.messages.some((known) => known.wamid === written.wamid)) return false;
  them.messages.push(written);
  if (written.from === "business") stopTyping(them);
  if (them.key !== state.chosen) {
    if (written.from === "business") them.unread += 1;
    return true;
  }
  chat.querySelector(".empty")?.remove();
  const target = reaction(written)?.to;
  if (target) redraw(them, target);
  const shown = element(them, written);
  if (shown) {
    chat.append(shown);
    scrollDown();
  }
  showTyping(them);
  return true;
}

/** A message came further. */
export function moved(them, wamid, status) {
  const known = them.messages.find((one) => one.wamid === wamid);
  if (!known || !rises(known, status)) return;
  known.status = status;
  if (them.key !== state.chosen) return;
  // Only the ticks: whoever listens to a voice note goes on listening.
  const shown = withData(chat, "wamid", wamid);
  const bubble = shown?.querySelector(".bubble");
  if (!bubble) return;
  bubble.dataset.status = status;
  bubble.querySelector(".meta").replaceWith(meta(known));
}

function redraw(them, wamid) {
  const written = them.messages.find((one) => one.wamid === wamid);
  const shown = withData(chat, "wamid", wamid);
  if (written && shown) shown.replaceWith(element(them, written));
}

/** What a message thinks of another: `{to, emoji}`. */
function reaction({ said, content }) {
  if (said?.kind === "reaction") return said;
  return content?.type === "reaction" ? content : null;
}

/** A message of the chat; a reaction is shown on the message it is about. */
function element(them, written) {
  const about = reaction(written);
  if (about && them.messages.some(({ wamid }) => wamid === about.to)) return null;
  const own = written.from === "customer";
  return make("div", { class: `message ${own ? "out" : "in"}`, "data-wamid": written.wamid },
    bubble(them, written, own),
    ...thoughts(them, written.wamid),
    own ? null : tapsBelow(written),
    own ? null : actions(written));
}

function bubble(them, written, own) {
  const kind = written.said?.kind ?? written.content?.type ?? "text";
  const bare = written.said?.file === "sticker" || written.content?.kind === "sticker";
  return make("div",
    { class: `bubble ${own ? "out" : "in"}${bare ? " bare" : ""}`, "data-status": written.status, "data-kind": kind },
    make("span", { class: "hidden" }, own ? "You: " : "Shop: "),
    quoted(them, written.said?.reply_to),
    ...inside(written),
    meta(written));
}

function meta(written) {
  const time = new Date(written.at);
  const clock = time.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  const ticks = written.from === "customer" || written.status === "failed"
    ? make("span", { class: "ticks", role: "img", "aria-label": STATUS_WORDS[written.status] }, TICKS[written.status])
    : null;
  return make("span", { class: "meta" }, make("time", { datetime: time.toISOString() }, clock), ticks);
}

function quoted(them, wamid) {
  if (!wamid) return null;
  const about = them.messages.find((one) => one.wamid === wamid);
  const whose = !about ? "An older message" : about.from === "customer" ? "You" : "Shop";
  return make("blockquote", { class: "quoted" }, make("b", {}, whose), make("span", { dir: "auto" }, about?.text ?? ""));
}

/** The last emoji of each side on a message. */
function thoughts(them, wamid) {
  const last = new Map();
  for (const one of them.messages) {
    const about = reaction(one);
    if (about?.to === wamid) last.set(one.from, about.emoji ?? "");
  }
  const chips = [...last].filter(([, emoji]) => emoji).map(([from, emoji]) =>
    make("span", { class: "reaction", "data-reaction": emoji, role: "img", "aria-label": `${from === "customer" ? "you" : "the shop"} reacted with ${emoji}` }, emoji));
  return chips.length ? [make("span", { class: "reactions" }, ...chips)] : [];
}

function tapsBelow(written) {
  const found = taps(written, (tap) => say({ ...tap, reply_to: written.wamid }));
  return found.length ? make("div", { class: "taps", role: "group", "aria-label": "Answers to tap" }, ...found) : null;
}

function actions(written) {
  const menu = make("span", { class: "react-menu", role: "group", "aria-label": "Reactions", hidden: true },
    ...EMOJI.map((emoji) => button({ "aria-label": `React with ${emoji}` }, () => react(emoji), emoji)),
    button({ "aria-label": "Take the reaction away" }, () => react(""), "✕"));
  const open = button({ class: "open-react", "aria-label": "React", title: "React", "aria-expanded": "false" }, () => toggle(), "☺");
  const toggle = () => {
    menu.hidden = !menu.hidden;
    open.setAttribute("aria-expanded", String(!menu.hidden));
    if (!menu.hidden) menu.firstElementChild.focus();
  };
  const react = (emoji) => {
    toggle();
    say({ reaction: { to: written.wamid, emoji } });
  };
  menu.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { toggle(); open.focus(); }
  });
  return make("div", { class: "actions" },
    button({ class: "answer", "aria-label": "Reply to this message", title: "Reply" }, () => answering(written), "↩"), open, menu);
}

// ── Typing ──────────────────────────────────────────────────────────────────────────────────

export function startTyping(them) {
  clearTimeout(them.typing);
  them.typing = setTimeout(() => {
    stopTyping(them);
    if (them === chosenCustomer()) showTyping(them);
  }, TYPING_MILLISECONDS);
  if (them === chosenCustomer()) showTyping(them);
}

function stopTyping(them) {
  clearTimeout(them.typing);
  them.typing = null;
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

/** Whoever looks at the newest message goes on seeing it, whatever grows or shrinks. */
let atEnd = true;
const stay = () => { if (atEnd) scrollDown(); };
chat.addEventListener("scroll", () => { atEnd = chat.scrollHeight - chat.scrollTop - chat.clientHeight < 60; });
chat.addEventListener("load", stay, true);
new ResizeObserver(stay).observe(chat);
