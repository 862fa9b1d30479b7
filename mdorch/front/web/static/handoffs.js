// What agents handed to one another, as cards to read.

import { h, keyed, said, button } from "./dom.js";
import { state } from "./store.js";
import { empty, link, pill, who } from "./parts.js";

const FEW = 40;
const SIGNALS = { __proto__: null, complete: "complete", partial: "partial", blocked: "blocked", in_review: "in_review", discovered: "ready" };

export function view(root, filter) {
  const list = h("ul", { class: "blocks" });
  const none = empty("No handoff fits.");
  const more = button("", () => { room += 4 * FEW; update(); }, "quiet");
  let room = FEW;
  root.append(h("div", { class: "tools" }, h("h1", {}, "Handoffs")), none, list, more);
  const update = () => {
    const text = filter().toLowerCase();
    const all = [...state.handoffs].map(([key, block]) => ({ key, ...block })).sort((a, b) => b.line - a.line);
    const found = all.filter((b) => !text || JSON.stringify(b).toLowerCase().includes(text));
    none.hidden = found.length > 0;
    none.textContent = all.length ? "No handoff fits." : "Nobody has handed anything off yet.";
    keyed(list, found.slice(0, room), (b) => b.key, (b) => h("li", {}, handoffCard(b, true)));
    more.hidden = found.length <= room;
    more.textContent = `Show more of ${found.length - room}`;
  };
  return { update };
}

export function handoffCard(block, named) {
  const part = (title, texts, kind = "") => texts.length > 0 && h("div", { class: `part ${kind}` }, h("h3", {}, title), h("ul", {}, texts.map((text) => h("li", {}, said(text)))));
  return h("article", { class: "card block handoff" },
    h("header", { class: "row" }, named && (block.task ? link({ id: block.task }) : h("span", { class: "dim" }, "no task")), who(block.from) ?? h("span", { class: "dim" }, "somebody"), h("span", { class: "dim", "aria-label": "hands to" }, "→"),
      block.to && block.to !== "-" ? who(block.to) : h("span", { class: "dim" }, block.status === "complete" ? "finished" : "nobody yet"), h("span", { class: "grow" }), pill(SIGNALS[block.status] ?? "waiting", block.status.replaceAll("_", " ") || "no status"),
      h("a", { class: "dim small", href: `#source/${block.line}` }, `line ${block.line}`), !block.taken && pill("blocked", "not taken yet")),
    h("div", { class: "handoff-parts" }, part("Questions", block.questions), block.answer && part("Answer", [block.answer]), part("Deliverables", block.deliverables), part("Context for the next one", block.context), part("Artifacts", block.artifacts, "mono")));
}
