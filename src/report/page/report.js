// The page of a document: its lines, what the whole program allocated, what keeps memory alive.
{
  const columns = data.columns.map((column, index) => ({ ...column, index, short: column.key === "occurrences" ? "×" : null, show: showAs[column.unit], bar: ["increment", "peak", "live", "allocated", "heappeak"].includes(column.key) }));
  const byKey = (key) => columns.find((column) => column.key === key);
  for (const column of columns) {
    column.wide = columnWidth(column.title, column.show(column.most));
    if (!column.bar) column.most = 0;
  }
  let keys = data.shown;
  /** As many columns as leave room for the source, the most telling first. */
  const fitting = () => {
    const room = find("functions").clientWidth || innerWidth;
    const all = FIRST.filter(byKey);
    if (room < 640) return all.slice(0, 3);
    let left = room - 480;
    return all.filter((key, at) => (left -= byKey(key).wide) > 0 || at < 2);
  };
  const shown = () => columns.filter((column) => (keys ?? fitting()).includes(column.key));
  const widths = () => `62px ${shown().map((column) => `${column.wide}px`).join(" ")} minmax(0, 1fr)`;

  const numbers = new WeakMap();
  /** What is read from the data of a function once it comes into view. */
  function linesOf(one) {
    let known = numbers.get(one);
    if (!known) {
      const all = [];
      for (let at = 0; at < one.lines.length; at += 2) for (let next = 0; next < one.lines[at + 1]; next++) all.push(one.lines[at] + next);
      known = { all, texts: one.text === null ? [] : one.text.split("\n"), places: new Map(one.at.map((row, at) => [row, at])), shared: new Set(one.shared) };
      numbers.set(one, known);
    }
    return known;
  }
  const total = (one, key) => one.totals[byKey(key).index];
  const TOTALS = ["increment", "own", "peak", "allocated", "live", "heappeak"].filter(byKey);
  const sum = (list) => list.reduce((all, one) => all + one, 0);
  /** What a file grew is what its own lines grew, so that nothing counts twice. */
  function ofFile(functions, key) {
    const of = key === "increment" ? "own" : key;
    const list = functions.map((one) => total(one, of));
    return of === "own" || of === "live" ? sum(list) : Math.max(...list);
  }
  const said = (keys, of) => keys.map((key) => `${byKey(key).title} ${byKey(key).show(of(key))}`).join(" · ");
  const pairs = (key) => [key, ["peak", "heappeak", "increment", "live"].find((other) => other !== key && byKey(other))].filter(Boolean);
  const orders = TOTALS.map((key) => ({
    key, name: byKey(key).title,
    of: (one) => total(one, key), ofFile: (all) => ofFile(all, key),
    note: (one) => said(pairs(key), (key) => total(one, key)), noteOfFile: (all) => said(pairs(key), (key) => ofFile(all, key)),
  }));
  orders.push({ ...orders[0], key: "name", name: "Name", of: null });

  const sheet = {
    columns: shown,
    size: (one) => { let rows = 0; for (let at = 1; at < one.lines.length; at += 2) rows += one.lines[at]; return rows; },
    measured: (one) => one.at,
    rank: (one, at, column) => {
      const figure = linesOf(one).places.get(at);
      return at === one.first && column.key === "increment" ? one.growth : one.figures[column.index][figure];
    },
    row: (one, at) => {
      const { all, texts, places, shared } = linesOf(one);
      const figure = places.get(at);
      const figures = figure === undefined ? null : shown().map((column) => one.figures[column.index][figure]);
      return { index: at, label: String(all[at]), href: address(fileOf(one), all[at]), shared: shared.has(at), isEntry: at === one.first && one.growth === 0, text: texts[at] ?? "", figures };
    },
    title: (one) => [h("code", null, visible(`${baseName(fileOf(one))}:${one.line}`)), " ", h("code", null, visible(called(one)))],
    about: (one) => said(TOTALS, (key) => total(one, key)),
    href: (one, at) => address(fileOf(one), linesOf(one).all[at] ?? one.line),
    at: (one, line) => linesOf(one).all.indexOf(line),
    first: (one) => Math.max(0, linesOf(one).all.indexOf(one.line)),
    sort: () => { const column = byKey(data.sort); return column ? { column, down: true } : null; },
  };

  let lines = null;
  const setColumns = () => {
    root.style.setProperty("--grid", widths());
    const visible = shown();
    find("columns").replaceChildren("Columns ", ...columns.map((column) => h("button", {
      type: "button", "aria-pressed": String(visible.includes(column)), click: (event) => {
        const now = shown().map((one) => one.key);
        keys = now.includes(column.key) ? now.filter((key) => key !== column.key) : [...now, column.key];
        const place = [...find("columns").children].indexOf(event.currentTarget);
        setColumns();
        lines.view.redraw();
        find("columns").children[place].focus({ preventScroll: true });
      },
    }, column.title)));
  };
  function drawLines() {
    setColumns();
    lines = linesView(sheet, orders);
    let wide = find("functions").clientWidth;
    new ResizeObserver(() => {
      if (find("functions").clientWidth === wide || !find("functions").clientWidth) return;
      wide = find("functions").clientWidth;
      const before = root.style.getPropertyValue("--grid");
      setColumns();
      if (before !== root.style.getPropertyValue("--grid")) lines.view.redraw();
      else lines.view.look();
    }).observe(find("functions"));
  }
  const hrefOf = (file, line) => (data.functions.some((one) => fileOf(one) === file && sheet.at(one, line) >= 0) ? address(file, line) : null);

  drawTop();
  drawParts([
    data.functions.length ? { id: "source", title: "Lines", draw: drawLines, shown: () => lines.view.look(), line: (file, line) => lines.line(file, line) } : null,
    data.timeline ? { id: "timeline", title: "Timeline", draw: () => drawTimeline(find("timeline"), data.timeline) } : null,
    data.program ? { id: "program", title: "Whole program", draw: () => programView(find("program"), data.program, (group) => sitesTable(group, hrefOf)) } : null,
    data.looks.length ? { id: "leaks", title: "What keeps memory alive", draw: drawLooks } : null,
  ].filter(Boolean));
}
root.dataset.ready = "1";
