// The live board: keeps the feed connected, the clock running, and hands each board to the panels.

import { clock, el, percent, put, sync, tickAll } from "./dom.js";
import { queues, tiles, waiting } from "./panels.js";
import { hotlines, operators } from "./people.js";
import { figureName, lang, named, read, setLanguage, text, write } from "./texts.js";

const SILENCE_MS = 25000; // the server sends a board every 10 s even when nothing changes
const RETRY_MS = 1000;
const $ = (id) => document.getElementById(id);

let board = null;
let formulas = {};
let source = null;
let lastHeard = 0;
let connected = false;

// -- the feed ---------------------------------------------------------------------------------------

function connect() {
  if (source) source.close();
  lastHeard = Date.now();
  source = new EventSource("/events");
  source.addEventListener("board", (event) => {
    lastHeard = Date.now();
    board = JSON.parse(event.data);
    clock.freeze(false);
    clock.set(board.at, board.utc_offset_seconds);
    if (!connected) loadFormulas();
    connected = true;
    draw();
  });
  source.addEventListener("error", () => lose());
}

function lose() {
  if (connected) {
    connected = false;
    clock.freeze(true);
    drawState();
  }
  // the browser gives up for good when the answer is no stream, such as "too many viewers"
  if (source.readyState === EventSource.CLOSED) setTimeout(connect, RETRY_MS);
}

async function loadFormulas() {
  try {
    const answer = await fetch("/api/formulas");
    if (answer.ok) formulas = (await answer.json()).formulas;
    draw();
  } catch { /* the feed tells of a lost server */ }
}

const formula = (key) => (formulas[key] || {})[lang()] || "";

// -- drawing ----------------------------------------------------------------------------------------

function draw() {
  if (!board) return;
  const city = named(board.city_name, board.city_id || "12345");
  put($("city"), city);
  document.title = `${board.totals.waiting ? `(${board.totals.waiting}) ` : ""}${city} · 12345`;
  tiles($("tiles"), board, formula);
  queues($("queues"), board);
  operators($("operators"), $("filters"), board, draw);
  waiting($("waiting"), board);
  hotlines($("hotlines"), board);
  put($("waiting-count"), board.waiting.length || "");
  drawFormulas();
  drawState();
  tickAll();
}

function drawFormulas() {
  sync($("formulas"), Object.keys(formulas), (key) => key, () => {
    const entry = el("div");
    entry.append(el("dt"), el("dd"));
    return entry;
  }, (node, key) => {
    put(node.children[0], figureName(key));
    put(node.children[1], formula(key));
  });
}

function drawState() {
  const state = connected ? "live" : board ? "lost" : "connecting";
  put($("feed"), text(state));
  $("feed").dataset.state = state;
  $("board").dataset.state = board ? (connected ? "live" : "stale") : "loading";
  sync($("banners"), banners(), (b) => b.key, (b) => el("p", `banner ${b.tone}`), (node, b) => put(node, b.text));
}

function banners() {
  if (!board) return [];
  const found = [];
  const time = (at) => clock.city(at).time;
  if (!connected) found.push({ key: "stale", tone: "bad", text: text("banner_stale", { time: time(board.at) }) });
  if (!board.service_up) found.push({ key: "service", tone: "bad", text: text("banner_stopped") });
  else if (!board.link_up) {
    const detail = board.link_detail ? ` (${board.link_detail})` : "";
    const down = board.link_since ? text("banner_link", { time: time(board.link_since), detail }) : text("banner_no_link");
    found.push({ key: "link", tone: "bad", text: down });
  }
  const offered = board.configuration;
  if (offered && offered.result === "refused") {
    const at = clock.city(offered.at).time;
    found.push({ key: "configuration", tone: "bad", text: text("banner_refused", { at, by: offered.by, n: offered.problems, version: offered.version }) });
  }
  const low = board.alarms.filter((alarm) => alarm.scope === "*");
  if (low.length) {
    const worst = low.some((alarm) => alarm.rule === "beijing_90");
    const since = clock.city(low[0].since);
    const values = { at: `${since.date} ${since.time}`, p: percent(board.transfers.connect_rate_24h), limit: worst ? "90%" : "95%" };
    found.push({ key: "alarm", tone: worst ? "bad" : "warn", text: text("banner_alarm", values) });
  }
  for (const gap of board.gaps) {
    const [from, to] = [clock.city(gap.from_at), clock.city(gap.to_at)];
    const span = { from: `${from.date} ${from.time}`, to: from.date === to.date ? to.time : `${to.date} ${to.time}` };
    found.push({ key: `gap-${gap.from_at}`, tone: "warn", text: text("banner_gap", span) });
  }
  return found;
}

// -- clock, language, theme, explanations -----------------------------------------------------------

function everySecond() {
  if (connected && Date.now() - lastHeard > SILENCE_MS) {
    lose();
    connect();
  }
  if (!board) return;
  const { date, time } = clock.city(Date.now() + clock.offset);
  put($("clock"), time);
  put($("date"), date);
  tickAll();
}

function drawWords() {
  document.documentElement.lang = lang();
  for (const node of document.querySelectorAll("[data-text]")) put(node, text(node.dataset.text));
  for (const node of document.querySelectorAll("[data-label]")) {
    node.setAttribute("aria-label", text(node.dataset.label));
    if (node.tagName === "BUTTON") node.title = text(node.dataset.label);
  }
  put($("language"), text("language"));
  put($("theme"), document.documentElement.dataset.theme === "dark" ? "☀" : "☾");
  drawState();
  draw();
}

function applyTheme(theme) {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.theme = theme || (dark ? "dark" : "light");
}

function showTip(target) {
  const tip = $("tip");
  const words = target.dataset.tip || formula(target.dataset.formula);
  if (!words) return;
  put(tip, words);
  tip.hidden = false;
  const [box, size] = [target.getBoundingClientRect(), tip.getBoundingClientRect()];
  const left = Math.min(Math.max(8, box.left), innerWidth - size.width - 8);
  const below = box.bottom + 6;
  const top = below + size.height > innerHeight ? Math.max(8, box.top - size.height - 6) : below;
  // the element's own style object is not inline style to the page's policy
  tip.style.left = `${left}px`;
  tip.style.top = `${top}px`;
}

function tips() {
  const owner = (event) => event.target.closest && event.target.closest("[data-formula], [data-tip]");
  const show = (event) => {
    const target = owner(event);
    if (target) showTip(target);
    else $("tip").hidden = true;
  };
  for (const name of ["pointerover", "focusin", "click"]) document.addEventListener(name, show);
  document.addEventListener("focusout", () => { $("tip").hidden = true; });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") $("tip").hidden = true; });
  document.addEventListener("scroll", () => { $("tip").hidden = true; }, true);
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
tips();
connect();
setInterval(everySecond, 1000);
addEventListener("pagehide", () => source && source.close());
addEventListener("pageshow", (event) => { if (event.persisted) connect(); });
