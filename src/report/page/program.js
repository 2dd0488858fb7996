// What the lines of a whole program allocated.
/** The choice of a group, and the table of that one. */
function programView(place, program, tableOf) {
  const choice = h("select", { id: "group" }, program.groups.map((group) => h("option", { value: group.name }, group.title)));
  choice.value = program.group;
  const box = h("div");
  const draw = () => box.replaceChildren(tableOf(program.groups.find((group) => group.name === choice.value)));
  choice.addEventListener("change", draw);
  const notes = (program.notes ?? []).flatMap(([name, text]) => [h("dt", null, name), h("dd", null, text)]);
  place.replaceChildren(h("section", { "aria-label": "The whole program" }, h("h2", null, "What the whole program allocates"),
    notes.length ? h("dl", { class: "facts" }, notes) : null,
    h("div", { class: "tools" }, h("label", null, "By ", choice)), box));
  draw();
}

const shownIn = (column, figure) => (column.bytes ? bytes(figure) : count(figure));
/** A name, which leads to its line where that is on the page. */
function siteName(name, hrefOf) {
  const found = name.match(/^(.*):(\d+) [^ ]*$/);
  const href = found && hrefOf ? hrefOf(found[1], Number(found[2])) : null;
  return h("code", null, href ? h("a", { href }, visible(name)) : visible(name));
}

/** The sites of one program; most alive at the end first, or most allocated where nothing is. */
function sitesTable(group, hrefOf) {
  const rows = group.names.map((name, at) => ({ name, at }));
  const total = group.columns.map((column) => column.list.reduce((sum, figure) => sum + Math.max(0, figure), 0));
  const sort = total[0] > 0 ? 0 : 3;
  const most = group.columns.map((column) => Math.max(1, ...topOf(column.list)));
  const stacks = (row) => {
    const all = group.stacks[row.at];
    if (!all) return null;
    const shown = [...all].sort((a, b) => b[0][sort] - a[0][sort]).slice(0, 5);
    return h("details", { class: "stacks" }, h("summary", null, lines(all.length, "stack")),
      shown.map(([figures, frames]) => h("code", null, `${shownIn(group.columns[sort], figures[sort])}\n`, frames.map((at) => group.frames[at]).join("\n"))),
      all.length > shown.length ? h("p", { class: "soft" }, `and ${count(all.length - shown.length)} more`) : null);
  };
  return table({
    label: group.name, rows, sort, limit: 50, filter: (row) => row.name,
    columns: [
      ...group.columns.map((column, index) => ({ name: column.title, figure: true, of: (row) => column.list[row.at], show: (row) => shownIn(column, column.list[row.at]), most: most[index] })),
      { name: "Share", figure: true, show: (row) => percent(group.columns[sort].list[row.at], total[sort]) },
      { name: group.title, wide: true, of: (row) => row.name, show: (row) => h("div", null, siteName(row.name, hrefOf), stacks(row)) },
    ],
  });
}

/** The largest numbers of a list of any length. */
function topOf(list) {
  let most = 0;
  for (const one of list) if (one > most) most = one;
  return [most];
}

/** The sites of two programs, largest change first. */
function sitesCompared(group) {
  const choice = h("select", null, group.before.map((column, at) => h("option", { value: at }, column.title)));
  const box = h("div");
  const draw = () => {
    const [before, after] = [group.before[choice.value], group.after[choice.value]];
    const rows = group.names.map((name, at) => ({ name, before: before.list[at], after: after.list[at], change: after.list[at] - before.list[at] }));
    const changed = rows.filter((row) => row.change !== 0);
    const show = (figure) => shownIn(before, figure);
    const tone = (row) => h("span", { class: row.change > 0 ? "more" : "less" }, signed(row.change, show));
    box.replaceChildren(changed.length ? table({
      label: `changed ${group.name}`, rows: changed, sort: 2, limit: 50, filter: (row) => row.name,
      columns: [
        { name: "Before", figure: true, of: (row) => row.before, show: (row) => show(row.before) },
        { name: "After", figure: true, of: (row) => row.after, show: (row) => show(row.after) },
        { name: "Change", figure: true, of: (row) => Math.abs(row.change), show: tone },
        { name: group.title, wide: true, of: (row) => row.name, show: (row) => siteName(row.name) },
      ],
    }) : h("p", null, "Nothing changed."));
  };
  choice.addEventListener("change", draw);
  draw();
  return h("div", null, h("div", { class: "tools" }, h("label", null, "Figure ", choice)), box);
}
