// The page of two profiles: lines side by side.
{
  const columns = data.columns.map((column, index) => ({ ...column, index }));
  let by = columns.find((column) => column.key === data.by) ?? columns[0];
  const places = new WeakMap();
  function known(one) {
    let all = places.get(one);
    if (!all) {
      all = { texts: one.text.split("\n"), places: new Map(one.at.map((row, at) => [row, at])) };
      places.set(one, all);
    }
    return all;
  }
  const figure = (one, side, at) => {
    const place = known(one).places.get(at);
    return place === undefined ? null : one.figures[side][by.index][place];
  };
  const change = (before, after) => (before === null && after === null ? null : (after ?? 0) - (before ?? 0));
  const total = (one, side) => one.totals[side]?.[by.index] ?? null;
  const moved = (one) => change(total(one, 0), total(one, 1)) ?? 0;
  let cells = [];
  /** The three columns of the figure that is compared; bars against the largest change of all lines. */
  function setColumns() {
    let most = 0;
    for (const one of data.functions) {
      const [before, after] = [one.figures[0][by.index], one.figures[1][by.index]];
      for (let at = 0; at < before.length; at++) most = Math.max(most, Math.abs(change(before[at], after[at]) ?? 0));
    }
    const show = showAs[by.unit];
    let largest = 0;
    for (const one of data.functions) for (const side of one.figures) for (const figure of side[by.index]) largest = Math.max(largest, Math.abs(figure ?? 0));
    cells = [
      { key: "before", title: "Before", short: "", most: 0, show },
      { key: "after", title: "After", short: "→", most: 0, show },
      { key: "change", title: "Change", short: "", most, show: (number) => signed(number, show) },
    ];
    const wide = cells.map((column) => columnWidth(column.title, column.show(largest)));
    root.style.setProperty("--grid", `100px ${wide.map((pixels) => `${pixels}px`).join(" ")} minmax(0, 1fr)`);
  }
  const three = (before, after) => [before, after, change(before, after)];
  const said = (before, after) => {
    const show = (number) => (number === null ? "-" : showAs[by.unit](number));
    return `${signed(change(before, after) ?? 0, showAs[by.unit])} (${show(before)} → ${show(after)})`;
  };
  const size = (all) => Math.max(...all.map((one) => Math.abs(moved(one))));
  const sumUp = (all, side) => (by.adds ? (list) => list.reduce((sum, one) => sum + one, 0) : (list) => Math.max(...list))(all.map((one) => total(one, side) ?? 0));
  const note = (one) => said(total(one, 0), total(one, 1));
  // Of growth that includes callees there is no sum over the functions of a file.
  const noteOfFile = (all) => (["increment", "allocated"].includes(by.key) ? `${count(all.filter((one) => moved(one) !== 0).length)} of ${count(all.length)} changed` : said(sumUp(all, 0), sumUp(all, 1)));
  const orders = [
    { name: "Change", of: (one) => Math.abs(moved(one)), ofFile: size, note, noteOfFile },
    { name: "Growth", of: moved, ofFile: (all) => Math.max(...all.map(moved)), note, noteOfFile },
    { name: "Name", of: null, note, noteOfFile },
  ];
  const label = (one, at) => {
    const [before, after] = [one.numbers[0][at], one.numbers[1][at]];
    return before !== null && after !== null && before !== after ? `${before} › ${after}` : String(after ?? before);
  };
  const number = (one, at) => one.numbers[1][at] ?? one.numbers[0][at];
  const sheet = {
    columns: () => cells,
    size: (one) => one.marks.length,
    measured: (one) => one.at,
    rank: (one, at, column) => {
      const [before, after, more] = three(figure(one, 0, at), figure(one, 1, at));
      return { before, after, change: more === null ? null : Math.abs(more) }[column.key];
    },
    row: (one, at) => {
      const [before, after] = [figure(one, 0, at), figure(one, 1, at)];
      const figures = before === null && after === null ? null : three(before, after);
      return { index: at, label: label(one, at), href: address(fileOf(one), number(one, at)), text: known(one).texts[at] ?? "", was: one.was[at], mark: one.marks[at] === " " ? undefined : one.marks[at], figures };
    },
    title: (one) => [h("code", null, visible(`${baseName(fileOf(one))}:${one.line}`)), " ", h("code", null, visible(called(one)))],
    tag: (one) => (one.presence ? h("span", { class: `tag ${one.presence}` }, one.presence) : null),
    about: (one) => `${by.title} ${note(one)}`,
    href: (one, at) => address(fileOf(one), number(one, at) ?? one.line),
    at: (one, line) => { const at = one.numbers[1].indexOf(line); return at >= 0 ? at : one.numbers[0].indexOf(line); },
    first: (one) => Math.max(0, sheet.at(one, one.line)),
  };
  let lines = null;
  function drawLines() {
    setColumns();
    lines = linesView(sheet, orders);
    const choice = find("by");
    choice.replaceChildren(...columns.map((column) => h("option", { value: column.key }, column.title)));
    choice.value = by.key;
    find("by-choice").hidden = columns.length < 2;
    choice.addEventListener("change", () => {
      by = columns.find((column) => column.key === choice.value);
      setColumns();
      lines.arrange();
      lines.view.redraw();
    });
    find("columns").replaceChildren(h("span", { class: "tag new" }, "+ new"), h("span", { class: "tag gone" }, "- gone"), h("span", { class: "tag changed" }, "- + reads differently"));
  }
  function drawObjects() {
    const place = find("objects");
    place.replaceChildren(h("section", { id: "changes", "aria-label": "Changes" }, h("h2", null, "Objects alive"), h("div")));
    changes(data);
  }
  drawTop();
  find("how").firstChild.textContent = "The two profiles";
  find("how").open = true;
  find("leaks").remove();
  const parts = [
    data.functions.length ? { id: "source", title: "Lines", draw: drawLines, shown: () => lines.view.look(), line: (file, line) => lines.line(file, line) } : null,
    data.program ? { id: "program", title: "Whole program", draw: () => programView(find("program"), data.program, sitesCompared) } : null,
    data.since ? { id: "objects", title: "Objects", draw: drawObjects } : null,
  ].filter(Boolean);
  if (!parts.length) {
    find("empty").hidden = false;
    find("empty").textContent = "Neither profile has anything to compare.";
  }
  drawParts(parts);
}
root.dataset.ready = "1";
