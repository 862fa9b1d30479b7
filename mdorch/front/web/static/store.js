// What the server has told, kept up to date by its events.

export const state = {
  number: -1, version: "", offset: 0, connected: false, trouble: "", signedOut: false,
  head: null, needs: [], agents: [], problems: [], order: [], tasks: new Map(), handoffs: new Map(), // by keys that anybody may choose: no objects
};

const KEYED = new Set(["tasks", "handoffs"]);
const listeners = new Set();
export function watch(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
const tell = (parts) => listeners.forEach((listener) => listener(parts));

export const now = () => Date.now() + state.offset;
export const since = (iso) => (now() - Date.parse(iso)) / 1000;

// Tasks in the order of the page, each with its key and its line.
let listed = null;
export function tasks() {
  listed ??= state.order.map(([key, line]) => ({ key, line, ...state.tasks.get(key) }));
  return listed;
}
export function taskOf(id) {
  const key = state.tasks.has(id) ? id : state.order.map(([k]) => k).find((k) => state.tasks.get(k)?.id === id);
  return key === undefined ? undefined : { key, ...state.tasks.get(key) };
}

export function matches(task, text) {
  if (!text) return true;
  const all = `${task.id} ${task.title} ${task.agent} ${task.status_text} ${task.group} ${task.notes}`.toLowerCase();
  return text.toLowerCase().split(/\s+/).every((piece) => all.includes(piece));
}

function took(told) {
  state.number = told.number;
  state.version = told.version;
  state.offset = Date.parse(told.now) - Date.now();
  state.trouble = "";
  listed = null;
}

function all(told) {
  for (const [name, part] of Object.entries(told.parts)) state[name] = KEYED.has(name) ? new Map(Object.entries(part)) : part;
  took(told);
  tell(new Set(Object.keys(told.parts)));
}

function news(told) {
  if (told.number !== state.number + 1) return open(); // something was missed
  for (const [name, part] of Object.entries(told.parts)) {
    if (!KEYED.has(name)) state[name] = part;
    else for (const [key, entry] of Object.entries(part)) {
      if (entry === null) state[name].delete(key);
      else state[name].set(key, entry);
    }
  }
  took(told);
  tell(new Set(Object.keys(told.parts)));
}

let source = null;
export function open() {
  source?.close();
  source = new EventSource("/api/events");
  const on = (name, take) => source.addEventListener(name, (event) => take(JSON.parse(event.data)));
  on("all", all);
  on("news", news);
  on("trouble", (told) => { state.trouble = told.text; tell(new Set(["trouble"])); });
  source.onopen = () => { state.connected = true; tell(new Set(["connection"])); };
  source.onerror = async () => {
    state.connected = false;
    if (source.readyState === EventSource.CLOSED) {
      state.signedOut = await fetch("/api/page").then((got) => got.status === 401, () => false);
      if (!state.signedOut) setTimeout(open, 1000);
    }
    tell(new Set(["connection"]));
  };
}

// Browsers allow six streams to one server, of all windows together: one that nobody has looked at for a while
// lets go of its own, and comes back when it is looked at.
const ASLEEP = 600_000; // milliseconds
let sleep = null;
document.addEventListener("visibilitychange", () => {
  clearTimeout(sleep);
  if (document.hidden) sleep = setTimeout(() => { source?.close(); source = null; }, ASLEEP);
  else if (!source) open();
});

// Wait until the screen has seen a version of the page, not for long.
export function seen(version) {
  if (state.version === version) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => { stop(); clearTimeout(timer); resolve(); };
    const stop = watch(() => state.version === version && done());
    const timer = setTimeout(done, 1500);
  });
}

// The server answers, and says no.
export class Refused extends Error {}

export async function ask(what, query = {}) {
  const got = await fetch(`/api/${what}?${new URLSearchParams(query)}`);
  const data = await got.json();
  if (got.ok) return data;
  if (got.status === 401) {
    state.signedOut = true;
    tell(new Set(["connection"]));
  }
  throw new Refused(data.error);
}
