// Every word on the page, in both languages, in one table.

export const TEXTS = {
  subtitle: ["市民热线实时看板", "Citizen hotline, live"],
  key_figures: ["关键数字", "Key figures"],
  switch_language: ["Switch to English", "切换到中文"],
  language: ["EN", "中文"],
  menus_page: ["菜单", "Menus"],
  switch_theme: ["切换明暗", "Switch light and dark"],
  live: ["实时", "Live"],
  lost: ["已断开", "Disconnected"],
  connecting: ["连接中", "Connecting"],
  today: ["今日", "Today"],

  waiting: ["等待", "Waiting"],
  longest: ["最长等待", "Longest wait"],
  service_level: ["服务水平", "Service level"],
  connect_rate: ["接通率", "Connect rate"],
  talking: ["通话中", "Talking"],
  last_24h: ["近 24 小时", "last 24 h"],
  within: ["T = {T} 秒", "T = {T} s"],
  sub_waiting_ready: ["空闲话务员 {n}", "operators ready {n}"],
  sub_nobody: ["无人等待", "nobody waits"],
  sub_over_target: ["▲ 已超过 {T} 秒", "▲ over {T} s"],
  sub_within_target: ["{T} 秒以内", "within {T} s"],
  sub_counts: ["{a} / {b} 个来电", "{a} of {b} calls"],
  sub_today: ["今日 {p}", "today {p}"],
  sub_below: ["▼ 低于 {p}", "▼ below {p}"],
  sub_stages: ["振铃 {r} · 菜单 {m} · 转接 {t}", "ringing {r} · menu {m} · transferring {t}"],

  queues: ["队列", "Call queues"],
  queue: ["队列", "Queue"],
  all_queues: ["合计", "All"],
  operators_ready: ["空闲 / 签入", "Ready / in"],
  offered: ["进入", "Offered"],
  answered: ["接听", "Answered"],
  abandoned: ["放弃", "Abandoned"],
  short_abandons: ["短时", "Short"],
  asa_seconds: ["平均等待", "ASA"],
  abandon_rate: ["放弃率", "Abandon"],
  connect_rate_24h: ["接通 24h", "Connect 24 h"],
  no_queues: ["没有配置队列", "No call queue is configured"],

  operators: ["话务员", "Operators"],
  no_operators: ["没有配置话务员", "No operator is configured"],
  none_in_filter: ["没有处于该状态的话务员", "No operator is in this state"],
  all: ["全部", "All"],
  signed_in: ["已签入", "Signed in"],
  offline: ["离线", "Offline"],
  available: ["空闲", "Available"],
  ringing: ["振铃", "Ringing"],
  wrap_up: ["话后处理", "Wrap-up"],
  paused: ["暂停", "Paused"],
  not_responding: ["未应答", "Not responding"],
  unreachable: ["不可达", "Unreachable"],
  over_limit: ["超时", "too long"],
  operator_counts: ["接 {a} · 未接 {m}", "ans {a} · missed {m}"],
  operator_tip: [
    "{name}（{id}）\n{state}{reason}\n今日接听 {a}，未接 {m}，振铃中来电人先挂 {c}，拒接 {d}\n今日通话 {t}\n技能 {skills}",
    "{name} ({id})\n{state}{reason}\nToday: answered {a}, missed {m}, caller left while ringing {c}, declined {d}\nTalk today {t}\nSkills {skills}",
  ],

  waiting_callers: ["等待的来电", "Waiting callers"],
  nobody_waits: ["现在没有人在等待", "Nobody is waiting"],
  position: ["第 {n} 位", "no. {n}"],
  at_head: ["返回者", "came back"],
  priority: ["优先 {n}", "priority {n}"],
  in_seconds: ["{n} 秒", "{n} s"],
  ringing_operator: ["正在振铃 {id}", "ringing {id}"],
  and_more: ["还有 {n} 人在等待", "and {n} more waiting"],
  number_hidden: ["号码未知", "number unknown"],

  hotlines: ["一键转接热线", "Transfer hotlines"],
  hotline_note: ["接通率近 24 小时 · 次数今日", "rate last 24 h · counts today"],
  no_hotlines: ["没有配置热线", "No hotline is configured"],
  hotline_ringing: ["振铃 {n}", "{n} ringing"],
  hotline_talking: ["通话 {n}", "{n} talking"],
  hotline_counts: ["接通 {a}/{b}", "{a}/{b} answered"],
  hotline_untried: ["今日未转接", "not tried today"],
  busy: ["忙", "busy"],
  no_answer: ["无人接", "no answer"],
  rejected: ["拒接", "rejected"],
  failed: ["失败", "failed"],
  caller_left: ["来电人挂机", "caller left"],
  out_of_hours: ["非服务时间", "out of hours"],
  limit: ["超限", "limit"],
  cancelled: ["取消", "cancelled"],
  hotline_down: ["已标记不通", "marked down"],
  returned: ["退回", "returned"],
  rate_all: ["全 {p}", "all {p}"],
  rates_tip: ["近 24 小时：接通 {a}，按规则计 {b} 次，共 {c} 次", "Last 24 h: {a} answered, {b} by the rule, {c} in all"],
  rate_bad: ["低于 90%", "under 90%"],
  rate_warn: ["低于 95%", "under 95%"],

  banner_stale: [
    "与看板服务器的连接已断开，正在重连。以下数字停在 {time}。",
    "The connection to the board is lost; trying again. The figures below are of {time}.",
  ],
  banner_link: [
    "与 Asterisk 的控制连接自 {time} 起中断{detail}。通话不受影响，但看板可能不完整。",
    "The control link to Asterisk is down since {time}{detail}. Conversations go on; the board may be incomplete.",
  ],
  banner_no_link: ["尚未连上 Asterisk。", "Not connected to Asterisk yet."],
  banner_stopped: ["热线服务未在运行。", "The hotline service is not running."],
  banner_refused: [
    "{at} {by} 提交的新配置有 {n} 处错误，未生效；热线仍按版本 {version} 运行。详见菜单页 /ivr。",
    "At {at} {by} offered a configuration with {n} errors: refused. Version {version} goes on; see /ivr.",
  ],
  banner_alarm: [
    "热线转接接通率自 {at} 起低于 {limit}，近 24 小时为 {p}。",
    "The connect rate of transfers is under {limit} since {at}; over the last 24 hours it is {p}.",
  ],
  banner_gap: [
    "统计有缺口：{from} 至 {to} 服务未在运行，包含这段时间的数字不完整。",
    "The figures have a gap: the service was not running from {from} to {to}.",
  ],
  formulas_title: ["这些数字怎么算", "How these figures are computed"],
};

// Names of figures in the list of formulas that have no heading on the page.
export const FIGURE_NAMES = {
  longest_wait_seconds: "longest",
  wait_seconds: ["已等待", "Wait"],
  position: ["位置", "Position"],
  answered_within_target: ["T 秒内接听", "Answered within T"],
  service_level_calls: ["服务水平的分母", "Service level of"],
  timed_out: ["超时送出", "Timed out"],
  moved: ["转出", "Moved"],
  lost: ["结果不明", "Lost"],
  sl_answered: ["服务水平（app_queue 1）", "Service level (app_queue 1)"],
  sl_answered_or_abandoned: ["服务水平（app_queue 2）", "Service level (app_queue 2)"],
  connect_rate_24h: ["接通率（近 24 小时）", "Connect rate (24 h)"],
  connect_rate_today: ["接通率（今日）", "Connect rate (today)"],
  hotline_connect_rate: ["热线接通率", "Connect rate of a hotline"],
  hotline_connect_rate_all: ["热线接通率（不作剔除）", "Connect rate of a hotline, nothing left out"],
  attempts: ["转接次数", "Attempts"],
  operators_ready: ["空闲话务员", "Operators ready"],
  operators_signed_in: ["签入话务员", "Operators signed in"],
  missed: ["未接", "Missed"],
  talk_seconds: ["通话时长", "Talk"],
};

const LANGUAGES = ["zh", "en"];
let language = read("language") === "en" ? "en" : "zh";

export const lang = () => language;

export function setLanguage(next) {
  language = LANGUAGES.includes(next) ? next : "zh";
  write("language", language);
}

export function text(key, values = {}) {
  return fill((TEXTS[key] || [key, key])[LANGUAGES.indexOf(language)], values);
}

export function figureName(key) {
  const entry = FIGURE_NAMES[key];
  if (Array.isArray(entry)) return entry[LANGUAGES.indexOf(language)];
  return text(entry || key);
}

// The name of a queue, hotline or city in the page's language, or in any, or its id.
export function named(names, id) {
  return names[language] || names.zh || names.en || Object.values(names)[0] || id;
}

function fill(template, values) {
  return template.replace(/\{(\w+)\}/g, (whole, key) => (key in values ? String(values[key]) : whole));
}

// A browser may forbid storage; the page works without.
export function read(key) {
  try { return localStorage.getItem(`hotline.${key}`); } catch { return null; }
}

export function write(key, value) {
  try { localStorage.setItem(`hotline.${key}`, value); } catch { /* remembered for this visit only */ }
}
