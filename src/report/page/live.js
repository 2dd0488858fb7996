// The page of a run that goes on: asks its server every second and shows what came.
const PERIOD = 1000;
const draw = liveChart(find("chart"), (text) => { find("read").textContent = text; });
const state = { paused: false, shown: null, ended: false, span: "whole", kind: "", lost: 0 };
find("title").textContent = data.title;

const COLUMNS = {
  increment: ["Increment", (row) => signed(row.increment, bytes)],
  own: ["Own", (row) => signed(row.own, bytes)],
  peak: ["Peak", (row) => bytes(row.peak)],
  live: ["Live", (row) => bytes(row.live)],
  allocated: ["Allocated", (row) => bytes(row.allocated)],
  occurrences: ["Runs", (row) => count(row.occurrences)],
};

function rowsTable(rows, names) {
  const figure = (name) => {
    const [title, show] = COLUMNS[name];
    const missing = (row) => row[name] === null;
    return { name: title, figure: true, of: (row) => (missing(row) ? -Infinity : row[name]), show: (row) => (missing(row) ? "" : show(row)) };
  };
  const columns = [
    { name: "Line", of: (row) => `${row.file}:${String(row.line).padStart(9, "0")}`, show: (row) => [h("code", null, named(row))] },
    ...names.map(figure),
  ];
  return table({ label: "line", columns, rows, sort: 1, filter: named });
}

function showLines(found) {
  const how = find("how");
  how.textContent = found.message ?? "";
  how.hidden = !found.message;
  const rows = found.rows;
  const names = Object.keys(COLUMNS).filter((name) => rows.some((row) => row[name] !== null));
  const kind = names.join();
  if (!rows.length) { state.kind = ""; find("table").replaceChildren(); return; }
  if (kind !== state.kind) {
    state.kind = kind;
    find("table").replaceChildren(rowsTable(rows, names));
  } else find("table").firstChild.update(rows);
}

function show(found) {
  state.shown = found;
  const figure = (name, value) => h("div", null, h("dt", null, name), h("dd", null, value));
  const family = found.children > 0
    ? [figure(`With ${childrenText(found.children)}`, bytes(found.now + found.children_bytes))] : [];
  const heap = found.lines.heap
    ? [figure("Allocated and alive", bytes(found.lines.heap[0])), figure("Most alive at once", bytes(found.lines.heap[1]))] : [];
  find("figures").replaceChildren(
    figure("Memory now", found.ended ? "-" : bytes(found.now)), figure("Peak", bytes(found.peak)), ...family, ...heap,
    figure("Process", String(found.pid)), figure("Runs for", found.elapsed < 120 ? seconds(found.elapsed) : timeText(found.elapsed)),
  );
  draw({ points: found[state.span], peak: found.peak });
  showLines(found.lines);
}
const childrenText = (number) => `${count(number)} ${number === 1 ? "child" : "children"}`;

function status(text, lost = false) {
  const element = find("status");
  if (element.textContent !== text) element.textContent = text;
  if (lost) element.dataset.lost = "";
  else delete element.dataset.lost;
}

async function ask() {
  if (state.paused || state.ended) return;
  try {
    const answer = await fetch("data", { cache: "no-store" });
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    const found = await answer.json();
    state.lost = 0;
    if (state.paused) return;
    state.ended = found.ended;
    show(found);
    status(found.ended ? "The process has ended; these are its last figures." : found.state);
  } catch {
    state.lost += 1;
    if (state.lost > 2) status("The view in the terminal has ended: this is the last that it sent.", true);
  }
}

find("pause").addEventListener("click", (event) => {
  state.paused = !state.paused;
  event.currentTarget.setAttribute("aria-pressed", String(!state.paused));
  event.currentTarget.textContent = state.paused ? "Continue" : "Pause";
  if (state.paused) status("Paused; the program goes on.");
  else ask();
});
find("span").addEventListener("change", (event) => {
  state.span = event.target.value;
  if (state.shown) show(state.shown);
});
(async () => {
  await ask();
  root.dataset.ready = "1";
  setInterval(ask, PERIOD);
})();
