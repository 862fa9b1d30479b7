// Small parts that many views show: pills, names, times that go on.

import { h, said, clean } from "./dom.js";
import { now, since } from "./store.js";
import { clock, sign, span, word } from "./words.js";

export const pill = (status, text = word(status)) =>
  h("span", { class: `pill s-${status}` }, h("i", { class: "sign", "aria-hidden": "true" }, sign(status)), said(text));

export function link(task, text = task.id || `line ${task.line}`) {
  return h("a", { class: "id", href: hrefOf(task.id), title: clean(task.title ?? "") }, said(text));
}
export const hrefOf = (id, view = location.hash.slice(1).split("/")[0] || "now") => `#${view}/${encodeURIComponent(id)}`;

function hue(name) {
  let sum = 0;
  for (const letter of name) sum = (sum * 31 + letter.codePointAt(0)) % 360;
  return sum;
}
export function who(name) {
  if (!name) return null;
  const initials = name.split(/[^\p{L}\p{N}]+/u).filter(Boolean).slice(0, 2).map((w) => [...w][0]).join("").toUpperCase();
  return h("span", { class: "who" }, h("i", { class: "face sign", "aria-hidden": "true", css: { "--face": `hsl(${hue(name)} 42% 42%)` } }, initials || "?"),
    said(name, { class: "cut" }));
}

// Times that the clock moves on, once a second, wherever they stand.
export const lasting = (iso) => h("time", { datetime: iso, "data-lasting": iso, title: clock(iso) }, span(since(iso)));
export const ago = (iso) => h("time", { datetime: iso, "data-ago": iso, title: clock(iso) }, told(iso));
function told(iso) {
  const length = since(iso);
  return length < 5 ? "just now" : length < 0 ? "soon" : `${span(length).replace(/ \d+ s$/, "")} ago`;
}
export function tick(root = document) {
  for (const e of root.querySelectorAll("[data-lasting]")) e.textContent = span(since(e.dataset.lasting));
  for (const e of root.querySelectorAll("[data-ago]")) e.textContent = told(e.dataset.ago);
  for (const e of root.querySelectorAll("[data-from]")) {
    const [from, to] = [Date.parse(e.dataset.from), Date.parse(e.dataset.to)];
    e.style.width = `${Math.min(100, (100 * (now() - from)) / Math.max(1, to - from))}%`;
  }
}

export function section(title, count, ...children) {
  return h("section", { class: "section" }, h("header", {}, h("h2", {}, title), count !== "" && h("span", { class: "count" }, count)), ...children);
}
export const empty = (text) => h("p", { class: "empty" }, text);
