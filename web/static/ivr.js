// The page of the menus: what is live, the drawn flow with the drop-off of each node, the same as a table.

import { clock, duration, el, percent, put, sync } from "./dom.js";
import { lang, named, read, setLanguage, text, TEXTS, write } from "./texts.js";

Object.assign(TEXTS, {
  menus_subtitle: ["语音菜单：今日流程与流失", "Menus: today's flow and drop-off"],
  board_page: ["看板", "Board"],
  configuration: ["配置", "Configuration"],
  configuration_live: ["版本 {version} · {at} · {by}{note}", "version {version} · {at} · {by}{note}"],
  configuration_refused: [
    "{at} {by} 提交的配置未生效，仍按版本 {version} 运行：",
    "refused at {at} (by {by}); version {version} goes on:",
  ],
  notices: ["通知", "Notices"],
  notice_before: ["菜单前播放", "before the menu"],
  notice_instead: ["代替菜单", "instead of the menu"],
  notice_row: ["{says}（{mode} · {lines} · 至 {until}）", "{says} ({mode} · {lines} · until {until})"],
  every_line: ["全部线路", "every line"],
  flow: ["流程", "Flow"],
  nodes: ["各节点", "Nodes"],
  col_line: ["线路", "Line"],
  col_flow: ["流程", "Flow"],
  col_node: ["节点", "Node"],
  col_entries: ["进入", "Entries"],
  col_keys: ["按键", "Keys"],
  col_no_input: ["未按键", "No input"],
  col_invalid_input: ["错键", "Wrong key"],
  col_hung_up: ["挂机", "Hung up"],
  col_mean_seconds: ["平均停留", "Mean time"],
  col_drop_off: ["流失", "Drop-off"],
  no_calls_yet: ["今日尚无来电", "No calls today yet"],
  calls_of_line: ["{name} · {n} 个来电", "{name} · {n} calls"],
});

const LOOK_MS = 3000;
const HIGH_DROP_OFF = 0.1;
const COLUMNS = ["line", "flow", "node", "entries", "keys", "no_input", "invalid_input", "hung_up", "mean_seconds", "drop_off"];
const $ = (id) => document.getElementById(id);

let overview = null;
let chosen = "";
let connected = false;

async function look() {
  try {
    const answer = await fetch("/api/ivr", { signal: AbortSignal.timeout(LOOK_MS * 3) });
    if (!answer.ok) throw new Error(String(answer.status));
    overview = await answer.json();
    clock.set(overview.at, overview.utc_offset_seconds);
    connected = true;
  } catch {
    connected = false;
  }
  draw();
  setTimeout(look, LOOK_MS);
}

function draw() {
  const state = connected ? "live" : overview ? "lost" : "connecting";
  put($("feed"), text(state));
  $("feed").dataset.state = state;
  $("menus").dataset.state = overview ? (connected ? "live" : "stale") : "loading";
  if (!overview) return;
  const city = named(overview.city_name, "12345");
  put($("city"), city);
  document.title = `${text("menus_page")} · ${city}`;
  put($("day"), overview.day);
  drawConfiguration();
  drawNotices();
  drawPicture();
  drawNodes();
}

const moment = (at) => { const { date, time } = clock.city(at); return `${date} ${time}`; };

function drawConfiguration() {
  const { result, version, by, note, at, problems } = overview.configuration;
  const key = result === "refused" ? "configuration_refused" : "configuration_live";
  put($("configuration"), text(key, { version, by, at: moment(at), note: note ? ` · ${note}` : "" }));
  sync($("problems"), problems, (problem) => problem, () => el("li"), put);
}

function drawNotices() {
  $("notices-panel").hidden = !overview.notices.length;
  sync($("notices"), overview.notices, (n) => n.id, () => el("li"), (node, n) => {
    const says = n.prompt || named(n.text || {}, n.id);
    const lines = (n.lines || []).map(lineName).join("、") || text("every_line");
    put(node, text("notice_row", { says, mode: text(`notice_${n.mode}`), lines, until: moment(n.until) }));
  });
}

function lineName(id) {
  const line = overview.lines.find((each) => each.line === id);
  return line ? named(line.name, id) : id;
}

function drawPicture() {
  const lines = overview.lines;
  if (!lines.some((line) => line.line === chosen)) chosen = lines.length ? lines[0].line : "";
  sync($("lines"), lines, (line) => line.line, (line) => {
    const button = el("button", "chip");
    button.type = "button";
    button.addEventListener("click", () => { chosen = line.line; draw(); });
    return button;
  }, (node, line) => {
    put(node, text("calls_of_line", { name: named(line.name, line.line), n: line.calls }));
    node.setAttribute("aria-pressed", String(line.line === chosen));
  });
  const language = lang() in overview.city_name ? lang() : Object.keys(overview.city_name)[0];
  const rows = overview.nodes.filter((row) => row.line === chosen);
  const counted = rows.reduce((sum, row) => sum + row.entries + row.hung_up + row.no_input + row.invalid_input, 0);
  // the address changes with the figures, so that the picture is fetched when there is something new in it
  const address = `/api/ivr/${chosen}.svg?language=${language}&v=${overview.configuration.version}-${overview.day}-${counted}`;
  if (chosen && $("picture").getAttribute("src") !== address) {
    $("picture").src = address;
    $("picture").alt = lineName(chosen);
  }
}

function drawNodes() {
  const table = $("nodes");
  if (!table.tHead) {
    table.createTHead().insertRow();
    table.createTBody();
  }
  sync(table.tHead.rows[0], COLUMNS, (name) => name, () => el("th"), (node, name) => put(node, text(`col_${name}`)));
  const rows = overview.nodes.length ? overview.nodes : [null];
  sync(table.tBodies[0], rows, (row) => (row ? `${row.line}/${row.flow}/${row.node}` : ""), () => el("tr"), (node, row) => {
    const cells = row ? COLUMNS.map((name) => ({ name, shown: shown(name, row) })) : [{ name: "none", shown: text("no_calls_yet") }];
    sync(node, cells, (cell) => cell.name, () => el("td"), (cell, value) => {
      put(cell, value.shown);
      cell.className = value.name === "drop_off" && row.drop_off > HIGH_DROP_OFF ? "high" : "";
      if (!row) cell.colSpan = COLUMNS.length;
    });
  });
}

function shown(name, row) {
  switch (name) {
    case "line": return lineName(row.line);
    case "keys": return Object.entries(row.keys).map(([key, count]) => `${key}:${count}`).join("  ");
    case "mean_seconds": return row.mean_seconds === null ? "—" : row.mean_seconds < 60 ? `${row.mean_seconds.toFixed(1)} s` : duration(row.mean_seconds);
    case "drop_off": return percent(row.drop_off);
    default: return row[name];
  }
}

// -- language and theme -----------------------------------------------------------------------------

function drawWords() {
  document.documentElement.lang = lang();
  for (const node of document.querySelectorAll("[data-text]")) put(node, text(node.dataset.text));
  for (const node of document.querySelectorAll("[data-label]")) {
    node.setAttribute("aria-label", text(node.dataset.label));
    node.title = text(node.dataset.label);
  }
  put($("language"), text("language"));
  put($("theme"), document.documentElement.dataset.theme === "dark" ? "☀" : "☾");
  draw();
}

function applyTheme(theme) {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.theme = theme || (dark ? "dark" : "light");
}

$("language").addEventListener("click", () => {
  setLanguage(lang() === "zh" ? "en" : "zh");
  drawWords();
});
$("theme").addEventListener("click", () => {
  const next = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
  write("theme", next);
  applyTheme(next);
  drawWords();
});

applyTheme(read("theme"));
drawWords();
look();
