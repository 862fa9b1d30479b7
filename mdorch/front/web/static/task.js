// One task in full, beside whatever view is open: its cells to edit, what holds it, its runs, and what it prints.

import { h, put, said, icon, clean } from "./dom.js";
import { state, taskOf, ask } from "./store.js";
import { send } from "./send.js";
import { deeds } from "./actions.js";
import { names } from "./forms.js";
import { ago, lasting, link, pill, tick } from "./parts.js";
import { STATUSES, clock, plain, price, span, word } from "./words.js";
import { handoffCard } from "./handoffs.js";
import { log } from "./log.js";
import { later } from "./later.js";

const root = () => document.getElementById("panel");
let shown = null; // the sheet of the task that is open
let came = null; // where the focus was before

export function panel(id) {
  if (shown?.id === id) return;
  const was = shown;
  shown?.close();
  shown = null;
  root().hidden = !id;
  document.getElementById("shell").classList.toggle("with-panel", Boolean(id));
  if (id) {
    if (!was) came = document.activeElement;
    shown = sheet(id);
  } else if (was) {
    const back = document.contains(came) ? came : document.querySelector(`#view a[href$="/${CSS.escape(encodeURIComponent(was.id))}"]`);
    (back ?? document.getElementById("view")).focus({ preventScroll: true });
  }
}
panel.update = (parts) => {
  if (shown && ["tasks", "handoffs", "head", "order"].some((name) => parts.has(name))) shown.update();
};

function sheet(id) {
  const parts = Object.fromEntries(["head", "why", "deeds", "cells", "runs", "log", "blocks", "past"].map((name) => [name, h("div", { class: `sheet-${name}` })]));
  const body = h("div", { class: "sheet" }, Object.values(parts), names("names"));
  put(root(), body);
  root().scrollTop = 0;
  let output = null;
  let followed = "";
  const follow = (run) => {
    if (followed === run.id) return;
    followed = run.id;
    output?.close();
    output = log(parts.log, id, run);
  };
  const fetched = later(150, async () => {
    const all = await ask("task", { id }).catch((error) => ({ error: error.message }));
    if (all.error) return void put(parts.why, h("p", { class: "dim" }, said(all.error)));
    why(parts.why, all);
    runs(parts.runs, all, follow);
    blocks(parts.blocks, all);
    past(parts.past, all);
    cells(parts.cells, all);
    tick(root());
  });
  const update = () => {
    const task = taskOf(id);
    head(parts.head, id, task);
    const made = task ? deeds(task) : [];
    const text = made.map((b) => b.textContent).join();
    if (parts.deeds.dataset.shown !== text) put(parts.deeds, made);
    parts.deeds.dataset.shown = text;
    fetched();
  };
  update();
  parts.head.querySelector("button")?.focus({ preventScroll: true });
  return { id, update, close: () => { fetched.stop(); output?.close(); } };
}

function head(part, id, task) {
  const line = state.order.find(([key]) => key === task?.key)?.[1];
  const close = () => { location.hash = `#${location.hash.slice(1).split("/")[0]}`; };
  const print = JSON.stringify([id, task?.status_text, task?.status, task?.title, line]);
  if (part.dataset.shown === print) return;
  part.dataset.shown = print;
  const had = part.contains(document.activeElement);
  const x = h("button", { type: "button", class: "button quiet round", "aria-label": "Close the task", on: { click: close } }, icon("close"));
  put(part, h("div", { class: "row spread" }, h("span", { class: "row" }, said(id, { class: "id" }), task ? pill(task.status, task.status_text || word(task.status)) : h("span", { class: "dim" }, "not on the page")),
    h("span", { class: "row" }, line && h("a", { class: "dim small", href: `#source/${line}` }, `line ${line}`), x)), h("h2", { class: "sheet-title" }, said(task?.title ?? "")));
  if (had) x.focus({ preventScroll: true });
}

function why(part, all) {
  const { task } = all;
  put(part, h("p", { class: `why s-${task.status}` }, said(`${task.id} ${task.reason}`)),
    task.requires.length > 0 && h("p", { class: "row small needs-list" }, h("span", { class: "dim" }, "Needs"), task.requires.slice(0, 24).map((need) => {
      const other = taskOf(need);
      return h("span", { class: "row" }, link({ id: need, title: other?.title }), h("span", { class: `s-${other?.status ?? "waiting"} tone`, title: other ? word(other.status) : "" }, STATUSES[other?.status]?.[1] ?? "?"));
    }), task.requires.length > 24 && `and ${task.requires.length - 24} more`));
}

const CELLS = [["title", "Title"], ["status", "Status"], ["agent", "Agent"], ["requires", "Needs"], ["priority", "Priority"], ["notes", "Notes"]];

function cells(part, all) {
  const values = { title: all.task.title, status: all.task.status_text, agent: all.agent_text, requires: all.requires_text, priority: all.task.priority, notes: all.task.notes };
  const roles = CELLS.filter(([role]) => all.roles.includes(role));
  const fields = [["group", all.task.group], ["domain", all.domain], ["files", all.task.files.join(", ")], ["details", all.details], ["check", all.check]].filter(([, value]) => value);
  if (part.fields?.roles !== roles.join()) {
    part.fields = { roles: roles.join(), inputs: Object.fromEntries(roles.map(([role, name]) => [role, cell(all, role, name)])), rest: h("dl", { class: "rest" }) };
    put(part, h("div", { class: "cells" }, Object.values(part.fields.inputs).map((i) => i.label)), part.fields.rest);
  }
  for (const [role, input] of Object.entries(part.fields.inputs)) input.show(values[role], all);
  put(part.fields.rest, fields.map(([name, value]) => [h("dt", {}, name), h("dd", {}, said(value))]));
}

// One cell of the row. What somebody types is never overwritten; what was there before is what it is written over.
function cell(all, role, name) {
  let base = "";
  const input = role === "status" ? h("select", { name: role }) : role === "notes" || role === "title" ? h("textarea", { name: role, rows: 1 }) : h("input", { name: role, autocomplete: "off", spellcheck: "false", list: role === "agent" ? "names" : null });
  const save = h("button", { type: "button", class: "button strong", hidden: true }, "Save");
  const hint = h("small", { class: "hint", hidden: true });
  const label = h("div", { class: `field cell cell-${role}` }, h("label", {}, h("span", {}, name), input), hint, save);
  const id = all.task.id;
  const dirty = () => input.value !== base;
  const mark = () => { save.hidden = !dirty() || role === "status"; label.classList.toggle("dirty", dirty()); };
  const write = async () => {
    if (!dirty()) return;
    const value = input.value.replace(/\s*\n\s*/g, " ");
    if (await send("set", { task: id, cells: { [role]: value } }, { [role]: base })) base = input.value = value;
    else if (role === "status") input.value = base;
    mark();
  };
  input.addEventListener("input", mark);
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey) { event.preventDefault(); write(); }
    if (event.key === "Escape") { event.stopPropagation(); input.value = base; mark(); input.blur(); }
  });
  if (role === "status") input.addEventListener("change", write);
  save.addEventListener("click", write);
  const show = (value, now) => {
    const mine = dirty();
    if (role === "status" && !mine) {
      const words = [value, ...Object.keys(STATUSES).filter((s) => s !== now.task.status).map(plain)];
      put(input, words.map((text) => h("option", { value: clean(text) }, clean(text) || "(empty)")));
    }
    input.disabled = now.task.read_only;
    hint.hidden = !mine || value === base;
    hint.textContent = `now on the page: ${clean(value) || "(empty)"}`;
    if (!mine) base = input.value = value;
    if (role === "status" && !mine) base = input.value;
    mark();
  };
  return { label, show };
}

function runs(part, all, follow) {
  if (!all.runs.length) return put(part);
  const rows = all.runs.toReversed().map((run) => {
    const live = ["claimed", "started"].includes(run.state);
    const how = live ? "at work" : plain(run.outcome || run.end || run.state);
    const length = run.started && run.ended ? span((Date.parse(run.ended) - Date.parse(run.started)) / 1000) : "";
    return h("li", {}, h("button", { type: "button", class: "id", "aria-label": `Output of ${clean(run.id)}`, on: { click: () => follow(run) } }, said(run.id)), h("span", {}, said(run.agent)),
      h("span", { class: "dim" }, run.started ? clock(run.started) : ""), h("span", { class: "dim" }, live && run.started ? lasting(run.started) : length), h("b", {}, how),
      h("span", { class: "dim cut grow" }, said([price(run.cost_usd, run.tokens), run.detail].filter(Boolean).join(" · "))));
  });
  put(part, h("h2", {}, "Runs"), h("ul", { class: "run-list" }, rows));
  follow(all.runs.at(-1));
}

function blocks(part, all) {
  const found = [...state.handoffs].filter(([, b]) => b.task === all.task.id);
  put(part, found.length > 0 && h("h2", {}, "Handoffs"), h("div", { class: "blocks" }, found.toReversed().map(([, b]) => handoffCard(b, false))));
}

function past(part, all) {
  const notes = all.history.toReversed();
  put(part, notes.length > 0 && h("details", {}, h("summary", {}, h("h2", {}, `History (${notes.length})`)), h("ul", { class: "history" }, notes.slice(0, 200).map((n) =>
    h("li", {}, h("span", { class: "dim" }, ago(n.time)), h("b", {}, plain(n.kind)), said(n.text))))));
}
