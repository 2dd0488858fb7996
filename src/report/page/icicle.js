// A map of nested sizes: each row lies below what dominates it, as wide as what it retains.
/**
 * Nodes: { name, kind, size, own, made, count, parts }. `chosen` is told of the node that is looked at.
 */
function icicle(top, label, chosen) {
  const ROW = 30;
  const NARROW = 3; // Narrower cells are put together, pixels.
  const DEPTH = 12;
  const LABEL = 40; // No name is as short as to fit into a narrower cell.
  const map = h("div", { class: "icicle", role: "tree", "aria-label": label });
  const trail = h("nav", { class: "trail", "aria-label": "Zoomed to" });
  let way = [top]; // From the top to what fills the width.
  let cells = [];
  const here = () => way[way.length - 1];

  const zoom = (to) => { way = to; draw(); focus(0); };
  const focus = (index) => {
    const cell = cells[Math.max(0, Math.min(cells.length - 1, index))];
    if (cell) { cells.forEach((one) => { one.button.tabIndex = one === cell ? 0 : -1; }); cell.button.focus({ preventScroll: true }); }
  };
  function add(node, path, depth, left, width, pixels) {
    const button = h("button", {
      type: "button", role: "treeitem", tabindex: -1, class: node.rest ? "cell rest" : "cell", "aria-level": depth + 1,
      "aria-label": `${node.name}, retains ${bytes(node.size)}`, title: `${node.name}\n${bytes(node.size)}`,
      style: `left:${left * 100}%;width:${width * 100}%;top:${depth * ROW}px;--hue:${hue(node.kind || node.name)}`,
      click: () => { if (!node.rest && node.parts.length && node !== here()) zoom(path); else chosen(node); },
      focus: () => chosen(node),
      mouseenter: () => chosen(node),
    }, pixels > LABEL ? h("span", null, node.name) : null);
    const cell = { button, node, path, depth, left };
    cells.push(cell);
    map.append(button);
    if (depth + 1 >= DEPTH) return;
    let at = left;
    const sum = Math.max(node.size, node.parts.reduce((total, part) => total + part.size, 0));
    // What is put together stands last, however large it is.
    const parts = [...node.parts].sort((a, b) => Boolean(a.rest) - Boolean(b.rest) || b.size - a.size);
    for (const [index, part] of parts.entries()) {
      const wide = sum > 0 ? (width * part.size) / sum : 0;
      const px = sum > 0 ? (pixels * part.size) / sum : 0;
      if (px < NARROW) {
        const rest = parts.slice(index);
        const size = rest.reduce((total, one) => total + one.size, 0);
        const restPixels = sum > 0 ? (pixels * size) / sum : 0;
        if (restPixels >= NARROW) add({ name: lines(rest.length, "smaller object"), kind: "", size, own: size, count: rest.length, parts: [], rest: true }, path, depth + 1, at, (width * size) / sum, restPixels);
        break;
      }
      add(part, [...path, part], depth + 1, at, wide, px);
      at += wide;
    }
  }
  function draw() {
    cells = [];
    map.replaceChildren();
    add(here(), way, 0, 0, 1, map.clientWidth || 800);
    map.style.height = `${(1 + Math.max(...cells.map((cell) => cell.depth))) * ROW}px`;
    cells[0].button.tabIndex = 0;
    trail.replaceChildren(...way.map((node, index) => h("button", {
      type: "button", "aria-current": index === way.length - 1 ? "true" : null, click: () => zoom(way.slice(0, index + 1)),
    }, node.name)));
    fit();
    chosen(here());
  }
  /** Half a name tells nothing: one that does not fit is shortened to its end, or left out. */
  function fit() {
    for (const shorter of [(name) => name.match(/[.[][^.[]+$/)?.[0] ?? "", () => ""]) {
      const labels = cells.map((cell) => cell.button.firstChild).filter(Boolean);
      const long = labels.filter((label) => label.scrollWidth > label.clientWidth);
      long.forEach((label) => { label.textContent = shorter(label.textContent); });
    }
  }
  map.addEventListener("keydown", (event) => {
    const index = cells.findIndex((cell) => cell.button === document.activeElement);
    if (index < 0) return;
    const from = cells[index];
    const near = (wanted) => cells.findIndex(wanted);
    const moves = {
      ArrowDown: () => near((cell) => cell.depth === from.depth + 1 && cell.left >= from.left - 1e-9),
      ArrowUp: () => cells.findLastIndex((cell) => cell.depth === from.depth - 1 && cell.left <= from.left + 1e-9),
      ArrowRight: () => near((cell) => cell.depth === from.depth && cell.left > from.left),
      ArrowLeft: () => cells.findLastIndex((cell) => cell.depth === from.depth && cell.left < from.left),
      Home: () => 0,
      End: () => cells.length - 1,
    };
    if (event.key in moves) {
      const to = moves[event.key]();
      if (to >= 0) focus(to);
    } else if ((event.key === "Escape" || event.key === "Backspace") && way.length > 1) zoom(way.slice(0, -1));
    else return;
    event.preventDefault();
  });
  const element = h("div", null, trail, map);
  let width = 0;
  new ResizeObserver(() => {
    if (map.clientWidth !== width) { width = map.clientWidth; draw(); }
  }).observe(map);
  return { element, draw, zoomTo: (name) => {
    const node = top.parts.find((part) => part.name === name || part.path === name);
    if (node) { zoom([top, node]); element.scrollIntoView({ block: "center" }); }
    return Boolean(node);
  } };
}

/** The same colour for the same name. */
function hue(name) {
  let hash = 7;
  for (const letter of name) hash = (hash * 31 + letter.codePointAt(0)) % 360;
  return hash;
}
