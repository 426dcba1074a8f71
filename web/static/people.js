// Draws operators and hotlines.

import { counter, duration, el, percent, put, sync } from "./dom.js";
import { tone } from "./panels.js";
import { named, text } from "./texts.js";

// -- operators --------------------------------------------------------------------------------------

const STATES = ["available", "ringing", "talking", "wrap_up", "paused", "not_responding", "unreachable", "offline"];
const DENSE_FROM = 40;
const MANY_FROM = 24; // from here on they stand below everything else
let chosen = null;

export function operators(parent, filters, board, redraw) {
  const all = board.operators;
  const dense = all.length > DENSE_FROM;
  const counts = Object.fromEntries(STATES.map((state) => [state, 0]));
  for (const row of all) counts[row.state] += 1;
  const chips = [
    { key: "all", n: all.length },
    { key: "signed_in", n: all.length - counts.offline },
    ...STATES.map((state) => ({ key: state, n: counts[state], state })),
  ];
  // a large room starts with those who are there
  const filter = chosen ?? (dense && counts.offline < all.length ? "signed_in" : "all");
  sync(filters, chips.filter((c) => c.n || !c.state || c.key === filter), (c) => c.key, () => chip(redraw), (node, c) => {
    put(node.children[1], text(c.key));
    put(node.children[2], c.n);
    if (c.state) node.dataset.state = c.state;
    node.setAttribute("aria-pressed", String(c.key === filter));
  });
  const shown = all.filter((row) => filter === "all" || row.state === filter || (filter === "signed_in" && row.state !== "offline"));
  parent.classList.toggle("dense", dense);
  parent.closest(".layout").classList.toggle("many", all.length > MANY_FROM);
  if (!shown.length) {
    sync(parent, [text(all.length ? "none_in_filter" : "no_operators")], () => "*", () => el("p", "note quiet"), put);
    return;
  }
  sync(parent, shown, (row) => row.operator_id, operatorTile, (node, row) => operatorUpdate(node, row, dense));
}

function chip(redraw) {
  const node = el("button", "chip");
  node.type = "button";
  node.append(el("i", "dot"), el("span"), el("b"));
  node.addEventListener("click", () => {
    chosen = node.dataset.key;
    redraw();
  });
  return node;
}

function operatorTile() {
  const node = el("article", "operator");
  const head = el("div", "operator-head");
  head.append(el("b"), el("span", "operator-name"));
  const state = el("div", "operator-state");
  state.append(el("span", "state"), el("span", "timer"));
  node.append(head, state, el("div", "operator-counts"));
  return node;
}

function operatorUpdate(node, row, dense) {
  const [head, state, counts] = node.children;
  put(head.children[0], row.operator_id);
  put(head.children[1], row.name);
  node.dataset.state = row.state;
  node.dataset.alarm = row.over_limit_at ? "pause" : "";
  put(state.children[0], text(row.state) + (row.state === "paused" && row.reason && !dense ? ` · ${row.reason}` : "") + (row.over_limit_at ? ` · ${text("over_limit")}` : ""));
  counter(state.children[1], row.state === "offline" ? null : row.since);
  put(counts, text("operator_counts", { a: row.answered, m: row.missed }));
  node.dataset.tip = text("operator_tip", {
    name: row.name,
    id: row.operator_id,
    state: text(row.state),
    reason: (row.reason ? ` · ${row.reason}` : "") + (row.phone ? ` · ${row.phone}` : ""),
    a: row.answered,
    m: row.missed,
    c: row.caller_left_while_ringing,
    d: row.declined,
    t: duration(row.talk_seconds),
    skills: Object.entries(row.skills).map(([skill, level]) => `${skill} ${level}`).join(", ") || "—",
  });
}

// -- hotlines ---------------------------------------------------------------------------------------

const FAILURES = ["busy", "no_answer", "rejected", "unreachable", "failed", "caller_left", "out_of_hours", "limit", "cancelled", "returned"];

export function hotlines(parent, board) {
  if (!board.hotlines.length) {
    sync(parent, [text("no_hotlines")], () => "*", () => el("p", "note quiet"), put);
    return;
  }
  sync(parent, board.hotlines, (row) => row.hotline_id, hotlineRow, (node, row) => {
    const [head, foot, bar] = node.children;
    put(head.children[0], named(row.name, row.hotline_id));
    put(head.children[1], row.number);
    put(head.children[2], percent(row.connect_rate_24h));
    const down = Boolean(row.down_since);
    const meaning = verdict(row);
    node.dataset.tone = meaning;
    node.dataset.down = String(down);
    const words = [down ? text("hotline_down") : "", meaning === "bad" || meaning === "warn" ? text(`rate_${meaning}`) : ""];
    put(foot.children[0], words.filter(Boolean).join(" · "));
    put(foot.children[1], hotlineCounts(row));
    put(foot.children[2], row.ringing ? text("hotline_ringing", { n: row.ringing }) : "");
    put(foot.children[3], row.talking ? text("hotline_talking", { n: row.talking }) : "");
    put(foot.children[4], text("rate_all", { p: percent(row.connect_rate_all_24h) }));
    node.dataset.tip = hotlineTip(row);
    bar.firstElementChild.setAttribute("width", String(100 * (row.connect_rate_24h ?? 0)));
  });
}

// The colour of an alarm, which has hysteresis; before there are enough attempts for one, no colour but good.
function verdict(row) {
  if (row.alarms.includes("beijing_90")) return "bad";
  if (row.alarms.includes("gbt33358_95")) return "warn";
  return tone(row.connect_rate_24h) === "good" ? "good" : "";
}

function hotlineTip(row) {
  const lines = [hotlineCounts(row)];
  if (row.attempts_24h) lines.push(text("rates_tip", { a: row.answered_24h, b: row.rated_24h, c: row.attempts_24h }));
  if (row.down_since) lines.push(`${text("hotline_down")} ${row.down_reason}`);
  return lines.join("\n");
}

function hotlineCounts(row) {
  if (!row.attempts) return text("hotline_untried");
  const parts = [text("hotline_counts", { a: row.answered, b: row.attempts })];
  for (const key of FAILURES) if (row[key]) parts.push(`${text(key)} ${row[key]}`);
  return parts.join(" · ");
}

function hotlineRow() {
  const node = el("article", "hotline");
  const head = el("div", "hotline-head");
  const rate = el("b", "hotline-rate");
  rate.dataset.formula = "hotline_connect_rate";
  const all = el("span", "hotline-rate-all muted");
  all.dataset.formula = "hotline_connect_rate_all";
  head.append(el("b", "hotline-name"), el("span", "muted"), rate);
  const foot = el("div", "hotline-foot");
  foot.append(el("span", "verdict"), el("span", "hotline-counts"), el("span", "live ringing"), el("span", "live talking"), all);
  node.append(head, foot, meter());
  return node;
}

// A bar whose length is an attribute: the page's policy allows no inline style.
function meter() {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", "0 0 100 4");
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("class", "meter");
  svg.setAttribute("aria-hidden", "true");
  const bar = document.createElementNS(space, "rect");
  bar.setAttribute("height", "4");
  svg.append(bar);
  return svg;
}
