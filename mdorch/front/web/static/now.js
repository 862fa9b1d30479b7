// The first screen, the morning after: what needs a person, what is at work, and what happened meanwhile.

import { h, keyed, put, said, button } from "./dom.js";
import { state, tasks, matches, taskOf } from "./store.js";
import { remedy } from "./actions.js";
import { ago, hrefOf, lasting, link, pill, tick, who } from "./parts.js";
import { STATUSES, many, price, word } from "./words.js";
import { forecast, story } from "./morning.js";

const KINDS = { question: ["Question", "blocked"], review: ["Review", "in_review"], failed: ["Failed", "failed"], blocked: ["Blocked", "blocked"],
  lost: ["Lost", "failed"], conflict: ["Conflict", "failed"], budget: ["Budget", "blocked"], problem: ["Problem", "failed"] };
const FEW = 8;

export function view(root, filter) {
  const hero = h("header", { class: "hero" });
  const parts = Object.fromEntries(["needs", "live", "meanwhile", "soon"].map((name) => [name, h("div", {})]));
  root.append(hero, ...Object.values(parts));
  let every = false;
  const meanwhile = story(parts.meanwhile);

  const update = () => {
    greet(hero);
    needs(parts.needs, filter(), every, () => { every = true; update(); });
    atWork(parts.live, filter());
    soon(parts.soon);
    meanwhile.update();
    tick(root);
  };
  document.addEventListener("forecast", update);
  return { update, leave: () => { meanwhile.leave(); document.removeEventListener("forecast", update); } };
}

function greet(hero) {
  const all = tasks();
  const live = all.filter(isLive).length;
  const wait = state.needs.length;
  const line = wait ? `${many(wait, "thing needs", "things need")} you` : live ? "All is going by itself" : "Nothing needs you";
  const counts = Object.keys(STATUSES).map((name) => [name, all.filter((t) => t.status === name).length]).filter(([, count]) => count);
  const done = all.filter((t) => t.status === "complete").length;
  const parts = [all.length ? `${done} of ${all.length} done` : "No tasks yet", live ? `${live} at work` : "", forecast()].filter(Boolean);
  const shown = JSON.stringify([line, parts, counts]);
  if (hero.dataset.shown === shown) return;
  hero.dataset.shown = shown;
  put(hero, h("h1", {}, line), h("p", { class: "soft" }, parts.join(" · ")),
    h("div", { class: "stack", role: "img", "aria-label": counts.map(([n, c]) => `${c} ${word(n)}`).join(", ") },
      counts.toSorted(([a], [b]) => ORDER.indexOf(a) - ORDER.indexOf(b)).map(([name, count]) => h("i", { class: `s-${name}`, css: { flex: count } }))),
    h("ul", { class: "legend" }, counts.map(([name, count]) => h("li", {}, h("i", { class: `swatch s-${name}`, "aria-hidden": "true" }), word(name), " ", h("b", {}, count)))));
}
const ORDER = ["complete", "in_review", "in_progress", "partial", "blocked", "failed", "ready", "waiting", "on_hold"];

function needs(root, text, every, more) {
  const found = state.needs.filter((n) => !text || `${n.task} ${n.text} ${n.kind}`.toLowerCase().includes(text.toLowerCase()));
  root.hidden = !found.length;
  root.list ??= h("ul", { class: "needs", id: "needs" });
  root.more ??= button("", more);
  if (!root.firstChild) root.append(h("section", { class: "section" }, h("header", {}, h("h2", {}, "Needs you"), (root.count = h("span", { class: "count" }))), root.list, root.more));
  root.count.textContent = found.length;
  const shown = every ? found : found.slice(0, FEW);
  root.more.hidden = shown.length === found.length;
  root.more.textContent = `Show all ${found.length}`;
  keyed(root.list, shown, (n) => `${n.kind} ${n.task} ${n.text}`, need);
}

function need(n) {
  const [kind, tone] = KINDS[n.kind] ?? [n.kind, "blocked"];
  const task = n.task && taskOf(n.task);
  return h("li", { class: `need card s-${tone}`, "data-open": n.task ? hrefOf(n.task) : undefined },
    h("div", { class: "need-text" }, h("p", { class: "row" }, h("span", { class: "pill" }, kind), task && link(task), task && n.text !== task.title && said(task.title, { class: "soft cut" }), n.since && h("span", { class: "dim" }, ago(n.since))),
      h("p", { class: "need-words" }, said(n.text))),
    h("div", { class: "row" }, remedy(n)));
}

const isLive = (task) => ["claimed", "started"].includes(task.run?.state);

function atWork(root, text) {
  const live = tasks().filter((t) => (isLive(t) || t.rule === "person-working") && matches(t, text));
  root.hidden = !live.length;
  root.list ??= h("ul", { class: "grid", id: "at-work" });
  if (!root.firstChild) root.append(h("section", { class: "section" }, h("header", {}, h("h2", {}, "At work"), (root.count = h("span", { class: "count" }))), root.list));
  root.count.textContent = live.length;
  keyed(root.list, live, (t) => t.key, working, (t) => JSON.stringify([t.id, t.title, t.agent, t.run, t.reason]));
}

function working(t) {
  const run = t.run;
  if (!isLive(t)) return h("li", { class: "card block work", "data-open": hrefOf(t.id) }, h("p", { class: "row spread" }, link(t), pill("in_progress", "Somebody")), h("p", { class: "title two" }, said(t.title)), h("p", { class: "soft" }, "A person, or a program of theirs, works on it."));
  return h("li", { class: "card block work", "data-open": hrefOf(t.id) },
    h("p", { class: "row spread" }, link(t), h("span", { class: "pill s-in_progress" }, h("i", { class: "lamp pulse s-in_progress", "aria-hidden": "true" }), run.started ? lasting(run.started) : "starting")),
    h("p", { class: "title two" }, said(t.title)),
    h("p", { class: "row spread" }, who(run.agent), h("span", { class: "dim" }, [run.attempt > 1 ? `attempt ${run.attempt}` : "", price(run.cost_usd, run.tokens)].filter(Boolean).join(" · "))),
    run.last_event && h("p", { class: "mono soft cut last" }, said(run.last_event)));
}

function soon(root) {
  const next = tasks().filter((t) => ["starts", "settling", "backoff", "slots", "group-limit"].includes(t.rule)).slice(0, 6);
  root.hidden = !next.length;
  root.list ??= h("ul", { class: "card lines" });
  if (!root.firstChild) root.append(h("section", { class: "section" }, h("header", {}, h("h2", {}, "Next")), root.list));
  keyed(root.list, next, (t) => t.key, (t) => h("li", { "data-open": hrefOf(t.id) }, link(t), said(t.title, { class: "cut grow" }), said(t.reason, { class: "dim cut" })), (t) => JSON.stringify([t.title, t.reason]));
}
