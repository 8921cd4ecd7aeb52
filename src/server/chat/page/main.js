// The chat page: puts the parts together.
import { at, complain } from "./make.js";
import { chosenCustomer, refresh, state, watch } from "./state.js";
import { addingPeople, showPeer, showPeople } from "./people.js";
import { answersGoTo, arrived, moved, showChat, startTyping } from "./bubbles.js";
import { answer, showSuggestions } from "./compose.js";
import { showWhy } from "./why.js";
import { filesChanged, openRule, showStanding, startRules } from "./rules.js";

const tabs = { why: at("#trace"), rules: at("#rules") };
const side = at("#side");

function showAll() {
  const them = chosenCustomer();
  showPeople(choose);
  showWhy(openRuleFile);
  showStanding(state.standing);
  if (!them) return;
  showPeer(them);
  showChat(them);
  showSuggestions(them);
}

async function readAgain() {
  try {
    await refresh();
    showAll();
  } catch (error) {
    complain(`The page's state cannot be read: ${error.message}`);
  }
}

function choose(key) {
  state.chosen = key;
  state.customers.get(key).unread = 0;
  answer(null);
  showAll();
  at("#message").focus();
}

function withCustomer(key, act) {
  const them = state.customers.get(key);
  if (them) act(them);
}

// ── The side: why, and the rules ────────────────────────────────────────────────────────────

function showTab(name) {
  for (const [other, panel] of Object.entries(tabs)) {
    panel.hidden = other !== name;
    const tab = at(`#tab-${other}`);
    tab.setAttribute("aria-selected", String(other === name));
    tab.tabIndex = other === name ? 0 : -1;
  }
  document.body.dataset.side = name;
  if (name === "rules") startRules(state.editable);
}

/** On narrow windows the side lies over the chat. */
function openSide(name) {
  const again = side.classList.contains("open") && document.body.dataset.side === name;
  side.classList.toggle("open", !again);
  at("#show-why").setAttribute("aria-expanded", String(!again && name === "why"));
  at("#show-rules").setAttribute("aria-expanded", String(!again && name === "rules"));
  showTab(name);
}

function openRuleFile(id) {
  showTab("rules");
  side.classList.add("open");
  openRule(id);
}

for (const name of Object.keys(tabs)) {
  at(`#tab-${name}`).addEventListener("click", () => showTab(name));
  at(`#tab-${name}`).addEventListener("keydown", (event) => {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    const other = name === "why" ? "rules" : "why";
    showTab(other);
    at(`#tab-${other}`).focus();
  });
  at(`#show-${name}`).addEventListener("click", () => openSide(name));
}
at("#not-live").addEventListener("click", () => {
  showTab("rules");
  side.classList.add("open");
});
at("#close-side").addEventListener("click", () => {
  side.classList.remove("open");
  at("#message").focus();
});

// ── Start ───────────────────────────────────────────────────────────────────────────────────

answersGoTo(answer);
addingPeople(async (key) => {
  state.chosen = key;
  await readAgain();
  at("#message").focus();
});
showTab("why");
watch({
  refresh: readAgain,
  met: readAgain,
  message: ({ customer, message }) => withCustomer(customer, (them) => {
    if (arrived(them, message)) showPeople(choose);
  }),
  status: ({ customer, wamid, status }) => withCustomer(customer, (them) => moved(them, wamid, status)),
  typing: ({ customer }) => withCustomer(customer, startTyping),
  decision: ({ customer, decision }) => {
    state.decisions.set(customer, decision);
    if (customer === state.chosen) showWhy(openRuleFile);
  },
  rules: async (standing) => {
    state.standing = standing;
    showStanding(standing);
    filesChanged();
    // Their examples are what is suggested.
    await readAgain();
  },
});
readAgain();
