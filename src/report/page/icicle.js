// A map of nested sizes: each row lies below what dominates it, as wide as what it retains.
/**
 * Nodes: { name, kind, size, own, made, count, parts }. `chosen` is told of the node that is looked at.
 */
function icicle(top, label, chosen) {
  const ROW = 30;
  const NARROW = 3; // Narrower cells are put together, pixels.
  const DEPTH = 12;
  const map = h("div", { class: "icicle", role: "tree", "aria-label": label });
  const trail = h("nav", { class: "trail", "aria-label": "Zoomed to" });
  let way = [top]; // From the top to what fills the width.
  let cells = [];

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
      click: () => { chosen(node); if (!node.rest && node.parts.length && path.length > 1) zoom(path); else if (path.length > 1) { chosen(node); } },
      focus: () => chosen(node),
      mouseenter: () => chosen(node),
    }, pixels > 70 ? h("span", null, node.name) : null);
    const cell = { button, node, path, depth, left };
    cells.push(cell);
    map.append(button);
    if (depth + 1 >= DEPTH) return;
    let at = left;
    const sum = Math.max(node.size, node.parts.reduce((total, part) => total + part.size, 0));
    const parts = [...node.parts].sort((a, b) => b.size - a.size);
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
    const here = way[way.length - 1];
    add(here, way, 0, 0, 1, map.clientWidth || 800);
    map.style.height = `${(1 + Math.max(...cells.map((cell) => cell.depth))) * ROW}px`;
    cells[0].button.tabIndex = 0;
    trail.replaceChildren(...way.map((node, index) => h("button", {
      type: "button", "aria-current": index === way.length - 1 ? "true" : null, click: () => zoom(way.slice(0, index + 1)),
    }, node.name)));
    chosen(here);
  }
  map.addEventListener("keydown", (event) => {
    const index = cells.findIndex((cell) => cell.button === document.activeElement);
    if (index < 0) return;
    const here = cells[index];
    const near = (wanted) => cells.findIndex(wanted);
    const moves = {
      ArrowDown: () => near((cell) => cell.depth === here.depth + 1 && cell.left >= here.left - 1e-9),
      ArrowUp: () => cells.findLastIndex((cell) => cell.depth === here.depth - 1 && cell.left <= here.left + 1e-9),
      ArrowRight: () => near((cell) => cell.depth === here.depth && cell.left > here.left),
      ArrowLeft: () => cells.findLastIndex((cell) => cell.depth === here.depth && cell.left < here.left),
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
