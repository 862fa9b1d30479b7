// Work that many changes ask for and that is done once: soon after the first, never two at a time, and again
// for what came meanwhile.

import { Refused } from "./store.js";

export function later(delay, work) {
  let timer = null;
  let busy = false;
  let again = false;
  let stopped = false;
  const run = async () => {
    timer = null;
    busy = true;
    again = false;
    try {
      await work();
    } catch (error) { // no answer, and a refusal, are told at the top of the screen
      if (!(error instanceof Refused || (error instanceof TypeError && error.message.includes("fetch")))) console.error(error);
    }
    busy = false;
    if (again) ask();
  };
  const ask = () => {
    if (stopped) return;
    if (busy) again = true;
    else timer ??= setTimeout(run, ask.first ? delay : 0);
    ask.first = true;
  };
  ask.stop = () => { stopped = true; clearTimeout(timer); };
  return ask;
}
