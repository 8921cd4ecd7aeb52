// The customers who can be played.
import { at, button, complain, make, withData } from "./make.js";
import { ask, state } from "./state.js";

const list = at("#customers ul");

/** Shows them all; `choose` is called with the key of one that is picked. */
export function showPeople(choose) {
  const focused = document.activeElement?.dataset?.customer;
  list.replaceChildren(...[...state.customers.values()].map((them) => make("li", {}, person(them, choose))));
  if (focused) withData(list, "customer", focused)?.focus();
}

function person(them, choose) {
  return button(
    { "data-customer": them.key, "aria-current": them.key === state.chosen ? "true" : null },
    () => choose(them.key),
    make("span", { class: "avatar", "aria-hidden": "true" }, initial(them)),
    make("span", { class: "who" },
      make("span", { class: "name" }, them.name),
      make("span", { class: "last", dir: "auto" }, them.messages.at(-1)?.text || about(them))),
    them.unread ? make("span", { class: "unread", "aria-label": `${them.unread} unread` }, String(them.unread)) : null,
  );
}

/** The head of the chat: whom one plays. */
export function showPeer(them) {
  at("#peer-avatar").textContent = initial(them);
  at("#peer-name").textContent = `You are ${them.name}`;
  at("#peer-about").textContent = about(them);
}

function initial(them) {
  return [...them.name][0]?.toUpperCase() ?? "?";
}

function about(them) {
  return them.hides_number ? `number hidden · ${them.key}` : `+${them.key}`;
}

/** The form for one more. */
export function addingPeople(added) {
  at("#add form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const [name, hides] = [at("#new-name").value.trim(), at("#new-hides").checked];
    if (!name) return;
    try {
      const { key } = await ask("POST", "/chat/customers", { name, hides_number: hides });
      event.target.reset();
      at("#add").open = false;
      await added(key);
    } catch (error) {
      complain(`Not added: ${error.message}`);
    }
  });
}
