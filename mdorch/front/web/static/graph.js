// Who waits for whom. Only what can be seen is drawn; the critical path is marked; what runs is alive.

import { h, s, keyed, put, said, button, clean } from "./dom.js";
import { ask, matches, tasks } from "./store.js";
import { empty, hrefOf } from "./parts.js";
import { NODE, layout } from "./layout.js";
import { STATUSES, sign, word } from "./words.js";
import { later } from "./later.js";

const ROOM = 24; // around the graph
const MARGIN = 300; // beyond the edge of what can be seen
const SMALL = 80; // tasks: with no more of them all are shown at first
const STEP = 1.25;
const LEGIBLE = 0.7; // the smallest scale to begin with

export function view(root, filter) {
  const nodes = h("div", { class: "nodes" });
  const lines = s("svg", { class: "arrows", "aria-hidden": "true" },
    s("defs", {}, ["", "-critical"].map((kind) => s("marker", { id: `tip${kind}`, viewBox: "0 0 8 8", refX: 7, refY: 4, markerUnits: "userSpaceOnUse", markerWidth: kind ? 12 : 9, markerHeight: kind ? 12 : 9, orient: "auto" }, s("path", { d: "M0 0L8 4L0 8z", class: `tip${kind}` })))));
  const canvas = h("div", { class: "canvas" }, lines, nodes);
  const frame = h("div", { class: "graph card", tabindex: "0", role: "group", "aria-label": "Dependency graph; arrow keys go along the arrows" }, canvas);
  const note = h("p", { class: "dim small" });
  const open = h("input", { type: "checkbox", on: { change: () => draw() } });
  const zoom = (by) => () => scaled(scale * by);
  root.append(h("div", { class: "tools" }, h("h1", {}, "Graph"), h("label", {}, open, "Open work only"),
    h("span", { class: "row" }, button("−", zoom(1 / STEP), "round", { "aria-label": "Smaller" }), button("+", zoom(STEP), "round", { "aria-label": "Larger" }), button("Fit", () => fit()))),
  h("ul", { class: "legend" }, Object.keys(STATUSES).map((name) => h("li", {}, h("i", { class: `swatch s-${name}`, "aria-hidden": "true" }), word(name))), h("li", {}, h("i", { class: "swatch path", "aria-hidden": "true" }), "Critical path")),
  frame, note);

  let chart = null;
  let scale = 1;
  let asked = "";
  let drawn = { key: "" };
  let first = true;
  const fetched = later(400, async () => {
    chart = await ask("chart");
    draw();
  });

  function draw() {
    const all = tasks();
    if (!chart || chart.count !== all.length) return fetched();
    if (first) { open.checked = all.length > SMALL && all.some((t) => t.status !== "complete"); }
    const shown = all.map((t, n) => (open.checked && t.status === "complete" ? -1 : n)).filter((n) => n >= 0);
    const place = new Map(shown.map((n, k) => [n, k]));
    const arrows = chart.arrows.filter(([a, b]) => place.has(a) && place.has(b)).map(([a, b]) => [place.get(a), place.get(b)]);
    const key = JSON.stringify([shown.map((n) => all[n].key), arrows]);
    if (drawn.key !== key) {
      drawn = { key, ...layout(shown.length, arrows) };
      drawn.near = neighbours(shown.length, arrows);
    }
    drawn.tasks = shown.map((n) => all[n]);
    drawn.critical = new Map(chart.critical.map((id, n) => [id, n]));
    note.textContent = chart.cut ? "This page has more arrows than can be drawn." : shown.length ? "" : "Nothing to show.";
    if (first && shown.length) {
      first = false;
      fit(LEGIBLE);
      home();
    } else scaled(scale);
  }

  function scaled(by) {
    scale = Math.min(2, Math.max(0.12, by));
    const [width, height] = [(drawn.width ?? 0) + 2 * ROOM, (drawn.height ?? 0) + 2 * ROOM];
    canvas.style.width = `${width * scale}px`;
    canvas.style.height = `${height * scale}px`;
    for (const element of [nodes, lines]) element.style.transform = `scale(${scale})`;
    lines.setAttribute("width", width);
    lines.setAttribute("height", height);
    see();
  }
  const fit = (least = 0) => scaled(Math.max(least, Math.min(1, frame.clientWidth / ((drawn.width ?? 1) + 2 * ROOM), frame.clientHeight / ((drawn.height ?? 1) + 2 * ROOM))));
  function home() {
    const at = drawn.tasks.findIndex((t) => t.rule === "running") >= 0 ? drawn.tasks.findIndex((t) => t.rule === "running") : drawn.tasks.findIndex((t) => t.id === chart.critical[0]);
    if (at < 0) return;
    const { x, y } = drawn.places[at];
    const sees = (x + NODE.width) * scale < frame.clientWidth && (y + NODE.height) * scale < frame.clientHeight;
    if (!sees) frame.scrollTo((x - 120) * scale, y * scale - frame.clientHeight / 2);
  }

  function see() {
    if (!drawn.tasks) return;
    const box = [frame.scrollLeft / scale - MARGIN, frame.scrollTop / scale - MARGIN, (frame.scrollLeft + frame.clientWidth) / scale + MARGIN, (frame.scrollTop + frame.clientHeight) / scale + MARGIN];
    const meets = ([a, b, c, d]) => a <= box[2] && c >= box[0] && b <= box[3] && d >= box[1];
    const text = filter();
    const seen = drawn.tasks.map((t, n) => ({ t, n, ...drawn.places[n] })).filter((e) => meets([e.x, e.y, e.x + NODE.width, e.y + NODE.height]));
    keyed(nodes, seen, (e) => e.t.key, (e) => node(e, drawn, matches(e.t, text)), (e) => JSON.stringify([e.x, e.y, e.t.id, e.t.title, e.t.status, e.t.rule, e.t.reason, drawn.critical.has(e.t.id), matches(e.t, text), e.t.key === asked]));
    keyed(lines, [{ defs: true }, ...drawn.ways.filter((w) => meets(w.box)).sort((a, b) => isCritical(a, drawn) - isCritical(b, drawn))], (w) => (w.defs ? "defs" : `${w.from} ${w.to}`), (w) => arrow(w, drawn), (w) => (w.defs ? "" : JSON.stringify([w.way, isCritical(w, drawn), lively(w, drawn)])));
  }
  lines.keyed = new Map([["defs", [lines.firstChild, ""]]]);
  let waiting = false;
  const soon = () => { if (!waiting) { waiting = true; requestAnimationFrame(() => { waiting = false; see(); }); } };
  frame.addEventListener("scroll", soon, { passive: true });
  const sized = new ResizeObserver(soon);
  sized.observe(frame);
  frame.addEventListener("wheel", (event) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    scaled(scale * (event.deltaY < 0 ? STEP : 1 / STEP));
  }, { passive: false });
  frame.addEventListener("keydown", (event) => {
    const way = { ArrowLeft: "left", ArrowRight: "right", ArrowUp: "up", ArrowDown: "down" }[event.key];
    if (!way || !drawn.tasks?.length) return;
    event.preventDefault();
    const at = drawn.tasks.findIndex((t) => t.key === document.activeElement?.dataset?.key);
    const next = at < 0 ? 0 : step(at, way, drawn);
    const { x, y } = drawn.places[next];
    frame.scrollTo(Math.min(frame.scrollLeft, x * scale), Math.min(frame.scrollTop, y * scale));
    frame.scrollTo(Math.max(frame.scrollLeft, (x + NODE.width + 2 * ROOM) * scale - frame.clientWidth), Math.max(frame.scrollTop, (y + NODE.height + 2 * ROOM) * scale - frame.clientHeight));
    see();
    nodes.keyed.get(drawn.tasks[next].key)?.[0].focus({ preventScroll: true });
  });

  const update = (parts, about) => {
    asked = about;
    if (!tasks().length) return void put(note, empty("No tasks yet."));
    if (!chart || parts.has("tasks") || parts.has("order")) fetched();
    if (chart) draw();
  };
  return { update, leave: () => { fetched.stop(); sized.disconnect(); } };
}

function neighbours(count, arrows) {
  const near = { left: Array.from({ length: count }, () => []), right: Array.from({ length: count }, () => []) };
  for (const [a, b] of arrows) { near.right[a].push(b); near.left[b].push(a); }
  return near;
}

// Along an arrow, to the nearest; or to the next one above or below.
function step(at, way, drawn) {
  const here = drawn.places[at];
  if (way === "left" || way === "right") {
    const to = drawn.near[way][at];
    return to.length ? to.reduce((a, b) => (Math.abs(drawn.places[a].y - here.y) <= Math.abs(drawn.places[b].y - here.y) ? a : b)) : at;
  }
  const side = way === "up" ? -1 : 1;
  let best = at;
  drawn.places.forEach((p, n) => {
    const far = (p.y - here.y) * side;
    if (p.x === here.x && far > 0 && (best === at || far < (drawn.places[best].y - here.y) * side)) best = n;
  });
  return best;
}

function node({ t, n, x, y }, drawn, fits) {
  const needs = drawn.near.left[n].map((m) => drawn.tasks[m].id).join(", ");
  const critical = drawn.critical.has(t.id);
  return h("a", { class: `node s-${t.status} ${critical ? "critical" : ""} ${fits ? "" : "faded"}`, href: hrefOf(t.id, "graph"),
    css: { left: `${x + ROOM}px`, top: `${y + ROOM}px`, width: `${NODE.width}px`, height: `${NODE.height}px` },
    "aria-label": clean(`${t.id} ${t.title}, ${word(t.status)}${needs ? `, needs ${needs}` : ""}${critical ? ", on the critical path" : ""}`), title: clean(`${t.title}\n${t.id} ${t.reason}`) },
  h("span", { class: "row" }, h("i", { class: `sign ${t.rule === "running" ? "pulse" : ""}`, "aria-hidden": "true" }, sign(t.status)), said(t.id, { class: "id" })), said(t.title, { class: "cut" }));
}

function isCritical(w, drawn) {
  const [a, b] = [w.from, w.to].map((n) => drawn.critical.get(drawn.tasks[n].id));
  return a !== undefined && b === a + 1;
}
const lively = (w, drawn) => drawn.tasks[w.from].status === "complete";

function arrow(w, drawn) {
  const critical = isCritical(w, drawn);
  const kind = critical ? "critical" : w.turned ? "turned" : lively(w, drawn) ? "met" : "";
  return s("path", { d: w.way, class: `arrow ${kind}`, transform: `translate(${ROOM} ${ROOM})`, [w.turned ? "marker-start" : "marker-end"]: `url(#tip${critical ? "-critical" : ""})` });
}
