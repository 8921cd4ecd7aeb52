// A plain text editor: line numbers, and findings underlined where they are. The text lies in a
// textarea above a copy of it that carries the marks, so that hands and screen readers have the
// browser's own field.
import { button, make } from "./make.js";

const encoder = new TextEncoder();

export class Editor {
  /** In `root`; `changed` is called after each change of the text by hand, `save` at Ctrl+S. */
  constructor(root, changed, save) {
    this.gutter = make("div", { class: "gutter", "aria-hidden": "true" });
    this.marks = make("pre", { class: "marks", "aria-hidden": "true" });
    this.field = make("textarea", {
      id: "rule-text", "aria-label": "Text of the rule file", "aria-describedby": "findings",
      spellcheck: "false", autocapitalize: "off", autocomplete: "off", wrap: "off",
    });
    this.pad = make("div", { class: "pad" }, this.gutter, make("div", { class: "layers" }, this.marks, this.field));
    root.replaceChildren(this.pad);
    this.findings = [];
    this.field.addEventListener("input", () => {
      this.draw();
      changed();
    });
    this.field.addEventListener("keydown", (event) => {
      if (event.key.toLowerCase() === "s" && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        save();
      }
    });
  }

  /** The text as it is saved: with the line ends of the file. */
  get text() {
    return this.crlf ? this.field.value.replaceAll("\n", "\r\n") : this.field.value;
  }

  /** Another text, without findings. */
  set text(text) {
    this.crlf = text.includes("\r\n");
    this.field.value = text;
    this.findings = [];
    this.draw();
  }

  /** Underlines findings: `{severity, span: {start, end}, line}`, spans in bytes of the text. */
  mark(findings) {
    this.findings = findings;
    this.draw();
  }

  /** To a line and column, both from 1; the column counts characters. */
  jump(line, column) {
    const lines = this.field.value.split("\n");
    const before = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
    const within = [...(lines[line - 1] ?? "")].slice(0, column - 1).join("").length;
    this.field.focus();
    this.field.setSelectionRange(before + within, before + within);
    this.pad.scrollTop = Math.max(0, (line - 4) * this.lineHeight());
    this.pad.scrollLeft = 0;
  }

  lineHeight() {
    return this.gutter.firstElementChild?.getBoundingClientRect().height ?? 20;
  }

  draw() {
    const value = this.field.value;
    const text = this.text;
    const pieces = [];
    let end = 0;
    for (const { severity, span } of sorted(this.findings)) {
      const [from, to] = inValue(text, span, value.length);
      if (from < end) continue;
      pieces.push(value.slice(end, from), make("mark", { class: severity }, value.slice(from, to) || " "));
      end = to;
    }
    this.marks.replaceChildren(...pieces, value.slice(end), "\n");
    this.number(value.split("\n").length);
  }

  /** As many numbers as lines; those with findings carry the worst of them. */
  number(lines) {
    while (this.gutter.childElementCount > lines) this.gutter.lastElementChild.remove();
    while (this.gutter.childElementCount < lines) {
      this.gutter.append(make("div", {}, String(this.gutter.childElementCount + 1)));
    }
    for (const marked of this.gutter.querySelectorAll("[class]")) marked.removeAttribute("class");
    for (const { severity, line } of this.findings) {
      const number = this.gutter.children[line - 1];
      if (number && number.className !== "error") number.className = severity;
    }
  }
}

function sorted(findings) {
  return [...findings].sort((one, other) => one.span.start - other.span.start);
}

/** A span in bytes of the file's text as places in the field's, which knows no carriage returns. */
function inValue(text, { start, end }, length) {
  const places = [start, end].map((bytes) => {
    const place = unitsOf(text, bytes);
    const returns = text.slice(0, place).split("\r\n").length - 1;
    return Math.min(place - returns, length);
  });
  return places;
}

/** How many UTF-16 units the first so many bytes of UTF-8 are. */
function unitsOf(text, bytes) {
  const room = new Uint8Array(Math.max(0, bytes));
  return encoder.encodeInto(text, room).read;
}

/** The findings as a list; `jump` is called with a place. */
export function listed(findings, jump) {
  return findings.map((finding) => {
    const [place] = finding.places;
    const where = place ? `${place.file}:${place.line}:${place.column}` : "";
    return make("li", { class: finding.severity, "data-code": finding.code },
      place ? button({ class: "where", "data-line": place.line }, () => jump(place), where) : null,
      make("span", { class: "what" }, `${finding.severity}: ${finding.message}`),
      ...finding.places.slice(1).map((other) => button({ class: "where also" }, () => jump(other),
        `${other.file}:${other.line}:${other.column}${other.label ? ` ${other.label}` : ""}`)),
      place?.label ? make("span", { class: "label" }, place.label) : null,
      finding.help ? make("span", { class: "help" }, `help: ${finding.help}`) : null,
      make("code", { class: "code" }, finding.code));
  });
}
