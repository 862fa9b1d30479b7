// What is wrong with the page, each with its line and its remedy.

import { h, keyed, said } from "./dom.js";
import { state } from "./store.js";
import { empty } from "./parts.js";

const KINDS = { error: ["Error", "failed"], warning: ["Warning", "blocked"], info: ["Note", "ready"] };
const MOST = 400;

export function view(root, filter) {
  const list = h("ul", { class: "card lines problems" });
  const none = empty("Nothing is wrong with the page.");
  const note = h("p", { class: "dim" });
  root.append(h("div", { class: "tools" }, h("h1", {}, "Problems")), none, list, note);
  const update = () => {
    const text = filter().toLowerCase();
    const rank = Object.keys(KINDS);
    const found = state.problems.map((p, n) => ({ ...p, n })).filter((p) => !text || `${p.code} ${p.message}`.toLowerCase().includes(text))
      .sort((a, b) => rank.indexOf(a.severity) - rank.indexOf(b.severity) || a.line - b.line);
    none.hidden = found.length > 0;
    list.hidden = !found.length;
    keyed(list, found.slice(0, MOST), (p) => `${p.code} ${p.line} ${p.column} ${p.message} ${p.n}`, problem);
    note.textContent = found.length > MOST ? `${found.length - MOST} more: mdorch lint` : "";
  };
  return { update };
}

function problem(p) {
  const [kind, tone] = KINDS[p.severity];
  return h("li", { class: `s-${tone}` }, h("span", { class: "pill" }, kind), h("div", { class: "grow" }, h("p", {}, said(p.message)), p.hint && h("p", { class: "dim small" }, said(p.hint))),
    h("code", { class: "dim" }, p.code), p.line > 0 && h("a", { class: "small", href: `#source/${p.line}` }, `line ${p.line}`));
}
