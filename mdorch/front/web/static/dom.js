// Elements from data. Text of the page only ever becomes text: nothing here parses HTML.

const SVG = "http://www.w3.org/2000/svg";
const CONTROLS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]/gu;

// Control characters, and those that turn the direction of what follows, as a mark that one was there.
export const clean = (text) => String(text ?? "").replace(CONTROLS, "\ufffd");

function fill(element, props, children) {
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "on") for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    else if (name === "css") for (const [property, worth] of Object.entries(value)) element.style.setProperty(property, worth);
    else if (name === "value") element.value = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((c) => c !== null && c !== undefined && c !== false)
    .map((c) => (c instanceof Node ? c : clean(c))));
  return element;
}

export const h = (tag, props, ...children) => fill(document.createElement(tag), props, children);
export const s = (tag, props, ...children) => fill(document.createElementNS(SVG, tag), props, children);

// A text of the page in a line of its own direction, so that it cannot reorder what stands beside it.
export const said = (text, props) => h("bdi", { dir: "auto", ...props }, text);

export function put(parent, ...children) {
  parent.replaceChildren(...children.flat(Infinity).filter(Boolean).map((c) => (c instanceof Node ? c : clean(c))));
  return parent;
}

// Make the children of `parent` those of `items`: elements stay where their item does, and are made anew only
// when what they show (`print`) differs. Focus and scroll positions survive.
export function keyed(parent, items, key, make, print = JSON.stringify) {
  const before = parent.keyed ?? new Map();
  const after = new Map();
  const focused = parent.contains(document.activeElement) ? document.activeElement : null;
  const place = focused?.closest("[data-key]")?.dataset.key;
  let at = parent.firstChild;
  for (const item of items) {
    const name = key(item);
    const shown = print(item);
    let [element, was] = before.get(name) ?? [];
    if (!element || was !== shown) {
      const fresh = make(item);
      fresh.dataset.key = name;
      if (element) {
        if (at === element) at = fresh;
        element.replaceWith(fresh);
        fresh.classList.add("fresh");
      }
      element = fresh;
    }
    after.set(name, [element, shown]);
    before.delete(name);
    if (element === at) at = at.nextSibling;
    else parent.insertBefore(element, at);
  }
  for (const [element] of before.values()) element.remove();
  parent.keyed = after;
  if (place !== undefined && !document.contains(focused)) refocus(after.get(place)?.[0], focused);
}

function refocus(element, was) {
  if (!element) return;
  const same = [...element.querySelectorAll(was.tagName)].find((e) => e.textContent === was.textContent);
  (same ?? (element.matches("a, button, [tabindex]") ? element : element.querySelector("a, button, [tabindex]")))?.focus();
}

const ICONS = {
  now: "M12 3v2M12 19v2M3 12h2M19 12h2M5.6 5.6l1.5 1.5M16.9 16.9l1.5 1.5M18.4 5.6l-1.5 1.5M7.1 16.9l-1.5 1.5M12 8a4 4 0 1 0 0 8a4 4 0 0 0 0-8z",
  board: "M4 5h4v14H4zM10 5h4v9h-4zM16 5h4v12h-4z",
  graph: "M4 4h5v5H4zM15 9h5v5h-5zM4 15h5v5H4zM9 6.5h3v5h3M9 17.500h3v-6",
  timeline: "M4 6h9M8 12h12M4 18h7",
  agents: "M12 4a3.500 3.500 0 1 0 0 7a3.500 3.500 0 0 0 0-7zM5 20c0-4 3-6 7-6s7 2 7 6",
  handoffs: "M4 8h14l-3.500-3.500M20 16H6l3.500 3.500",
  metrics: "M5 20V11M12 20V4M19 20v-6",
  problems: "M12 4l9 16H3zM12 10v4.500M12 17.300v.2",
  source: "M7 3h7l4 4v14H7zM14 3v4h4M10 12h5M10 16h5",
  close: "M6 6l12 12M18 6L6 18",
  plus: "M12 5v14M5 12h14",
};
export const icon = (name, size = 20) =>
  s("svg", { viewBox: "0 0 24 24", width: size, height: size, fill: "none", stroke: "currentColor", "stroke-width": 1.8,
    "stroke-linecap": "round", "stroke-linejoin": "round", "aria-hidden": "true" }, s("path", { d: ICONS[name] }));

export function button(text, listener, kind = "", props = {}) {
  return h("button", { type: "button", class: `button ${kind}`, ...props, on: { click: listener } }, text);
}
