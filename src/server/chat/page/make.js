// Elements. What customers and rules wrote goes into the page as text only, never as markup.

export const at = (selector) => document.querySelector(selector);

/** An element with attributes and children; strings become text. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== null && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** A button that does something. */
export function button(attributes, act, ...children) {
  const element = make("button", { type: "button", ...attributes }, ...children);
  element.addEventListener("click", act);
  return element;
}

/** The element that carries this value in a data attribute. */
export function withData(root, name, value) {
  return root.querySelector(`[data-${name}="${CSS.escape(value)}"]`);
}

/** Says what went wrong below the chat; nothing clears it. */
export function complain(words) {
  at("#problem").textContent = words ?? "";
  at("#problem").hidden = !words;
}
