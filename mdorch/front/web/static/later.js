// Work that many changes ask for and that is done once: soon after the first, never two at a time, and again
// for what came meanwhile. While any is to be done the view says that it is busy; `quiet` work is not for it.

import { Refused } from "./store.js";

let waiting = 0;
function busy(by) {
  waiting += by;
  document.getElementById("view").setAttribute("aria-busy", String(waiting > 0));
}

export function later(delay, work, quiet = false) {
  let timer = null;
  let running = false;
  let again = false;
  let stopped = false;
  let first = true;
  const run = async () => {
    timer = null;
    running = true;
    again = false;
    try {
      await work();
    } catch (error) { // no answer, and a refusal, are told at the top of the screen
      if (!(error instanceof Refused || (error instanceof TypeError && error.message.includes("fetch")))) console.error(error);
    }
    running = false;
    if (!quiet) busy(-1);
    if (again) ask();
  };
  const ask = () => {
    if (stopped) return;
    if (running) again = true;
    else if (!timer) {
      timer = setTimeout(run, first ? 0 : delay);
      if (!quiet) busy(+1);
    }
    first = false;
  };
  ask.stop = () => {
    stopped = true;
    if (timer && !quiet) busy(-1);
    clearTimeout(timer);
    timer = null;
  };
  return ask;
}
