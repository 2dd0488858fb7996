// What all pages share: making elements, showing figures, tables, light and dark.
const root = document.documentElement;
const failed = (what) => { root.dataset.error = String(what); };
window.addEventListener("error", (event) => failed(event.message));
window.addEventListener("unhandledrejection", (event) => failed(event.reason));

const data = JSON.parse(document.getElementById("data").textContent);
const find = (id) => document.getElementById(id);

/** An element: attributes that are null are left out, children that are strings become text. */
function h(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (typeof value === "function") element.addEventListener(key, value);
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

const UNITS = [["GiB", 2 ** 30], ["MiB", 2 ** 20], ["KiB", 2 ** 10]];
function bytes(number, name = data.unit) {
  const fixed = UNITS.find(([known]) => known === name);
  const unit = fixed ?? (name === "B" ? null : UNITS.find(([, size]) => Math.abs(number) >= size));
  return unit ? `${rounded(number, unit[1])} ${unit[0]}` : `${count(number)} B`;
}
/** A figure in a unit, halves rounded to the even digit, as in the text report. */
function rounded(number, size) {
  const text = (number / size).toFixed(data.precision);
  const twice = (2 * Math.abs(number) * 10 ** data.precision) / size;
  // At a half `toFixed` takes the larger one.
  if (!Number.isSafeInteger(twice) || twice % 2 === 0) return text;
  const down = (twice - 1) / 2;
  return down % 2 === 0 ? `${number < 0 ? "-" : ""}${(down / 10 ** data.precision).toFixed(data.precision)}` : text;
}
const count = (number) => number.toLocaleString("en-US", { maximumFractionDigits: 0 });
const signed = (number, show) => (number > 0 ? "+" : number < 0 ? "-" : "") + show(Math.abs(number));
const percent = (part, whole) => (whole > 0 ? `${((100 * part) / whole).toFixed(1)} %` : "-");
function seconds(time) {
  if (time !== 0 && time < 1e-3) return `${(time * 1e6).toFixed(1)} us`;
  if (time !== 0 && time < 1) return `${(time * 1e3).toFixed(1)} ms`;
  return `${time.toFixed(1)} s`;
}
const lines = (number, noun) => `${count(number)} ${noun}${number === 1 ? "" : "s"}`;
/** Where a line is: `app.py:6`, or with its function. */
const line = (place) => (place.line ? `${place.file}:${place.line}` : place.file);
const named = (place) => (place.function && place.function !== "<module>" ? `${line(place)} (${place.function})` : line(place));
const share = (part, whole) => `${Math.max(0, Math.min(100, whole > 0 ? (100 * part) / whole : 0)).toFixed(2)}%`;

/**
 * A table that can be sorted by its columns, filtered, and made longer.
 * Columns: { name, of(row) to sort by, show(row) to show, figure, wide }.
 */
function table({ label, columns, rows, sort, limit = 50, filter = null }) {
  if (!rows.length) return h("p", null, "None.");
  const state = { column: sort, down: true, limit, text: "" };
  const body = h("tbody", { role: "rowgroup" });
  const caption = h("caption", { "aria-live": "polite" });
  const more = h("div", { class: "tools" });
  const heads = columns.map((column, index) => {
    const click = () => {
      state.down = state.column === index ? !state.down : Boolean(column.figure);
      state.column = index;
      draw();
    };
    const head = column.of ? h("button", { type: "button", click }, column.name) : column.name;
    return h("th", { scope: "col", role: "columnheader", class: column.figure ? "figure" : null }, head);
  });
  const cell = (row, column) => {
    const shown = column.show(row);
    const empty = shown === "" || shown === null;
    const name = column.figure ? "figure" : column.wide ? "wide" : "whole";
    return h("td", { role: "cell", class: name, "data-name": column.name, "data-empty": empty }, shown);
  };
  function draw() {
    const key = columns[state.column].of;
    const wanted = state.text.toLowerCase();
    const found = rows.filter((row) => !wanted || filter(row).toLowerCase().includes(wanted));
    const order = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
    found.sort((a, b) => (state.down ? -1 : 1) * order(key(a), key(b)));
    const shown = found.slice(0, state.limit);
    body.replaceChildren(...shown.map((row) => h("tr", { role: "row" }, columns.map((column) => cell(row, column)))));
    const of = found.length > shown.length ? `${count(shown.length)} of ${lines(found.length, label)}` : lines(found.length, label);
    caption.replaceChildren(of);
    heads.forEach((head, index) => {
      if (index === state.column) head.setAttribute("aria-sort", state.down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
      if (columns[index].of) head.firstChild.textContent = columns[index].name + (index === state.column ? (state.down ? " ↓" : " ↑") : "");
    });
    const rest = found.length - shown.length;
    const longer = (by) => () => { state.limit += by; draw(); };
    more.replaceChildren(...(rest > 0 ? [
      h("button", { type: "button", click: longer(200) }, `Show ${count(Math.min(200, rest))} more`),
      h("button", { type: "button", click: longer(rest) }, `Show all ${count(found.length)}`),
    ] : []));
  }
  const input = (event) => { state.text = event.target.value; state.limit = limit; draw(); };
  const search = filter && rows.length > 8
    ? h("div", { class: "tools" }, h("label", null, "Filter", h("input", { type: "search", input })))
    : null;
  draw();
  const head = h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, heads));
  const box = h("div", null, search, h("table", { role: "table" }, caption, head, body), more);
  /** Other rows in the same order, for a page that is refreshed. */
  box.update = (next) => { rows = next; draw(); };
  return box;
}

// Light, dark, or as the system has it.
{
  const themes = ["auto", "light", "dark"];
  const system = matchMedia("(prefers-color-scheme: dark)");
  let theme = "auto";
  try { theme = localStorage.getItem("rsprofile-theme") ?? theme; } catch { /* a page of a file may have no storage */ }
  if (!themes.includes(theme)) theme = "auto";
  const button = find("theme");
  const show = () => {
    root.dataset.theme = theme === "auto" ? (system.matches ? "dark" : "light") : theme;
    button.textContent = `Theme: ${theme}`;
  };
  button.addEventListener("click", () => {
    theme = themes[(themes.indexOf(theme) + 1) % themes.length];
    try { localStorage.setItem("rsprofile-theme", theme); } catch { /* it lasts until the page is closed */ }
    show();
  });
  system.addEventListener("change", show);
  show();
}
