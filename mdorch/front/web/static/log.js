// What a run prints, as it prints it.

import { h, put, said, button } from "./dom.js";

const SIGNS = { tool: "▶", file: "→", trouble: "!", note: "·", done: "✓", failed: "✗" };
const MOST = 3000; // pieces that are kept on the screen

export function log(root, id, run) {
  const lines = h("div", { class: "log", role: "log", "aria-label": "Output", tabindex: "0" });
  const state = h("span", { class: "dim small" });
  const down = button("Follow", () => { stick = true; lines.scrollTop = lines.scrollHeight; }, "quiet", { hidden: true });
  put(root, h("header", { class: "row spread" }, h("h2", {}, "Output of ", said(run.id)), h("span", { class: "row" }, state, down)), lines);
  let stick = true;
  lines.addEventListener("scroll", () => {
    stick = lines.scrollHeight - lines.scrollTop - lines.clientHeight < 24;
    down.hidden = stick;
  });
  let source = null;
  let ended = false;
  const listen = () => {
    source = new EventSource(`/api/logs?${new URLSearchParams({ id, attempt: run.attempt })}`);
    source.addEventListener("run", (event) => {
      put(lines);
      state.textContent = JSON.parse(event.data).is_there ? "live" : "cleared away";
    });
    source.addEventListener("pieces", (event) => {
      lines.append(...JSON.parse(event.data).map(piece));
      while (lines.childElementCount > MOST) lines.firstChild.remove();
      if (stick) lines.scrollTop = lines.scrollHeight;
    });
    source.addEventListener("end", () => {
      ended = true;
      source.close();
      state.textContent = "ended";
      if (!lines.childElementCount) put(lines, h("p", { class: "dim" }, "It has printed nothing."));
    });
    source.onerror = () => { if (source.readyState === EventSource.CLOSED) state.textContent = "not to be had"; };
  };
  // Browsers allow few streams to one server: none for what nobody sees.
  const seen = () => {
    source.close();
    if (!document.hidden && !ended) listen();
  };
  listen();
  document.addEventListener("visibilitychange", seen);
  return { close: () => { source.close(); document.removeEventListener("visibilitychange", seen); } };
}

function piece({ kind, tool, text }) {
  const line = h("div", { class: `piece piece-${kind}` });
  if (SIGNS[kind]) line.append(h("i", { class: "sign", "aria-hidden": "true" }, SIGNS[kind]), " ");
  if (tool) line.append(h("b", {}, said(tool)), " ");
  line.append(said(text.replace(/\n$/, "")));
  return line;
}
