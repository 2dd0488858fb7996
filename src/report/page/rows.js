// One line of source with its figures.
/** What changes the order in which text is read, or cannot be seen. */
const ODD = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;
const LONG = 400; // Letters of a line that are shown at first.

const codePoint = (letter) => `U+${letter.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
/** Text with its odd characters named. */
function visible(text) {
  if (text.search(ODD) < 0) return [text];
  const parts = [];
  let from = 0;
  for (const found of text.matchAll(ODD)) {
    parts.push(text.slice(from, found.index), h("i", { class: "odd", "data-name": codePoint(found[0]), title: codePoint(found[0]) }));
    from = found.index + found[0].length;
  }
  parts.push(text.slice(from));
  return parts;
}

/** Text of a line; the end of a very long one is shown when it is asked for. */
function lineText(text) {
  if (text.length <= LONG) return visible(text);
  const more = h("button", { type: "button", class: "long", click: () => {
    more.replaceWith(...visible(text.slice(LONG)));
  } }, `${count(text.length - LONG)} more characters`);
  return [...visible(text.slice(0, LONG)), more];
}

/** What stands in a cell: a figure over its bar. */
function figureCell(column, figure, isEntry) {
  if (figure === null || figure === undefined) return h("span", { role: "cell", class: column.key });
  // The reading at entry is nothing that the line added.
  const hasBar = column.most > 0 && figure !== 0 && !(isEntry && column.key === "increment");
  const bar = hasBar ? h("i", { class: figure < 0 ? "less" : null, style: `width:${share(Math.abs(figure), column.most)}` }) : null;
  return h("span", { role: "cell", class: column.key, "data-name": column.short ?? column.title }, bar, column.show(figure));
}

/**
 * A row: { label, href, shared, isEntry, text, was, mark, figures }, with figures for each column, or null for
 * a line that was not measured.
 */
function sourceRow(row, columns) {
  const classes = { "+": "row added", "-": "row removed", "~": "row altered" }[row.mark] ?? "row";
  const number = h("a", { class: "n", href: row.href, tabindex: -1, title: row.shared ? data.legend.find(([name]) => name === "~")?.[1] : null },
    row.label, row.shared ? h("b", null, "~") : null);
  const cells = row.figures ? h("span", { class: "cells" }, columns.map((column, at) => figureCell(column, row.figures[at], row.isEntry))) : null;
  const was = row.was === undefined ? null : h("del", null, h("span", { class: "mark" }, "- "), lineText(row.was));
  const mark = row.mark ? h("span", { class: "mark" }, `${row.mark === "~" ? "+" : row.mark} `) : null;
  return h("div", { class: classes, role: "row", "data-row": row.index }, number, cells, h("code", { role: "cell" }, was, mark, lineText(row.text), "\n"));
}
