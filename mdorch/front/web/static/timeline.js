// When what ran, and when what will: one row for each task, the past in colour, the future in outline.

import { h, put, said, button, clean } from "./dom.js";
import { ask, matches, now, taskOf } from "./store.js";
import { empty, hrefOf, link } from "./parts.js";
import { clock, many, plain, span } from "./words.js";
import { later } from "./later.js";

const RANGES = { "1 h": 3600, "6 h": 21600, "24 h": 86400, "7 d": 604800, All: Infinity };
const FEW = 120;
const NARROW = 0.06; // of the width: a bar that has no room for a name
const OUTCOMES = { complete: "complete", failed: "failed", lost: "failed", blocked: "blocked", partial: "partial", in_review: "in_review", handed_on: "complete" };

export function view(root, filter) {
  const range = h("select", { "aria-label": "How far back", on: { change: () => draw() } }, Object.keys(RANGES).map((name) => h("option", { value: name }, name === "All" ? "all of it" : `the last ${name}`)));
  range.value = "24 h";
  const summary = h("p", { class: "soft" });
  const chart = h("div", { class: "gantt card scroll", tabindex: "0", role: "group", "aria-label": "Timeline of runs" });
  root.append(h("div", { class: "tools" }, h("h1", {}, "Timeline"), h("label", {}, "Show", range)), summary, chart);
  let data = null;
  let room = FEW;
  const fetched = later(500, async () => { data = await ask("timeline"); draw(); });
  const clockwork = setInterval(() => data && !document.hidden && draw(), 5000);

  function draw() {
    if (!data) return;
    const { rows, from, to, measured } = arranged(data, RANGES[range.value], filter());
    tell(summary, data.forecast);
    if (!rows.length) return void put(chart, empty("Nothing has run, and nothing is about to."));
    const scroll = [chart.scrollLeft, chart.scrollTop];
    const focused = chart.contains(document.activeElement) && document.activeElement.getAttribute("aria-label");
    const share = (moment) => `${(100 * (moment - from)) / (to - from)}%`;
    put(chart, h("div", { class: "gantt-inner" }, axis(from, to, share, measured), h("div", { class: "gantt-rows" },
      h("i", { class: "gantt-now", "aria-hidden": "true", css: { "--at": (now() - from) / (to - from) } }),
      rows.slice(0, room).map((row) => line(row, share, from, to))), rows.length > room && button(`Show more of ${rows.length - room}`, () => { room += 4 * FEW; draw(); }, "quiet")));
    chart.scrollTo(...scroll);
    if (focused) chart.querySelector(`[aria-label="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  }
  const update = (parts) => (parts.has("filter") ? draw() : (parts.has("tasks") || !data) && fetched());
  return { update, leave: () => { fetched.stop(); clearInterval(clockwork); } };
}

function tell(summary, forecast) {
  const text = !forecast.runs.length ? "Nothing is left to start by itself."
    : !forecast.measured ? `${many(forecast.runs.length, "run")} to come; no run was measured yet, so only their order means anything.`
    : `${many(forecast.runs.length, "run")} to come, through at about ${clock(forecast.end)} (between ${clock(forecast.earliest)} and ${clock(forecast.latest)})${forecast.one_more_slot_saves_s > 1 ? `; one more slot would save ${span(forecast.one_more_slot_saves_s)}` : ""}.`;
  summary.textContent = forecast.never.length ? `${text} ${many(forecast.never.length, "task needs", "tasks need")} a person before it goes on.` : text;
}

// Rows with their bars, and from when to when they are.
function arranged(data, back, text) {
  const time = now();
  const rows = new Map();
  const row = (task) => rows.get(task) ?? rows.set(task, { task, bars: [] }).get(task);
  const fits = (id) => !text || matches(taskOf(id) ?? { id, title: "", agent: "", status_text: "", group: "", notes: "" }, text);
  for (const run of data.runs.filter((r) => r.started && fits(r.task))) {
    const start = Date.parse(run.started);
    const live = ["claimed", "started"].includes(run.state);
    const end = live ? time : Date.parse(run.ended ?? run.started);
    if (end >= time - back * 1000) row(run.task).bars.push({ start, end, run, live });
  }
  const past = [...rows.values()].flatMap((r) => r.bars.map((b) => b.start));
  const first = Math.max(Math.min(time - 10_000, ...past), time - back * 1000);
  const { measured, runs } = data.forecast;
  const step = Math.max(30_000, (time - first) / 12);
  runs.filter((entry) => fits(entry.task)).forEach((entry, n) => {
    if (measured) row(entry.task).bars.push({ start: Math.max(Date.parse(entry.start), time), end: Math.max(Date.parse(entry.end), time + 1000), entry });
    else if (!entry.running && n < 40) row(entry.task).bars.push({ start: time + n * step * 0.5, end: time + (n + 1) * step * 0.5, entry });
  });
  const last = Math.max(time + 5_000, time + (time - first) * 0.05, ...[...rows.values()].flatMap((r) => r.bars.map((b) => b.end)));
  const sorted = [...rows.values()].sort((a, b) => a.bars[0].start - b.bars[0].start);
  return { rows: sorted, from: first - (last - first) * 0.01, to: last + (last - first) * 0.02, measured };
}

const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800, 2419200];

function axis(from, to, share, measured) {
  const step = STEPS.find((one) => (to - from) / 1000 / one <= 8) * 1000 || (to - from) / 8;
  const zone = new Date(from).getTimezoneOffset() * 60_000;
  const ticks = [];
  for (let at = Math.ceil((from - zone) / step) * step + zone; at < to; at += step) ticks.push(at);
  const text = (at) => (step < 60_000 ? new Date(at).toLocaleTimeString() : clock(at));
  const future = (at) => !measured && at > now();
  return h("div", { class: "gantt-axis", "aria-hidden": "true" }, ticks.filter((at) => !future(at)).map((at) => h("span", { css: { left: share(at) } }, text(at))));
}

function line({ task, bars }, share, from, to) {
  const known = taskOf(task);
  return h("div", { class: "gantt-row" }, h("div", { class: "gantt-name" }, link({ id: task, title: known?.title }), said(known?.title ?? "", { class: "dim small cut" })),
    h("div", { class: "gantt-bars" }, bars.filter((b) => b.end > from).map((bar) => {
      const start = Math.max(bar.start, from);
      const { tone, label } = about(bar);
      return h("a", { class: `gantt-bar s-${tone} ${bar.entry ? "future" : ""} ${bar.live ? "live" : ""}`, href: hrefOf(task, "timeline"), title: clean(label), "aria-label": clean(label),
        css: { left: share(start), width: `${(100 * (bar.end - start)) / (to - from)}%` } }, (bar.end - start) / (to - from) > NARROW && said(bar.run?.agent ?? bar.entry.agent, { class: "cut" }));
    })));
}

function about({ start, end, run, entry, live }) {
  const length = span((end - start) / 1000);
  if (entry) return { tone: "waiting", label: `${entry.task}, expected: ${entry.agent}${entry.start ? `, ${clock(start)} to ${clock(end)}` : ""}` };
  if (live) return { tone: "in_progress", label: `${run.id}: ${run.agent}, at work for ${length}` };
  const how = run.outcome || run.end || "";
  return { tone: OUTCOMES[how] ?? (run.exit_code === 0 ? "complete" : "failed"), label: `${run.id}: ${run.agent}, ${clock(start)}, ${length}, ${plain(how)}` };
}
