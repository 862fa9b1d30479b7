// Wishes. Each says which page it was made from. Where that is not the page any more, the server does nothing
// and says what has changed; then what was seen decides: a change elsewhere is no reason to ask, one in what the
// wish is about is shown, and the person decides.

import { h, put, said, button } from "./dom.js";
import { state, seen, taskOf } from "./store.js";

const TRIES = 5;

export function toast(text, hint = "", bad = false) {
  const made = h("div", { class: `toast ${bad ? "bad" : ""}` }, said(text), hint && h("small", {}, said(hint)));
  document.getElementById("toasts").append(made);
  setTimeout(() => made.remove(), bad ? 8000 : 3500);
}

async function post(what, body) {
  const got = await fetch(`/api/${what}`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  return { status: got.status, ...(await got.json()) };
}

// Carry out a wish; whether it was. `base`: what the cells said that it changes, as they were seen; `page`: the
// version that was looked at, where it need not be the one on the screen.
export async function send(what, body = {}, base = {}, page = "") {
  const already = Object.entries(base).filter(([role, was]) => cell(body.task, role) !== was)
    .map(([role, was]) => ({ task: body.task, role, was, now: cell(body.task, role) ?? "" }));
  if (already.length && !(await agreed(already))) return false;
  let version = page || state.version;
  try {
    for (let turn = 0; turn < TRIES; turn += 1) {
      const got = await post(what, { ...body, version });
      if (got.status === 200) {
        toast(got.message);
        await seen(got.version);
        return true;
      }
      if (got.status !== 409) {
        toast(got.error, got.hint, true);
        return false;
      }
      await seen(got.version);
      version = got.version;
      const about = got.changed?.filter((change) => concerns(change, what, body)) ?? [{ task: "", role: "page", was: "", now: "" }];
      if (about.length && !(await agreed(about))) return false;
    }
    toast("The page is saved all the time: nothing was changed.", "Try again.", true);
  } catch {
    toast("The server does not answer.", "Nothing is known of this change.", true);
  }
  return false;
}

function concerns(change, what, body) {
  if (what === "restore" || (what === "resume" && state.head.held)) return true; // they are about all of the page
  if (what === "stop" || change.task !== body.task) return false;
  return what !== "set" || change.role === "row" || change.role in body.cells;
}

function cell(id, role) {
  const task = taskOf(id);
  return task?.[{ status: "status_text", agent: "agent_text", requires: "requires_text" }[role] ?? role];
}

// Show what changed meanwhile, and ask.
function agreed(changes) {
  return new Promise((resolve) => {
    const lines = changes.map((c) => h("li", {}, h("b", {}, c.task ? `${c.task} ${c.role}` : "The page"), " ",
      c.was && said(c.was, { class: "was" }), c.was || c.now ? " → " : "", c.task ? said(c.now || "(empty)") : "has changed since this screen saw it"));
    const box = h("dialog", { "aria-labelledby": "meanwhile" });
    const end = (answer) => { box.close(); box.remove(); resolve(answer); };
    box.addEventListener("cancel", () => end(false));
    put(box, h("div", { class: "form" }, h("h2", { id: "meanwhile" }, "Somebody changed this meanwhile"), h("ul", {}, lines),
      h("footer", {}, button("Leave it as it is", () => end(false), "", { autofocus: true }), button("Write mine all the same", () => end(true), "strong"))));
    document.body.append(box);
    box.showModal();
  });
}
