// How much was done, how fast, how well, for how much: a few figures and small charts.

import { h, put, said } from "./dom.js";
import { ask } from "./store.js";
import { link, who } from "./parts.js";
import { dollars, price, span, tokens } from "./words.js";
import { later } from "./later.js";

const DAYS = 30;
const percent = (share) => (share === null ? "–" : `${Math.round(100 * share)} %`);

export function view(root, filter) {
  const body = h("div", {});
  root.append(h("div", { class: "tools" }, h("h1", {}, "Metrics")), body);
  let shown = "";
  const fetched = later(1000, async () => {
    const found = await ask("metrics");
    const text = JSON.stringify(found);
    if (text !== shown) put(body, draw(found));
    shown = text;
  });
  return { update: fetched, leave: fetched.stop, filter };
}

function draw(m) {
  const { counts } = m;
  const done = done_by_day(m.completed);
  return [
    h("ul", { class: "tiles" },
      tile("Tasks complete", percent(m.task_completion_rate), `${counts.completed} of ${counts.tasks}`, m.task_completion_rate, "complete"),
      tile("Handoffs taken", percent(m.handoff_success_rate), `${counts.handoffs_taken} of ${counts.handoffs}`, m.handoff_success_rate, "in_progress"),
      tile("Blocked", percent(m.blocked_task_ratio), `${counts.blocked} of ${counts.tasks}`, m.blocked_task_ratio, "blocked"),
      tile("In parallel", m.parallel_efficiency === null ? "–" : `${m.parallel_efficiency.toFixed(1)}×`, `${counts.runs} runs`),
      tile("A task takes", m.average_task_duration === null ? "–" : span(m.average_task_duration), "on average"),
      tile("Used up", m.cost_usd === null ? "–" : dollars(m.cost_usd), m.tokens ? `${tokens(m.tokens)} tokens` : "no program says")),
    h("div", { class: "charts" },
      chart("Tasks done, by day", done, (n) => `${n}`, "complete"),
      chart("Runs, by day", m.days.map((d) => [d.day, d.runs]), (n) => `${n}`, "in_progress"),
      m.cost_usd !== null && chart("Spent, by day", m.days.map((d) => [d.day, d.cost_usd ?? 0]), dollars, "accent")),
    m.agents.length > 0 && h("section", { class: "section" }, h("header", {}, h("h2", {}, "By agent")), h("div", { class: "card scroll" }, h("table", { class: "plain" },
      h("thead", {}, h("tr", {}, ["Agent", "Tasks", "Runs", "Well", "Average run", "Used up"].map((t, n) => h("th", { scope: "col", class: n > 0 && "num" }, t)))),
      h("tbody", {}, m.agents.map((a) => h("tr", {}, h("td", {}, who(a.agent)), h("td", { class: "num" }, a.tasks), h("td", { class: "num" }, a.runs), h("td", { class: "num" }, percent(a.success_rate)),
        h("td", { class: "num" }, a.average_duration === null ? "–" : span(a.average_duration)), h("td", { class: "num" }, price(a.cost_usd, a.tokens) || "–"))))))),
    dear(m.completed),
  ];
}

function tile(name, figure, more, share, tone) {
  return h("li", { class: `card block tile s-${tone ?? "accent"}` }, h("p", { class: "dim small" }, name), h("p", { class: "figure" }, figure), h("p", { class: "dim small" }, more),
    share !== undefined && h("div", { class: "meter", "aria-hidden": "true" }, h("i", { css: { width: `${100 * (share ?? 0)}%` } })));
}

function done_by_day(completed) {
  const days = new Map();
  for (const { ended } of completed) if (ended) {
    const when = new Date(ended);
    const day = `${when.getFullYear()}-${String(when.getMonth() + 1).padStart(2, "0")}-${String(when.getDate()).padStart(2, "0")}`;
    days.set(day, (days.get(day) ?? 0) + 1);
  }
  return [...days].sort();
}

function chart(title, values, text, tone) {
  const some = values.slice(-DAYS);
  const most = Math.max(...some.map(([, n]) => n), 1e-9);
  return h("figure", { class: `card block chart s-${tone}` }, h("figcaption", {}, h("h2", {}, title)),
    some.length ? h("ol", { class: "bars" }, some.map(([day, n]) => h("li", { "aria-label": `${day}: ${text(n)}`, title: `${day}: ${text(n)}` }, h("b", { "aria-hidden": "true" }, some.length <= 10 ? text(n) : ""), h("i", { css: { height: `${Math.max(2, (100 * n) / most)}%` } }),
      h("span", { "aria-hidden": "true" }, some.length <= 10 ? day.slice(5).replace("-", "/") : "")))) : h("p", { class: "dim" }, "Nothing yet."));
}

function dear(completed) {
  const found = completed.filter((e) => e.duration).toSorted((a, b) => b.duration - a.duration).slice(0, 8);
  if (!found.length) return null;
  const most = found[0].duration;
  return h("section", { class: "section" }, h("header", {}, h("h2", {}, "What took longest")), h("ul", { class: "card lines" }, found.map((e) => h("li", {}, link({ id: e.task }), h("div", { class: "meter grow s-in_progress", "aria-hidden": "true" }, h("i", { css: { width: `${(100 * e.duration) / most}%` } })),
    h("span", { class: "dim" }, [span(e.duration), price(e.cost_usd, e.tokens)].filter(Boolean).join(" · ")), said(e.agent, { class: "dim small" })))));
}
