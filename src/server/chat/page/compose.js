// What the customer writes and sends along.
import { at, button, make } from "./make.js";
import { chosenCustomer, say, state } from "./state.js";

const GREETINGS = { ko: ["안녕하세요"], "zh-Hant": ["你好"], en: ["Hello!"] };

const PLACES = {
  ko: { latitude: 37.5663, longitude: 126.9779, name: "서울시청", address: "서울 중구 세종대로 110" },
  "zh-Hant": { latitude: 25.0338, longitude: 121.5645, name: "台北101", address: "台北市信義區信義路五段7號" },
  en: { latitude: 37.7955, longitude: -122.3937, name: "Ferry Building", address: "1 Ferry Building, San Francisco" },
};
const CONTACT = [{ name: "Bo Li", phone: "+1 415 555 0142" }];

/** What can be sent along: its name, and what it says; words typed go along as caption. */
const ATTACHMENTS = [
  ["image", "📷 Photo", (caption) => ({ image: { caption } })],
  ["video", "🎬 Video", (caption) => ({ video: { caption } })],
  ["document", "📄 Document", (caption) => ({ document: { caption } })],
  ["voice", "🎤 Voice note", () => ({ voice: {} })],
  ["audio", "🎵 Sound file", () => ({ audio: {} })],
  ["sticker", "🏷 Sticker", () => ({ sticker: {} })],
  ["location", "📍 Location", () => ({ location: PLACES[chosenCustomer()?.lang] ?? PLACES.en })],
  ["contacts", "👤 Contact", () => ({ contacts: CONTACT })],
  ["call", "📞 Call", () => ({ call: {} })],
];
const CAPTIONED = ["image", "video", "document"];

const message = at("#message");
const menu = at("#attachments");

/** Which sentences are in a customer's language, told by their letters. */
const WRITTEN = {
  ko: (one) => /\p{Script=Hangul}/u.test(one),
  "zh-Hant": (one) => /\p{Script=Han}/u.test(one) && !/[\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}]/u.test(one),
  en: (one) => !/[^\p{Script=Latin}\p{Script=Common}\p{Script=Inherited}]/u.test(one),
};
const SUGGESTED_MAX = 4;

/** Sentences to begin with: an example of each of the first rules, else a greeting. */
export function showSuggestions(them) {
  const fits = WRITTEN[them.lang] ?? (() => true);
  const found = state.examples.map((examples) => examples.find(fits)).filter(Boolean);
  const sentences = found.length ? found.slice(0, SUGGESTED_MAX) : GREETINGS[them.lang] ?? GREETINGS.en;
  at("#suggestions").replaceChildren(...sentences.map((one) => button({ dir: "auto" }, () => write(one), one)));
}

/** Empties the field at once: what is typed while this one is under way is the next message. */
async function write(text) {
  if (!text.trim()) return;
  if (message.value === text) message.value = "";
  const sent = await send({ text });
  if (!sent) message.value ||= text;
  message.focus();
}

/** Sends it as an answer to what is being answered. */
async function send(what) {
  const reply_to = what.call ? null : state.replyTo?.wamid;
  answer(null);
  return say(reply_to ? { ...what, reply_to } : what);
}

/** The message that is being answered from now on; nothing ends that. */
export function answer(written) {
  state.replyTo = written;
  const bar = at("#replying");
  bar.hidden = !written;
  if (!written) return;
  bar.replaceChildren(
    make("span", { dir: "auto" }, `Reply to: ${written.text}`),
    button({ "aria-label": "Do not reply to it" }, () => answer(null), "✕"));
  message.focus();
}

function openMenu(open) {
  menu.hidden = !open;
  at("#attach").setAttribute("aria-expanded", String(open));
  if (open) menu.firstElementChild.focus();
}

async function sendAlong(kind, what) {
  openMenu(false);
  const caption = CAPTIONED.includes(kind) ? message.value.trim() : "";
  if (caption) message.value = "";
  const sent = await send(what(caption || undefined));
  if (!sent && caption) message.value ||= caption;
  message.focus();
}

menu.append(...ATTACHMENTS.map(([kind, name, what]) =>
  button({ role: "menuitem", "data-kind": kind }, () => sendAlong(kind, what), name)));
at("#attach").addEventListener("click", () => openMenu(menu.hidden));
menu.addEventListener("keydown", (event) => {
  const items = [...menu.children];
  const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
  if (step) {
    event.preventDefault();
    items.at((items.indexOf(document.activeElement) + step) % items.length).focus();
  } else if (event.key === "Escape") {
    openMenu(false);
    at("#attach").focus();
  }
});
document.addEventListener("click", (event) => {
  if (!menu.hidden && !event.target.closest("#attachments, #attach")) openMenu(false);
});
at("#compose").addEventListener("submit", (event) => {
  event.preventDefault();
  write(message.value);
});
message.addEventListener("keydown", (event) => {
  // While a Korean or Chinese syllable is being composed, Enter belongs to the input method.
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    write(message.value);
  } else if (event.key === "Escape" && state.replyTo) {
    answer(null);
  }
});
