// How statuses, times and lengths are told.

export const STATUSES = {
  in_progress: ["In progress", "▶"], in_review: ["In review", "◇"], blocked: ["Blocked", "?"], failed: ["Failed", "✗"],
  partial: ["Partial", "◐"], ready: ["Ready", "○"], waiting: ["Waiting", "·"], on_hold: ["On hold", "‖"], complete: ["Complete", "✓"],
};
export const word = (status) => STATUSES[status]?.[0] ?? status;
export const sign = (status) => STATUSES[status]?.[1] ?? "·";

export function span(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return `${whole} s`;
  const [minutes, hours, days] = [60, 3600, 86400].map((unit) => Math.floor(whole / unit));
  if (!hours) return whole % 60 && minutes < 10 ? `${minutes} min ${whole % 60} s` : `${minutes} min`;
  if (!days) return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
  return hours % 24 ? `${days} d ${hours % 24} h` : `${days} d`;
}

const day = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric" });
const hour = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });

// The time of day, with the day where it is not today.
export function clock(iso, now = Date.now()) {
  const when = new Date(iso);
  const today = when.toDateString() === new Date(now).toDateString();
  return today ? hour.format(when) : `${day.format(when)}, ${hour.format(when)}`;
}

export const dollars = (usd) => (usd >= 100 ? `$${usd.toFixed(0)}` : `$${usd.toFixed(2)}`);
export function tokens(count) {
  if (count < 1000) return `${count}`;
  return count < 1e6 ? `${(count / 1000).toFixed(1)}k` : `${(count / 1e6).toFixed(1)}M`;
}
export function price(usd, count) {
  return [usd === null || usd === undefined ? "" : dollars(usd), count ? `${tokens(count)} tokens` : ""].filter(Boolean).join(" · ");
}
export const many = (count, one, more = `${one}s`) => `${count} ${count === 1 ? one : more}`;
export const plain = (text) => text.replaceAll("_", " ");
