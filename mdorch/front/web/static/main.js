// The frame: which view is shown, what the bar says, and the keys.

import { h, put, icon, said, button, clean } from "./dom.js";
import { state, watch, open, tasks } from "./store.js";
import { send } from "./send.js";
import { tick } from "./parts.js";
import { dollars } from "./words.js";
import { remedy } from "./actions.js";
import { addTask, keys } from "./forms.js";
import { panel } from "./task.js";
import { view as nowView } from "./now.js";
import { view as boardView } from "./board.js";
import { view as graphView } from "./graph.js";
import { view as timelineView } from "./timeline.js";
import { view as agentsView } from "./agents.js";
import { view as handoffsView } from "./handoffs.js";
import { view as metricsView } from "./metrics.js";
import { view as problemsView } from "./problems.js";
import { view as sourceView } from "./source.js";

const VIEWS = {
  __proto__: null, // an address names any view, and no other thing
  now: ["Now", nowView], board: ["Board", boardView], graph: ["Graph", graphView], timeline: ["Timeline", timelineView],
  agents: ["Agents", agentsView], handoffs: ["Handoffs", handoffsView], metrics: ["Metrics", metricsView],
  problems: ["Problems", problemsView], source: ["Page", sourceView],
};
const $ = (id) => document.getElementById(id);
let shown = null; // { name, update, leave }
const filter = () => $("search").value.trim();

function place() {
  const [name, detail] = location.hash.slice(1).split("/");
  let about = "";
  try { about = decodeURIComponent(detail ?? ""); } catch { /* a mistyped address names no task */ }
  return { name: VIEWS[name] ? name : "now", about };
}

function route() {
  if (!state.head) return;
  const { name, about } = place();
  if (shown?.name !== name) {
    shown?.leave?.();
    const root = $("view");
    put(root);
    root.className = `view-${name}`;
    window.scrollTo(0, 0);
    shown = { name, ...VIEWS[name][1](root, filter) };
  }
  shown.update(new Set(["all"]), about);
  panel(name === "source" ? "" : about);
  nav();
}

function nav() {
  const { name } = place();
  document.title = `${state.needs.length ? `(${state.needs.length}) ` : ""}${VIEWS[name][0]} · ${clean(state.head.page.split("/").pop())}`;
  const bad = state.problems.filter((p) => p.severity === "error").length;
  const counts = {
    now: [state.needs.length, "hot", "need you"], board: [state.order.length, "", "tasks"],
    handoffs: [state.handoffs.size, "", "handoffs"], problems: [state.problems.length, bad ? "bad" : "", "problems"],
  };
  const tabs = Object.entries(VIEWS).map(([key, [title]]) => {
    const [count, kind, words] = counts[key] ?? [0];
    return h("li", {}, h("a", { class: "tab", href: `#${key}`, "aria-current": key === name && "page" }, icon(key),
      h("span", {}, title), count > 0 && h("span", { class: `count ${kind}` }, count, h("span", { class: "sr" }, ` ${words}`))));
  });
  const focused = document.activeElement?.closest?.("#nav a")?.getAttribute("href");
  put($("nav"), h("ul", {}, tabs));
  if (focused) $("nav").querySelector(`a[href="${CSS.escape(focused).replaceAll("\\#", "#")}"]`)?.focus();
}

function frame() {
  const { head } = state;
  put($("page-name"), said(head.page.split("/").slice(-2).join("/"), { title: clean(head.page) }));
  const { daemon, slots, spend } = head;
  const [tone, words, more] = !state.connected ? ["failed", "Not connected", "what is shown may be old"]
    : head.held ? ["failed", "Page held", head.held]
    : daemon.trouble ? ["failed", "In trouble", daemon.trouble]
    : head.paused ? ["blocked", "Paused", "nothing new starts"]
    : daemon.running ? ["complete", "Daemon at work", `watching the page by ${daemon.watch ?? "…"}`]
    : ["on_hold", "No daemon", "mdorch up starts it"];
  put($("engine"), h("b", {}, h("i", { class: `lamp s-${tone}`, "aria-hidden": "true" }), words), h("span", {}, said(more)));
  put($("gauges"), h("span", {}, h("b", {}, `${slots.used} of ${slots.max}`), " slots"),
    h("span", {}, h("b", {}, dollars(spend.today_usd)), spend.budget_usd ? ` of ${dollars(spend.budget_usd)} today` : " today"),
    h("span", {}, h("b", {}, `${tasks().filter((t) => t.status === "complete").length} of ${state.order.length}`), " done"));
  $("pause").textContent = head.paused ? "Resume" : "Pause";
  $("pause").hidden = Boolean(head.held); // to accept a held page is a decision of its own
  banner();
}

// What helps first, and beside it to accept what was meant.
function waysOut() {
  const need = state.needs.find((n) => !n.task && n.kind === "conflict" && n.command !== "mdorch resume");
  return [button("Accept it as it is", () => send("resume"), need ? "" : "strong"), need && remedy(need)];
}

function banner() {
  const { head } = state;
  const lines = [];
  const line = (tone, text, ...more) => lines.push(h("div", { class: `banner s-${tone}`, role: "alert" }, h("p", {}, text), ...more));
  if (state.signedOut) line("failed", "This address is over: mdorch web was started anew. Open the address that it has printed.");
  else if (!state.connected && state.head) line("failed", "The server does not answer. What is shown may be old; it comes back by itself.");
  if (state.trouble) line("failed", said(state.trouble));
  if (head?.held) line("failed", ["The page is held, and nothing is done: ", said(head.held)], button("Show the page", () => { location.hash = "#source"; }), ...waysOut());
  const key = lines.map((l) => l.textContent).join("\n");
  if ($("banner").dataset.shown !== key) put($("banner"), lines);
  $("banner").dataset.shown = key;
}

watch((parts) => {
  if (!state.head) {
    if (state.signedOut || state.trouble) banner();
    return;
  }
  frame();
  nav();
  if (shown) {
    shown.update(parts, place().about);
    panel.update(parts);
  } else route();
});

window.addEventListener("hashchange", route);
$("search").addEventListener("input", () => shown?.update(new Set(["filter"]), place().about));
$("pause").addEventListener("click", () => send(state.head.paused ? "resume" : "pause"));
$("add").addEventListener("click", () => addTask());
$("view").addEventListener("click", (event) => {
  const card = event.target.closest("[data-open]");
  if (card && !event.target.closest("a, button, input, select, textarea, summary") && !String(getSelection())) location.hash = card.dataset.open;
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  const typing = event.target.closest("input, textarea, select");
  if (event.key === "Escape") {
    if (event.target === $("search")) { $("search").value = ""; $("search").blur(); shown?.update(new Set(["filter"]), place().about); }
    else if (!typing && place().about) location.hash = `#${place().name}`;
    return;
  }
  if (typing) return;
  const number = Number(event.key);
  const names = Object.keys(VIEWS);
  if (number >= 1 && number <= names.length) { location.hash = `#${names[number - 1]}`; $("view").focus({ preventScroll: true }); }
  else if (event.key === "/") $("search").focus();
  else if (event.key === "n") addTask();
  else if (event.key === "?") keys(Object.values(VIEWS).map(([title]) => title));
  else return;
  event.preventDefault();
});

setInterval(tick, 1000);
if (new URLSearchParams(location.search).has("token")) history.replaceState(null, "", location.pathname + location.hash);
put($("view"), h("p", { class: "empty" }, "Looking at the page …"));
open();
