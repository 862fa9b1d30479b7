// Who works here: with which program, on what, and how well.

import { h, put, said } from "./dom.js";
import { ask, state, tasks } from "./store.js";
import { empty, lasting, link, pill, who, tick } from "./parts.js";
import { many, price, span } from "./words.js";
import { later } from "./later.js";

export function view(root, filter) {
  const list = h("ul", { class: "grid" });
  const rows = h("div", {});
  root.append(h("div", { class: "tools" }, h("h1", {}, "Agents")), list, rows);
  let data = null;
  const fetched = later(800, async () => {
    const [roster, figures] = await Promise.all([ask("agents"), ask("metrics")]);
    data = { roster, figures: new Map(figures.agents.map((a) => [a.agent, a])) };
    draw();
  });
  function draw() {
    if (!data) return;
    const text = filter().toLowerCase();
    const names = new Set(data.roster.agents.map((a) => a.name));
    const others = [...data.figures.keys()].filter((name) => !names.has(name)).map((name) => ({ name, command: [], cli: "", problem: "", warning: "", strict: false, timeout: 0 }));
    const found = [...data.roster.agents, ...others].filter((a) => a.name.toLowerCase().includes(text))
      .sort((a, b) => at(b).length - at(a).length || (data.figures.get(b.name)?.runs ?? 0) - (data.figures.get(a.name)?.runs ?? 0));
    put(list, found.map((agent) => card(agent, data.figures.get(agent.name))));
    if (!found.length) put(list, h("li", {}, empty("No agent is configured: mdorch init writes what is needed.")));
    put(rows, state.agents.length > 0 && h("section", { class: "section" }, h("header", {}, h("h2", {}, "On the page as running"), h("span", { class: "count" }, state.agents.length)),
      h("div", { class: "card scroll" }, h("table", { class: "plain" }, h("thead", {}, h("tr", {}, ["Agent", "Task", "Status", "Started"].map((t) => h("th", { scope: "col" }, t)))),
        h("tbody", {}, state.agents.map((a) => h("tr", {}, h("td", {}, who(a.agent)), h("td", {}, link({ id: a.task })), h("td", {}, said(a.status)), h("td", {}, said(a.started)))))))));
    tick(root);
  }
  const update = (parts) => { draw(); if (!data || parts.has("tasks") || parts.has("agents")) fetched(); };
  return { update, leave: fetched.stop };
}

const at = (agent) => tasks().filter((t) => ["claimed", "started"].includes(t.run?.state) && t.run.agent === agent.name);

function card(agent, figures) {
  const live = at(agent);
  const rate = figures?.success_rate;
  return h("li", { class: "card block agent" },
    h("p", { class: "row spread" }, who(agent.name), live.length ? pill("in_progress", `${live.length} at work`) : h("span", { class: "dim small" }, agent.cli || (agent.command[0] ?? "").split("/").pop())),
    agent.problem && h("p", { class: "s-failed tone small" }, said(agent.problem)),
    agent.warning && h("p", { class: "s-blocked tone small" }, said(agent.warning)),
    agent.command.length > 0 && h("p", { class: "mono dim two", title: agent.command.join(" ") }, said(agent.command.join(" "))),
    figures && [h("div", { class: "meter s-complete", role: "img", "aria-label": rate === null ? "no run has ended" : `${Math.round(100 * rate)} % of its runs succeeded` }, h("i", { css: { width: `${100 * (rate ?? 0)}%` } })),
      h("p", { class: "dim small" }, [many(figures.tasks, "task"), many(figures.runs, "run"), rate === null ? "" : `${Math.round(100 * rate)} % well`, figures.average_duration ? `${span(figures.average_duration)} each` : "", price(figures.cost_usd, figures.tokens)].filter(Boolean).join(" · "))],
    live.map((t) => h("p", { class: "row" }, link(t), said(t.title, { class: "cut grow soft" }), t.run.started && h("span", { class: "dim" }, lasting(t.run.started)))));
}
