// Small tools for the page: elements, lists that keep their nodes, numbers and times as text.

export function el(tag, className = "", content = "") {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (content !== "") node.textContent = content;
  return node;
}

export function put(node, content) {
  const value = String(content);
  if (node.textContent !== value) node.textContent = value;
}

// Give `parent` one child for each item, in order. A node is kept for as long as its key is there, so that nothing
// blinks, focus stays, and a board of 1,000 operators touches only what changed.
export function sync(parent, items, keyOf, create, update) {
  const known = new Map();
  for (const child of parent.children) known.set(child.dataset.key, child);
  let place = parent.firstElementChild;
  for (const item of items) {
    const key = String(keyOf(item));
    let node = known.get(key);
    if (node) known.delete(key);
    else {
      node = create(item);
      node.dataset.key = key;
    }
    if (node === place) place = place.nextElementSibling;
    else parent.insertBefore(node, place);
    update(node, item);
  }
  for (const node of known.values()) node.remove();
}

export function percent(ratio) {
  if (ratio === null || ratio === undefined) return "—";
  // never rounded up to 100 % nor down to 0 % while one call says otherwise
  const shown = ratio < 1 ? Math.min(99.9, Math.round(ratio * 1000) / 10) : 100;
  return `${ratio > 0 && shown < 0.1 ? "<0.1" : shown.toFixed(shown % 100 ? 1 : 0)}%`;
}

export function duration(total) {
  const whole = Math.max(0, Math.floor(total));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  const two = (n) => String(n).padStart(2, "0");
  if (h >= 100) return `${Math.floor(h / 24)}d`;
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

// The board's own clock: the server's time, moved on by this machine's.
export const clock = {
  offset: 0,
  cityOffset: 0,
  frozen: null,
  set(at, utcOffsetSeconds) {
    this.offset = Date.parse(at) - Date.now();
    this.cityOffset = utcOffsetSeconds * 1000;
  },
  now() { return this.frozen ?? Date.now() + this.offset; },
  freeze(yes) { this.frozen = yes ? this.frozen ?? this.now() : null; },
  city(time) {
    const date = new Date((typeof time === "string" ? Date.parse(time) : time) + this.cityOffset);
    return { date: date.toISOString().slice(0, 10), time: date.toISOString().slice(11, 19) };
  },
};

// A node that counts up from a moment by itself.
export function counter(node, since) {
  if (since) node.dataset.since = String(Date.parse(since));
  else {
    delete node.dataset.since;
    put(node, "");
  }
  tick(node);
}

export function tick(node) {
  if (node.dataset.since) put(node, duration((clock.now() - Number(node.dataset.since)) / 1000));
}

export function tickAll() {
  for (const node of document.querySelectorAll("[data-since]")) tick(node);
}
