// The page itself, line by line: where a link to a line leads.

import { h, put, said } from "./dom.js";
import { ask, state } from "./store.js";
import { later } from "./later.js";

export function view(root, filter) {
  const lines = h("ol", { class: "source card", "aria-label": "The page" });
  const name = h("h1", {});
  root.append(h("div", { class: "tools" }, name, h("span", { class: "dim small mono" }, said(state.head.page))), lines);
  name.textContent = state.head.page.split("/").pop();
  let version = "";
  let about = "";
  let went = "";
  const fetched = later(200, async () => {
    if (version === state.version) return go();
    const found = await ask("page");
    version = found.version;
    const wrong = new Map(state.problems.map((p) => [p.line, p]));
    const texts = found.text.split(/\r\n|\n|\r/);
    if (texts.at(-1) === "") texts.pop();
    put(lines, texts.map((text, n) => {
      const problem = wrong.get(n + 1);
      const tone = problem && { error: "failed", warning: "blocked", info: "ready" }[problem.severity];
      return h("li", { id: `L${n + 1}`, class: tone && `s-${tone} wrong`, title: problem?.message }, h("span", { class: "number", "aria-hidden": "true" }, n + 1), h("code", {}, said(text || " ")));
    }));
    go();
  });
  function go() {
    for (const marked of lines.querySelectorAll("[aria-current]")) marked.removeAttribute("aria-current");
    const line = about && lines.querySelector(`#L${CSS.escape(about)}`);
    if (!line) return;
    line.setAttribute("aria-current", "location");
    line.tabIndex = -1;
    if (went !== about) {
      line.scrollIntoView({ block: "center" });
      line.focus({ preventScroll: true });
    }
    went = about;
  }
  const update = (parts, asked) => { about = asked; fetched(); };
  return { update, leave: fetched.stop, filter };
}
