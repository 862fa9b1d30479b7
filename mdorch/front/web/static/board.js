// The tasks by status. Only so many cards of a column are made; more are a button away.

import { h, keyed, said } from "./dom.js";
import { tasks, matches } from "./store.js";
import { empty, hrefOf, lasting, link, tick, who } from "./parts.js";
import { sign, word } from "./words.js";

const FEW = 60;
const ORDER = ["waiting", "ready", "in_progress", "in_review", "blocked", "failed", "partial", "on_hold", "complete"];

export function view(root, filter) {
  const columns = h("div", { class: "columns" });
  const none = empty("No task fits.");
  root.append(h("h1", { class: "sr" }, "Board"), columns, none);
  const room = {}; // status -> cards that are made
  columns.addEventListener("keydown", move);

  const update = () => {
    const found = Map.groupBy(tasks().filter((t) => matches(t, filter())), (t) => t.status);
    none.hidden = found.size > 0;
    const shown = ORDER.filter((name) => found.has(name)).map((name) => [name, found.get(name)]);
    keyed(columns, shown, ([name]) => name, ([name]) => column(name), ([name]) => name);
    for (const [name, all] of shown) {
      const element = columns.keyed.get(name)[0];
      room[name] ??= FEW;
      const some = name === "complete" ? all.toReversed() : all;
      element.querySelector(".count").textContent = all.length;
      keyed(element.querySelector("ul"), some.slice(0, room[name]), (t) => t.key, card, print);
      const more = element.querySelector(".more");
      more.hidden = all.length <= room[name];
      more.textContent = `Show more of ${all.length - room[name]}`;
      more.onclick = () => { room[name] += 4 * FEW; update(); };
    }
    tick(root);
  };
  return { update };
}

function column(name) {
  return h("section", { class: `column s-${name}`, "aria-labelledby": `column-${name}` },
    h("header", {}, h("i", { class: "sign", "aria-hidden": "true" }, sign(name)), h("h2", { id: `column-${name}` }, word(name)), h("span", { class: "count" })),
    h("ul", {}), h("button", { class: "button quiet more", type: "button" }));
}

// All that a card shows: what is not in here makes no new card.
const print = (t) => JSON.stringify([t.id, t.title, t.status_text, t.agent, t.priority, t.reason, t.run?.state, t.run?.started, t.run?.attempt]);
const PLAIN = ["complete", "on-hold"];
const HOT = /^(critical|highest|high|urgent|p0|p1)\b/i;

function card(t) {
  const live = ["claimed", "started"].includes(t.run?.state);
  return h("li", { class: "card task", "data-open": hrefOf(t.id) },
    h("p", { class: "row spread" }, link(t), live && t.run.started ? h("span", { class: "pill s-in_progress" }, h("i", { class: "lamp pulse s-in_progress", "aria-hidden": "true" }), lasting(t.run.started))
      : t.priority && h("span", { class: HOT.test(t.priority) ? "pill s-blocked" : "dim small" }, said(t.priority))),
    h("p", { class: "title two" }, said(t.title)),
    h("p", { class: "row spread foot" }, who(t.agent), t.status_text && t.status_text.toLowerCase() !== word(t.status).toLowerCase() && t.status_text.length > 14 && said(t.status_text, { class: "dim small cut" })),
    !live && !PLAIN.includes(t.rule) && h("p", { class: "dim small two" }, said(t.reason)));
}

// Arrows go from card to card.
function move(event) {
  const step = { ArrowDown: [0, 1], ArrowUp: [0, -1], ArrowRight: [1, 0], ArrowLeft: [-1, 0] }[event.key];
  const card = event.target.closest(".task");
  if (!step || !card) return;
  event.preventDefault();
  let list = card.parentElement;
  let at = [...list.children].indexOf(card) + step[1];
  if (step[0]) {
    const lists = [...event.currentTarget.querySelectorAll(".column ul")];
    list = lists[lists.indexOf(list) + step[0]];
    at = Math.min(at, (list?.children.length ?? 0) - 1);
  }
  const next = list?.children[at]?.querySelector("a");
  next?.focus();
  next?.scrollIntoView({ block: "nearest", inline: "nearest" });
}
