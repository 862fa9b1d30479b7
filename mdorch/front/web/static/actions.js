// What can be done about a task, and the one thing that helps where it needs a person.

import { button, h, said } from "./dom.js";
import { state, taskOf } from "./store.js";
import { send, toast } from "./send.js";
import { hrefOf } from "./parts.js";
import { answer, handOff, reject, restore } from "./forms.js";

const go = (hash) => () => { location.hash = hash; };

// The desk names a command that helps; a button does the same. What no button does can be copied.
export function remedy(need, kind = "strong") {
  const [program, verb, about = need.task, ...rest] = need.command.split(" ");
  if (program !== "mdorch") return copied(need.command);
  const made = (text, act) => button(text, act, kind);
  switch (verb) {
    case "answer": return made("Answer", () => answer(about, need.text));
    case "approve": return made("Approve", () => send("approve", { task: about }, base(about)));
    case "retry": return made("Try again", () => send("retry", { task: about }, base(about)));
    case "resume": return made(need.kind === "conflict" ? "Accept the page" : "Resume", () => send("resume"));
    case "logs": return made("See what it printed", go(hrefOf(about)));
    case "show": return made("Look at it", go(hrefOf(about)));
    case "metrics": return made("See the spending", go("#metrics"));
    case "set": return settled(about, rest.join(" "), made);
    case "history": return about === "--restore" ? made("Bring back what it was", () => restore(rest[0])) : copied(need.command);
    case "lint": return made("Show the line", go(`#problems/${encodeURIComponent(need.task)}`));
    default: return copied(need.command);
  }
}

// One word as shells take it: quoted, with each quote in it told apart.
const unquoted = (word) => (/^'.*'$/s.test(word) ? word.slice(1, -1).replaceAll(`'"'"'`, "'") : word);

function copied(command) {
  const copy = () => navigator.clipboard.writeText(command).then(() => toast("Copied", command), () => toast(command, "Copy it by hand.", true));
  return h("button", { type: "button", class: "button mono", title: "Copy the command", on: { click: copy } }, said(command));
}

function settled(task, assignment, made) {
  const [, role, value] = unquoted(assignment).match(/^([a-z]+)=(.*)$/s) ?? [];
  if (!role) return copied(`mdorch set ${task} ${assignment}`);
  return made(role === "status" ? `Open ${task}` : "Keep what stands", () => send("set", { task, cells: { [role]: value } }));
}

const base = (id) => ({ status: taskOf(id)?.status_text });
const OPEN = ["waiting", "ready"];

// All that makes sense for a task as it is.
export function deeds(task) {
  if (!task.id || task.read_only) return [];
  const { id, status } = task;
  const live = ["claimed", "started"].includes(task.run?.state);
  const asked = [...state.handoffs.values()].findLast((b) => b.task === id && b.questions.length && !b.answer);
  return [
    asked && button("Answer", () => answer(id, asked.questions[0]), "strong"),
    status === "in_review" && button("Approve", () => send("approve", { task: id }, base(id)), "strong"),
    status === "in_review" && button("Send back", () => reject(id)),
    ["failed", "blocked", "partial", "on_hold"].includes(status) && !live && button(status === "on_hold" ? "Open it" : "Try again", () => send("retry", { task: id }, base(id)), asked ? "" : "strong"),
    status === "complete" && button("Open again", () => send("retry", { task: id }, base(id))),
    (live || OPEN.includes(status)) && button(live ? "Stop" : "Put on hold", () => send("stop", { task: id }, live ? {} : base(id)), "risky"),
    live && button("Start anew", () => send("retry", { task: id })),
    status !== "complete" && button("Hand off", () => handOff(id)),
  ].filter(Boolean);
}
