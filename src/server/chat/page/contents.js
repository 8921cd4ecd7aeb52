// What a message holds, drawn. `content` is the business's, `said` a customer's.
// Nothing is loaded from elsewhere: what a link leads to is named, not fetched.
import { button, make } from "./make.js";

const NAMES = { image: "Photo", video: "Video", audio: "Sound", document: "Document", sticker: "Sticker" };
const SIGNS = { image: "📷", video: "🎬", audio: "🎵", voice: "🎤", document: "📄", sticker: "🏷" };

/** The inside of a bubble. */
export function inside(written) {
  return written.said ? said(written) : content(written.content ?? { type: "text", body: written.text });
}

function content(it) {
  switch (it.type) {
    case "text": return [text(it.body)];
    case "buttons":
    case "list": return framed(it);
    case "media": return media(it);
    case "location": return [place(it)];
    case "template": return [template(it)];
    case "reaction": return [text(it.emoji)];
    default: return [text(`[${it.type}]`)];
  }
}

function said({ said: it, attachment, text: words }) {
  switch (it.kind) {
    case "file": {
      const voice = it.file === "voice";
      const kind = voice ? "audio" : it.file;
      return media({ ...it, kind, voice, id: attachment });
    }
    case "location": return [place(it)];
    case "contacts": return it.contacts.map(card);
    case "call": return [text("📞 Call")];
    case "row": return [text(it.title), it.description ? make("span", { class: "small", dir: "auto" }, it.description) : null];
    default: return [text(words)];
  }
}

function text(words) {
  return make("span", { class: "text", dir: "auto" }, words);
}

function framed({ header, body, footer }) {
  return [
    header ? make("strong", { class: "header", dir: "auto" }, header) : null,
    text(body),
    footer ? make("span", { class: "footer", dir: "auto" }, footer) : null,
  ];
}

function media(it) {
  const shown = it.link ? linked(it) : it.id ? player(it, `/chat/media/${encodeURIComponent(it.id)}`) : text(NAMES[it.kind]);
  return [shown, it.caption ? text(it.caption) : null];
}

function player(it, address) {
  const name = it.caption || NAMES[it.kind];
  switch (it.kind) {
    case "image": return make("img", { class: "picture", src: address, alt: name });
    case "sticker": return make("img", { class: "sticker", src: address, alt: "Sticker" });
    case "video": return make("video", { class: "picture", src: address, controls: true, preload: "metadata", "aria-label": name });
    case "audio": return make("span", { class: it.voice ? "voice" : "sound" },
      make("span", { "aria-hidden": "true" }, it.voice ? SIGNS.voice : SIGNS.audio),
      make("audio", { src: address, controls: true, preload: "metadata", "aria-label": it.voice ? "Voice note" : "Sound" }));
    default: return make("a", { class: "card", href: address, download: it.filename ?? "document" },
      make("span", { class: "sign", "aria-hidden": "true" }, SIGNS.document),
      make("span", {}, make("b", {}, it.filename ?? "Document"), make("span", { class: "small" }, it.mime ?? "document")));
  }
}

/** A file of elsewhere, which WhatsApp would fetch and this page does not. */
function linked(it) {
  const safe = /^https?:\/\//i.test(it.link);
  return make("a",
    { class: "card linked", href: safe ? it.link : null, target: "_blank", rel: "noreferrer noopener" },
    make("span", { class: "sign", "aria-hidden": "true" }, SIGNS[it.voice ? "voice" : it.kind] ?? "📄"),
    make("span", {},
      make("b", {}, it.filename ?? NAMES[it.kind]),
      make("span", { class: "small" }, it.link),
      make("span", { class: "small" }, "WhatsApp fetches it; not loaded here")));
}

function place(it) {
  const where = `${it.latitude}, ${it.longitude}`;
  const map = `https://www.openstreetmap.org/?mlat=${it.latitude}&mlon=${it.longitude}#map=16/${it.latitude}/${it.longitude}`;
  return make("a", { class: "card place", href: map, target: "_blank", rel: "noreferrer noopener" },
    make("span", { class: "map", "aria-hidden": "true" }, "📍"),
    make("span", {},
      make("b", { dir: "auto" }, it.name ?? "Location"),
      it.address ? make("span", { class: "small", dir: "auto" }, it.address) : null,
      make("span", { class: "small" }, where)));
}

function card({ name, phone }) {
  return make("span", { class: "card" },
    make("span", { class: "sign", "aria-hidden": "true" }, "👤"),
    make("span", {}, make("b", { dir: "auto" }, name), make("span", { class: "small" }, phone)));
}

function template({ name, language, params }) {
  const value = (param, index) => make("li", { dir: "auto" }, make("code", {}, param.name ?? `{{${index + 1}}}`), ` ${param.text}`);
  return make("span", { class: "template" },
    make("span", { class: "small" }, `Template · ${language}`),
    make("b", {}, name),
    params?.length ? make("ul", {}, ...params.map(value)) : null);
}

/** What can be tapped below a bubble; `tap` is called with what the tap says. */
export function taps(written, tap) {
  const it = written.content;
  if (it?.type === "buttons") {
    return it.buttons.map(({ id, title }) =>
      button({ class: "tap", "data-tap": id, dir: "auto" }, () => tap({ button: { id, title } }), title));
  }
  if (it?.type === "list") {
    return [button({ class: "tap", "data-opens": "list", "aria-haspopup": "dialog", dir: "auto" },
      () => openList(it, tap), make("span", { "aria-hidden": "true" }, "☰ "), it.button)];
  }
  if (it?.type === "template") {
    return [button({ class: "tap", "data-opens": "quick-reply", "aria-haspopup": "dialog" },
      () => openQuickReply(tap), "Tap a quick reply…")];
  }
  return [];
}

/** Which quick replies a template has is known to WhatsApp alone: whoever plays says what is tapped. */
function openQuickReply(tap) {
  const field = (name, label) => make("label", {}, label, make("input", { name, required: true, autocomplete: "off" }));
  const form = make("form", { method: "dialog" },
    field("payload", "Payload"), field("title", "What the button says"), make("button", { type: "submit" }, "Tap"));
  const sheet = openSheet("Quick reply", form);
  form.addEventListener("submit", () => {
    const [payload, title] = [form.elements.payload.value.trim(), form.elements.title.value.trim()];
    tap({ quick_reply: { payload, title } });
  });
  return sheet;
}

/** A sheet over the page; it goes when it is closed. */
function openSheet(title, ...content) {
  const sheet = make("dialog", { class: "sheet", "aria-label": title },
    make("header", {}, make("h3", { dir: "auto" }, title), button({ "aria-label": "Close" }, () => sheet.close(), "✕")),
    ...content);
  sheet.addEventListener("close", () => sheet.remove());
  sheet.addEventListener("click", (event) => { if (event.target === sheet) sheet.close(); });
  document.body.append(sheet);
  sheet.showModal();
  return sheet;
}

/** The sheet with a list's rows; one that is tapped closes it. */
function openList({ button: title, sections }, tap) {
  const row = ({ id, title, description }) => button({ class: "row", "data-tap": id },
    () => {
      sheet.close();
      tap({ row: { id, title, description } });
    },
    make("b", { dir: "auto" }, title),
    description ? make("span", { class: "small", dir: "auto" }, description) : null);
  const sheet = openSheet(title, ...sections.map((section) => make("section", {},
    section.title ? make("h4", { dir: "auto" }, section.title) : null,
    ...section.rows.map(row))));
}
