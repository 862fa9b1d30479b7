// Dialogs: a new task, a handoff, an answer, a rejection, the page as it was; and what the keys do.

import { h, put, button, clean, said } from "./dom.js";
import { ask, state, taskOf } from "./store.js";
import { send, toast } from "./send.js";
import { clock, many } from "./words.js";

function dialog(title, fields, done, finish) {
  const error = h("p", { class: "error", role: "alert", hidden: true });
  const form = h("form", { class: "form", novalidate: true }, h("h2", { id: "dialog-title" }, title), fields, error,
    h("footer", {}, button("Cancel", () => end()), h("button", { class: "button strong", type: "submit" }, finish)));
  const box = h("dialog", { "aria-labelledby": "dialog-title" }, form);
  const before = document.activeElement;
  const end = () => { box.close(); box.remove(); before?.focus?.(); };
  box.addEventListener("cancel", (event) => { event.preventDefault(); end(); });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const values = Object.fromEntries(new FormData(form));
    const missing = form.querySelector("[data-needed]") && [...form.querySelectorAll("[data-needed]")].find((e) => !e.value.trim());
    if (missing) {
      error.hidden = false;
      error.textContent = missing.dataset.needed;
      missing.focus();
      return;
    }
    form.querySelector("[type=submit]").disabled = true;
    const well = await done(values);
    form.querySelector("[type=submit]").disabled = false;
    if (well) end();
  });
  document.body.append(box);
  box.showModal();
  form.querySelector("input, textarea, select")?.focus();
}

const field = (name, input, hint) => h("label", { class: "field" }, h("span", {}, name), input, hint && h("small", {}, hint));
const lines = (text) => (text ?? "").split("\n").map((line) => line.replace(/^\s*[-*]\s+/, "").trim()).filter(Boolean);

// Names of agents for a field to offer.
export function names(id) {
  const known = new Set([...state.agents.map((a) => a.agent), ...[...state.tasks.values()].map((t) => t.agent)].filter(Boolean));
  return h("datalist", { id }, [...known].sort().map((name) => h("option", { value: clean(name) })));
}

export function addTask(requires = "") {
  dialog("Add a task", [
    field("What is to be done", h("input", { name: "title", autocomplete: "off", "data-needed": "A task needs a title." })),
    h("div", { class: "pair" },
      field("Agent", h("input", { name: "agent", list: "names", autocomplete: "off", placeholder: "auto" }), "Empty: chosen by policy."),
      field("Priority", h("input", { name: "priority", autocomplete: "off", placeholder: "as the page says it" }))),
    h("div", { class: "pair" },
      field("Needs", h("input", { name: "requires", autocomplete: "off", value: requires, placeholder: "TEST-001, API-*" }), "What must be complete before."),
      field("ID", h("input", { name: "id", autocomplete: "off", placeholder: "the next one" }))),
    names("names"),
  ], (values) => send("add", values), "Add");
}

export function handOff(id) {
  const task = taskOf(id);
  const choice = (value, text) => h("option", { value }, text);
  const area = (name, title, hint) => field(title, h("textarea", { name, rows: 2 }), hint);
  dialog(["Hand off ", said(id)], [
    h("div", { class: "pair" },
      field("To", h("input", { name: "to", list: "names", value: "-", autocomplete: "off", "data-needed": "To whom? - says that the task is finished." }), "- when it is finished."),
      field("Status", h("select", { name: "status" }, choice("COMPLETE", "Complete"), choice("PARTIAL", "Partial"), choice("BLOCKED", "Blocked"), choice("READY_FOR_REVIEW", "Ready for review")))),
    area("deliverables", "Deliverables", "One on each line: what was made or changed."),
    area("context", "Context for the next one"),
    area("artifacts", "Artifacts", "Paths of what was made."),
    names("names"),
  ], (values) => send("handoff", { task: id, to: values.to, status: values.status, ...Object.fromEntries(["deliverables", "context", "artifacts"].map((n) => [n, lines(values[n])])) },
    { status: task?.status_text }), "Hand off");
}

export function answer(id, question) {
  dialog(["Answer ", said(id)], [
    question && h("p", {}, said(question)),
    field("Your answer", h("textarea", { name: "text", rows: 4, "data-needed": "An answer needs words." }), "It is written below the question; the task goes on with it."),
  ], (values) => send("answer", { task: id, text: values.text.trim().replace(/\s*\n\s*/g, " ") }), "Answer");
}

export function reject(id) {
  dialog(["Send back ", said(id)], [
    field("Why", h("textarea", { name: "why", rows: 3, "data-needed": "Say why: the next agent reads it." })),
  ], (values) => send("reject", { task: id, why: values.why.trim().replace(/\s*\n\s*/g, " ") }), "Send back");
}

// What a version of the page would bring and take, and the way back to it.
export async function restore(name) {
  const found = await ask("kept", { name }).catch((error) => { toast(error.message, "", true); });
  if (!found) return;
  const more = found.gone + found.new - found.lines.length;
  dialog("Bring the page back", [
    h("p", {}, "To what it was at ", h("b", {}, clock(found.time)), `. ${many(found.new, "line comes", "lines come")} back, ${many(found.gone, "line goes", "lines go")}; what stands there now is kept.`),
    h("ol", { class: "changes mono", tabindex: 0, "aria-label": "What changes" }, found.lines.map(([sign, line]) => h("li", { class: sign === "+" ? "comes" : "goes" }, h("b", {}, sign), " ", said(line || " "))),
      more > 0 && h("li", { class: "dim" }, `and ${many(more, "more line", "more lines")}`)),
  ], () => send("restore", { kept: found.version }, {}, found.seen), "Bring it back");
}

export function keys(views) {
  const box = h("dialog", { "aria-labelledby": "keys-title" });
  const key = (name, what) => [h("dt", {}, h("kbd", {}, name)), h("dd", {}, what)];
  const end = () => { box.close(); box.remove(); };
  box.addEventListener("cancel", end);
  put(box, h("div", { class: "form" }, h("h2", { id: "keys-title" }, "Keys"), h("dl", { class: "keys" },
    views.map((view, n) => key(n + 1, view)), key("/", "Filter"), key("n", "Add a task"), key("↑ ↓ ← →", "Move on the board and in the graph"),
    key("Enter", "Open"), key("Esc", "Close"), key("?", "These keys")), h("footer", {}, button("Close", end, "", { autofocus: true }))));
  document.body.append(box);
  box.showModal();
}
