// Functions with their lines. What is not in view is an empty box as high as it will be: of 100,000
// lines a few hundred are in the page.
const CHUNK = 80; // Lines drawn at once.

/**
 * `sheet` knows the lines: columns(), size(one), row(one, at), measured(one), figure(one, at, column),
 * rank(one, at, column), title(one), about(one), href(one, at), at(one, line), first(one).
 */
function sourceView(place, sheet) {
  let parts = []; // What stands on the page: { element, one, file, chunks, order, sort }
  let here = null; // The line that is linked to: { part, at }
  const drawn = new Set();
  const narrow = matchMedia("(max-width: 700px)");

  /** Which lines are shown, in which order. */
  function arrange(part) {
    const { one, sort } = part;
    if (!sort) return Array.from({ length: sheet.size(one) }, (_, at) => at);
    const column = sort.column;
    const ranked = sheet.measured(one).map((at) => [sheet.rank(one, at, column) ?? -Infinity, at]);
    return ranked.sort((a, b) => (sort.down ? b[0] - a[0] : a[0] - b[0]) || a[1] - b[1]).map(([, at]) => at);
  }
  const guess = (rows, measured) => rows * 20 + (narrow.matches ? measured * 24 : 0);
  function empty(part) {
    const { one } = part;
    const high = part.high ?? guess(part.order?.length ?? sheet.size(one), sheet.measured(one).length) + 84;
    part.element.style.height = `${high}px`;
    part.element.replaceChildren();
    part.chunks = null;
    drawn.delete(part);
  }
  function heads(part, columns) {
    const { sort } = part;
    const by = (column) => () => {
      part.sort = column && !(sort?.column === column && !sort.down) ? { column, down: sort?.column !== column } : null;
      part.high = null;
      fill(part);
      part.element.querySelectorAll(".heads button")[column ? columns.indexOf(column) + 1 : 0].focus({ preventScroll: true });
      look();
    };
    const arrow = (column) => (sort?.column === column ? (sort.down ? " ↓" : " ↑") : "");
    const state = (column) => (sort?.column === column ? (sort.down ? "descending" : "ascending") : null);
    return h("div", { class: "heads", role: "row" },
      h("span", { role: "columnheader", class: "n", "aria-sort": sort ? null : "ascending" }, h("button", { type: "button", click: by(null), title: "In the order of the source" }, "Line")),
      columns.map((column) => h("span", { role: "columnheader", class: "n", "aria-sort": state(column) }, h("button", { type: "button", click: by(column) }, column.title + arrow(column)))),
      h("span", { role: "columnheader", class: "text" }, sort ? `Source, by ${sort.column.title}` : "Source"));
  }
  function fill(part) {
    const { one, element } = part;
    const columns = sheet.columns();
    part.order = arrange(part);
    part.chunks = [];
    const box = h("div", { class: "lines", role: "table", tabindex: 0, "aria-label": `Lines of ${one.name}`, "aria-rowcount": part.order.length, keydown: (event) => walk(event, part) }, heads(part, columns));
    const measured = new Set(sheet.measured(one));
    for (let from = 0; from < part.order.length; from += CHUNK) {
      const to = Math.min(part.order.length, from + CHUNK);
      const chunk = { from, to, element: h("div", { role: "rowgroup" }), drawn: false, part };
      let figures = 0;
      for (let at = from; at < to; at++) if (measured.has(part.order[at])) figures++;
      chunk.element.style.height = `${guess(to - from, figures)}px`;
      part.chunks.push(chunk);
      box.append(chunk.element);
    }
    const link = sheet.href(one, sheet.first(one));
    element.replaceChildren(...[h("h3", null, h("a", { href: link }, sheet.title(one)), h("small", null, one.calls ?? ""), sheet.tag?.(one) ?? null),
      h("p", null, sheet.about(one)), one.note ? h("p", { class: "note" }, one.note) : null, box].filter(Boolean));
    element.style.height = "";
    drawn.add(part);
  }
  function fillChunk(chunk) {
    const columns = sheet.columns();
    const { part } = chunk;
    const rows = [];
    for (let at = chunk.from; at < chunk.to; at++) {
      const row = sourceRow(sheet.row(part.one, part.order[at]), columns);
      if (here?.part === part && here.at === part.order[at]) row.classList.add("here");
      rows.push(row);
    }
    chunk.element.replaceChildren(...rows);
    chunk.element.style.height = "";
    chunk.drawn = true;
  }
  function emptyChunk(chunk) {
    chunk.element.style.height = `${chunk.element.offsetHeight}px`;
    chunk.element.replaceChildren();
    chunk.drawn = false;
  }
  /** The first of some boxes, which lie one below the other, that reaches below `top`. */
  function firstBelow(boxes, top) {
    let [low, high] = [0, boxes.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (boxes[middle].element.getBoundingClientRect().bottom < top) low = middle + 1;
      else high = middle;
    }
    return low;
  }
  const tall = () => window.innerHeight || 900;
  /** Whether somebody has marked text in it, or is at work there. */
  function isBusy(element) {
    const selection = getSelection();
    return element.contains(document.activeElement) || (!selection.isCollapsed && selection.containsNode(element, true));
  }
  /** Draws what is in view, and takes away what is far from it. */
  function look() {
    if (!place.offsetParent) return;
    const [top, bottom] = [-tall() / 2, tall() * 1.5];
    // What is drawn may be of another height than its box was.
    for (let round = 0; round < 8; round++) {
      let changed = false;
      for (let at = firstBelow(parts, top); at < parts.length; at++) {
        const part = parts[at];
        if (part.element.getBoundingClientRect().top > bottom) break;
        if (part.file) continue;
        if (!part.chunks) { fill(part); changed = true; }
        for (let one = firstBelow(part.chunks, top); one < part.chunks.length; one++) {
          const chunk = part.chunks[one];
          if (chunk.element.getBoundingClientRect().top > bottom) break;
          if (!chunk.drawn) { fillChunk(chunk); changed = true; }
        }
      }
      if (!changed) break;
    }
    for (const part of [...drawn]) {
      const box = part.element.getBoundingClientRect();
      const far = (one) => one.bottom < -3 * tall() || one.top > 4 * tall();
      if (far(box)) {
        if (!isBusy(part.element)) { part.high = part.element.offsetHeight; empty(part); }
      } else {
        for (const chunk of part.chunks) if (chunk.drawn && far(chunk.element.getBoundingClientRect()) && !isBusy(chunk.element)) emptyChunk(chunk);
      }
    }
  }
  // A browser tells of these once for each picture it draws.
  addEventListener("scroll", look, { passive: true });
  addEventListener("resize", look);
  narrow.addEventListener("change", () => redraw());

  function rowOf(part, at) {
    if (!part.chunks) fill(part);
    let place = part.order.indexOf(at);
    if (place < 0) { part.sort = null; fill(part); place = part.order.indexOf(at); }
    const chunk = part.chunks[Math.floor(place / CHUNK)];
    if (!chunk) return null;
    if (!chunk.drawn) fillChunk(chunk);
    return chunk.element.children[place - chunk.from];
  }
  /** Marks a line as the one that is linked to, and shows it. */
  function mark(part, at, block) {
    place.querySelectorAll(".row.here").forEach((row) => row.classList.remove("here"));
    here = { part, at };
    let row = rowOf(part, at);
    if (!row) return;
    row.classList.add("here");
    row.scrollIntoView({ block, behavior: "instant" });
    look();
    row = rowOf(part, at);
    row.classList.add("here");
    row.scrollIntoView({ block, behavior: "instant" });
    look();
  }
  /** The arrow keys go from line to line. */
  function walk(event, part) {
    if (event.target.closest("button")) return;
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: 20, PageUp: -20, Home: -Infinity, End: Infinity };
    if (!(event.key in steps) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const now = here?.part === part ? part.order.indexOf(here.at) : -1;
    const next = Math.max(0, Math.min(part.order.length - 1, now < 0 && event.key !== "End" ? 0 : now + steps[event.key]));
    mark(part, part.order[next], "nearest");
    history.replaceState(null, "", sheet.href(part.one, part.order[next]));
  }
  function redraw() {
    for (const part of [...drawn]) empty(part);
    for (const part of parts) if (!part.file) { part.high = null; empty(part); }
    look();
  }
  return {
    /** Functions in their order, under the names of their files. */
    set(groups) {
      const kept = new Map(parts.filter((part) => !part.file).map((part) => [part.one, part]));
      parts = [];
      for (const { file, functions } of groups) {
        parts.push({ file, element: h("h2", null, h("code", null, visible(file))) });
        for (const one of functions) {
          const part = kept.get(one) ?? { one, element: h("article"), sort: sheet.sort?.() ?? null };
          if (!part.chunks) empty(part);
          parts.push(part);
        }
      }
      for (const part of [...drawn]) if (!parts.includes(part)) empty(part);
      place.replaceChildren(...parts.map((part) => part.element));
      look();
    },
    look,
    redraw,
    /** Goes to a function, or to a line of it. False where it is not shown. */
    go(one, at = null, focus = false) {
      const part = parts.find((part) => part.one === one);
      if (!part) return false;
      if (at !== null) mark(part, at, "center");
      else {
        if (!part.chunks) fill(part);
        part.element.scrollIntoView({ block: "start", behavior: "instant" });
        look();
        part.element.scrollIntoView({ block: "start", behavior: "instant" });
        look();
      }
      if (focus) part.element.querySelector(".lines").focus({ preventScroll: true });
      return true;
    },
    goToFile(file) {
      const part = parts.find((part) => part.file === file);
      part?.element.scrollIntoView({ block: "start", behavior: "instant" });
      look();
    },
  };
}
