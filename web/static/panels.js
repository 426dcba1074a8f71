// Draws the parts of the board. Each function takes the board as it came and brings its part of the page up to date.

import { clock, counter, el, percent, put, sync } from "./dom.js";
import { named, text } from "./texts.js";

export const GOOD_RATE = 0.95;
export const LEAST_RATE = 0.9;

// What a ratio means, in a word for those who don't see the colour.
export function tone(rate) {
  if (rate === null) return "";
  if (rate < LEAST_RATE) return "bad";
  return rate < GOOD_RATE ? "warn" : "good";
}

// -- big figures ------------------------------------------------------------------------------------

export function tiles(parent, board, formulas) {
  const { totals, stages, service_level_seconds: T } = board;
  const late = totals.longest_wait_seconds === null ? "" : waitTone(totals.longest_wait_since, T);
  const ready = board.operators.filter((o) => o.state === "available").length;
  const rate = tone(totals.connect_rate_24h);
  const below = { bad: text("sub_below", { p: "90%" }), warn: text("sub_below", { p: "95%" }) }[rate];
  const today = text("sub_today", { p: percent(totals.connect_rate_today) });
  const items = [
    { key: "waiting", label: text("waiting"), value: totals.waiting, sub: text("sub_waiting_ready", { n: ready }), formula: "waiting" },
    {
      key: "longest", label: text("longest"), since: totals.longest_wait_since, value: "—", tone: late, formula: "longest_wait_seconds",
      sub: totals.waiting ? text(late ? "sub_over_target" : "sub_within_target", { T }) : text("sub_nobody"),
    },
    {
      key: "service_level", label: text("service_level"), tag: text("within", { T }), value: percent(totals.service_level), formula: "service_level",
      sub: `${text("sub_counts", { a: totals.answered_within_target, b: totals.service_level_calls })} · ${text("today")}`,
    },
    {
      key: "connect_rate", label: text("connect_rate"), tag: text("last_24h"), value: percent(totals.connect_rate_24h), tone: rate === "good" ? "" : rate,
      sub: [below, text("sub_counts", { a: totals.asked_answered_24h, b: totals.asked_24h }), today].filter(Boolean).join(" · "), formula: "connect_rate_24h",
    },
    {
      key: "talking", label: text("talking"), value: stages.talking, formula: "talking",
      sub: text("sub_stages", { r: stages.ringing, m: stages.in_menu, t: stages.transferring }),
    },
  ];
  sync(parent, items, (i) => i.key, tile, (node, item) => {
    const [head, value, sub, formula] = node.children;
    put(head.children[0], item.label);
    put(head.children[1], item.tag || "");
    if (item.since) counter(value, item.since);
    else {
      delete value.dataset.since;
      put(value, item.value);
    }
    put(sub, item.sub);
    put(formula, formulas(item.formula));
    node.className = `tile ${item.tone || ""}`;
  });
}

function tile(item) {
  const node = el("article", "tile");
  const head = el("h2", "tile-head");
  head.append(el("span"), el("span", "tag"));
  const value = el("p", "tile-value");
  value.id = `figure-${item.key}`;
  node.append(head, value, el("p", "tile-sub"), el("p", "tile-formula"));
  return node;
}

function waitTone(since, target) {
  const waited = (clock.now() - Date.parse(since)) / 1000;
  if (waited > 4 * target) return "bad";
  return waited > target ? "warn" : "";
}

// -- call queues ------------------------------------------------------------------------------------

const QUEUE_COLUMNS = [
  ["waiting", (r) => r.waiting, "strong"],
  ["longest", null, ""],
  ["operators_ready", (r) => (r.operators_signed_in === undefined ? "" : `${r.operators_ready} / ${r.operators_signed_in}`), ""],
  ["offered", (r) => r.offered, ""],
  ["answered", (r) => r.answered, ""],
  ["abandoned", (r) => r.abandoned, ""],
  ["short_abandons", (r) => r.short_abandons, "muted"],
  ["service_level", (r) => percent(r.service_level), "strong"],
  ["asa_seconds", (r) => seconds(r.asa_seconds), ""],
  ["abandon_rate", (r) => percent(r.abandon_rate), ""],
  ["connect_rate_24h", (r) => percent(r.connect_rate_24h), "strong"],
];

export function queues(table, board) {
  if (!table.tHead) table.append(el("thead"), el("tbody"));
  const heads = ["queue", ...QUEUE_COLUMNS.map(([key]) => key)];
  if (!table.tHead.rows.length) table.tHead.append(el("tr"));
  sync(table.tHead.rows[0], heads, (key) => key, headCell, (node, key) => put(node.firstElementChild, text(key)));
  const rows = board.queues.map((row) => ({ id: row.queue_id, title: named(row.name, row.queue_id), row }));
  rows.push({ id: "*", title: rows.length ? text("all_queues") : text("no_queues"), row: board.totals });
  sync(table.tBodies[0], rows, (r) => r.id, queueRow, (node, { id, title, row }) => {
    put(node.cells[0], title);
    node.className = id === "*" ? "sum" : "";
    QUEUE_COLUMNS.forEach(([key, show], n) => {
      const cell = node.cells[n + 1];
      if (show) put(cell, show(row));
      else if (row.longest_wait_since) counter(cell, row.longest_wait_since);
      else {
        counter(cell, null);
        put(cell, "—");
      }
      if (key === "connect_rate_24h") cell.dataset.tone = tone(row.connect_rate_24h);
      if (key === "longest") {
        cell.dataset.tone = row.longest_wait_since ? waitTone(row.longest_wait_since, board.service_level_seconds) : "";
      }
    });
  });
}

function headCell(key) {
  const cell = el("th");
  cell.scope = "col";
  const label = el(key === "queue" ? "span" : "button", key === "queue" ? "" : "explain");
  if (key !== "queue") {
    label.type = "button";
    label.dataset.formula = key === "longest" ? "longest_wait_seconds" : key;
  }
  cell.append(label);
  return cell;
}

function queueRow() {
  const row = el("tr");
  const title = el("th");
  title.scope = "row";
  row.append(title, ...QUEUE_COLUMNS.map(([, , className]) => el("td", className)));
  return row;
}

function seconds(value) {
  if (value === null) return "—";
  return text("in_seconds", { n: value < 100 ? value.toFixed(1) : Math.round(value) });
}

// -- waiting callers --------------------------------------------------------------------------------

const MOST_WAITING = 100;

export function waiting(parent, board) {
  const names = Object.fromEntries(board.queues.map((q) => [q.queue_id, named(q.name, q.queue_id)]));
  const items = board.waiting.slice(0, MOST_WAITING).map((row) => ({ key: row.call_id, row }));
  const more = board.waiting.length - items.length;
  if (more > 0) items.push({ key: "*more", note: text("and_more", { n: more }) });
  if (!board.waiting.length) items.push({ key: "*none", note: text("nobody_waits"), quiet: true });
  sync(parent, items, (i) => i.key, (i) => (i.row ? waitingRow() : el("li", "note")), (node, { row, note, quiet }) => {
    if (!row) {
      put(node, note);
      node.classList.toggle("quiet", Boolean(quiet));
      return;
    }
    const [who, timer] = node.children;
    put(who.children[0], row.ani || text("number_hidden"));
    const facts = [names[row.queue_id] || row.queue_id, text("position", { n: row.position })];
    if (row.at_head) facts.push(text("at_head"));
    if (row.priority) facts.push(text("priority", { n: row.priority }));
    put(who.children[1].children[0], facts.join(" · "));
    put(who.children[1].children[1], row.ringing_operator_id ? text("ringing_operator", { id: row.ringing_operator_id }) : "");
    counter(timer, row.queued_at);
    node.dataset.tone = waitTone(row.queued_at, board.service_level_seconds);
  });
}

function waitingRow() {
  const row = el("li", "waiting-row");
  const who = el("div", "who");
  const facts = el("span", "facts");
  facts.append(el("span"), el("span", "ringing-note"));
  who.append(el("span", "ani"), facts);
  row.append(who, el("span", "timer"));
  return row;
}
