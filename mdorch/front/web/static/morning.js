// What happened since this person last looked; and when it will all be done.

import { h, put, said } from "./dom.js";
import { ask, state, watch } from "./store.js";
import { ago, hrefOf, link, pill } from "./parts.js";
import { clock, many, price } from "./words.js";
import { later } from "./later.js";

const FEW = 6;
const EVERY = 60_000; // milliseconds between two words that somebody is here
let since; // undefined: not asked yet; null: the first visit
let heard = 0;

// A person looks. A screen that nobody sits at is no visit.
async function visit() {
  if (document.hidden || Date.now() - heard < EVERY) return;
  heard = Date.now();
  const got = await fetch("/api/visit", { method: "POST", headers: { "Content-Type": "application/json" }, body: "{}" });
  if (got.ok) since = (await got.json()).since;
}
for (const event of ["pointerdown", "keydown"]) document.addEventListener(event, () => visit().catch(() => {}), { passive: true });
document.addEventListener("visibilitychange", () => visit().catch(() => {}));

// Keeps a part of the first screen true. The story is asked for again when a task or a run has changed.
export function story(root) {
  let told = "";
  const refresh = later(600, async () => {
    if (since === undefined) await visit();
    const found = await ask("morning", since ? { since } : {});
    const shown = JSON.stringify(found);
    if (shown !== told) put(root, tell(found));
    told = shown;
  });
  return { update: refresh, leave: refresh.stop };
}

function tell(found) {
  const counts = [many(found.done.length, "task") + " done", found.failed.length && `${found.failed.length} failed`,
    found.attempts && many(found.attempts, "attempt"), price(found.usd, found.tokens)].filter(Boolean);
  const some = (rows, status, text) => rows.slice(-FEW).reverse().map((one) => h("li", { "data-open": hrefOf(one.task) }, pill(status), link({ id: one.task, title: one.title }),
    said(text(one), { class: "cut grow" }), h("span", { class: "dim" }, ago(one.at))));
  const rows = [...some(found.failed, "failed", (one) => `${one.title}: ${one.text}`), ...some(found.done, "complete", (one) => one.title)];
  const left = Math.max(0, found.done.length - FEW) + Math.max(0, found.failed.length - FEW);
  return h("section", { class: "section", id: "meanwhile" },
    h("header", {}, h("h2", {}, found.since ? `Since you last looked, ${clock(found.since)}` : "So far"), h("span", { class: "count" }, counts.join(" · "))),
    rows.length ? h("ul", { class: "card lines" }, rows) : h("p", { class: "dim" }, "Nothing was finished."),
    left > 0 && h("p", { class: "dim more" }, h("a", { href: "#timeline" }, `${left} more on the timeline`)));
}

// The end of it all, in words, from the last forecast.
let end = "";
export const forecast = () => end;
const foresee = later(4000, async () => {
  if (document.hidden || !state.order.length) return;
  const found = await ask("outlook");
  const before = end;
  end = found.measured && found.runs ? `expected to be through at ${clock(found.end)}` : "";
  if (end !== before) document.dispatchEvent(new CustomEvent("forecast"));
}, true);
watch((parts) => { if (parts.has("tasks")) foresee(); });
