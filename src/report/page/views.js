// The parts of a page, and what stands above them.
const FIRST = ["increment", "peak", "live", "allocated", "heappeak", "occurrences", "usage", "own", "freed", "count"];
const showAs = { level: (figure) => bytes(figure, data.level), heap: (figure) => bytes(figure), count };

/** How wide a column has to be for its title, with an arrow, and for its largest figure, in pixels. */
const columnWidth = (title, most) => Math.round(16 + Math.max(title.length * 7.2 + 14, (most.length + 1) * 7.6));

/** Facts with their names. */
const listed = (facts) => facts.flatMap(([name, text]) => [h("dt", null, name), h("dd", null, visible(text))]);

function drawTop() {
  find("tiles").replaceChildren(...data.tiles.map(([name, text]) => h("div", null, h("dt", null, name), h("dd", null, text))));
  find("tiles").hidden = !data.tiles.length;
  find("command").hidden = !data.command;
  find("command").firstChild.replaceChildren(...visible(data.command ?? ""));
  find("how").hidden = !data.notes.length;
  find("how").querySelector("dl").replaceChildren(...listed(data.notes));
  find("legend").hidden = !data.legend.length;
  find("legend").replaceChildren(...listed(data.legend));
  find("empty").hidden = !data.nothing;
  if (data.nothing) {
    const text = data.nothing.replace(/^rsprofile: /, "").trim();
    find("empty").textContent = text[0].toUpperCase() + text.slice(1) + ".";
  }
  const top = document.querySelector(".top");
  const stick = () => root.style.setProperty("--top", getComputedStyle(top).position === "sticky" ? `${top.offsetHeight}px` : "0px");
  new ResizeObserver(stick).observe(top);
  stick();
}

/**
 * Parts are { id, title, draw, line }: one is shown at a time, and drawn when it is first shown. What
 * follows # in the address says which, or which line.
 */
function drawParts(parts) {
  const links = parts.map((part) => h("a", { href: `#${part.id}` }, part.title));
  find("parts").replaceChildren(...links.flatMap((link) => [link, " "]));
  find("parts").hidden = parts.length < 2;
  let shown = null;
  const show = (part) => {
    if (shown === part) return;
    shown = part;
    parts.forEach((one, at) => {
      find(one.id).hidden = one !== part;
      if (one === part) links[at].setAttribute("aria-current", "true");
      else links[at].removeAttribute("aria-current");
    });
    if (!part.drawn) { part.drawn = true; part.draw(); }
    part.shown?.();
  };
  const route = () => {
    let name = location.hash.slice(1);
    try { name = decodeURIComponent(name); } catch { /* as it was typed */ }
    const source = parts.find((part) => part.line);
    const line = source && name.match(/^(?:L|(.+):)(\d+)$/s);
    if (line) { show(source); source.line(line[1] ?? null, Number(line[2])); return; }
    const part = parts.find((part) => part.id === name);
    if (part || !name) { show(part ?? parts[0]); if (part) scrollTo(0, 0); return; }
    const inside = document.getElementById(name);
    const around = parts.find((part) => inside && find(part.id).contains(inside));
    show(around ?? shown ?? parts[0]);
    if (around) inside.scrollIntoView();
    else source?.line(name, null);
  };
  if (!parts.length) return;
  // In a frame without an address of its own a link would leave it.
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.('a[href^="#"]');
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    if (location.hash === link.getAttribute("href")) route();
    else location.hash = link.getAttribute("href");
  });
  addEventListener("hashchange", route);
  route();
}

/** The folder all files lie in, with its slash. */
function commonFolder(files) {
  const rooted = files.filter((file) => file.startsWith("/"));
  if (!rooted.length) return "";
  let folder = rooted[0].slice(0, rooted[0].lastIndexOf("/") + 1);
  for (const file of rooted) while (!file.startsWith(folder)) folder = folder.slice(0, folder.lastIndexOf("/", folder.length - 2) + 1);
  return folder;
}
const folderOfAll = commonFolder(data.files ?? []);
const shortName = (file) => (folderOfAll && file.startsWith(folderOfAll) ? file.slice(folderOfAll.length) : file);
const baseName = (file) => file.slice(file.lastIndexOf("/") + 1);
const address = (file, line) => `#${encodeURIComponent(shortName(file)).replaceAll("%2F", "/")}:${line}`;
const fileOf = (one) => data.files[one.file];
const called = (one) => (one.kind === "block" ? `${one.name} (with block)` : one.name);

/**
 * The list of functions beside their lines. `orders` are { name, key, of(one), ofFile(functions), note(one) }:
 * what they are sorted by; without `of` by their names.
 */
function linesView(sheet, orders) {
  const byFile = new Map(data.files.map((file) => [file, []]));
  for (const one of data.functions) byFile.get(fileOf(one)).push(one);
  const view = sourceView(find("functions"), sheet);
  const order = find("order");
  order.replaceChildren(...orders.map((one, at) => h("option", { value: at }, one.name)));
  let rows = [];
  const list = sideList(find("side"), (at, focus) => {
    const row = rows[at];
    if (row.one) view.go(row.one, null, focus);
    else view.goToFile(row.short);
  });
  const text = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
  const arrange = () => {
    const by = orders[order.value];
    const wanted = find("filter").value.trim().toLowerCase();
    const place = (a, b) => a.line - b.line || text(a.name, b.name);
    const groups = [];
    for (const [file, all] of byFile) {
      const whole = shortName(file);
      const inFile = whole.toLowerCase().includes(wanted);
      const found = all.filter((one) => inFile || called(one).toLowerCase().includes(wanted));
      if (!found.length) continue;
      const ranked = by.of ? found.map((one) => [by.of(one), one]).sort((a, b) => b[0] - a[0] || place(a[1], b[1])).map(([, one]) => one) : [...found].sort((a, b) => text(a.name, b.name) || a.line - b.line);
      groups.push({ path: file, file: whole, functions: ranked, rank: by.of ? by.ofFile(found) : 0 });
    }
    groups.sort((a, b) => b.rank - a.rank || text(a.file, b.file));
    rows = groups.flatMap(({ path, file, functions }) => {
      const cut = file.lastIndexOf("/") + 1;
      const head = { file: true, short: file, folder: file.slice(0, cut), name: file.slice(cut), note: by.noteOfFile(functions), title: path };
      return [head, ...functions.map((one) => ({ one, name: called(one), note: by.note(one), title: `${path}:${one.line} ${one.name}` }))];
    });
    const number = rows.length - groups.length;
    find("found-functions").textContent = `${lines(number, "function")} in ${lines(groups.length, "file")}${wanted ? ` of ${count(data.functions.length)}` : ""}`;
    list.set(rows);
    view.set(groups);
  };
  order.addEventListener("change", arrange);
  find("filter").addEventListener("input", arrange);
  find("filter").addEventListener("keydown", (event) => {
    if (event.key === "Escape") { event.target.value = ""; arrange(); } else if (event.key === "ArrowDown" || event.key === "Enter") find("side").focus();
    else return;
    event.preventDefault();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea") || find("source").hidden) return;
    event.preventDefault();
    find("filter").focus();
    find("filter").select();
  });
  /** Finds a line by what an address says: a file as it is shown, in full, or by the end of its path. */
  const line = (name, number) => {
    const files = data.files.filter((file) => name === null || file === name || shortName(file) === name);
    const near = files.length ? files : data.files.filter((file) => file.endsWith(`/${name}`));
    const fit = (one) => (number === null ? sheet.first(one) : sheet.at(one, number));
    const all = near.flatMap((file) => byFile.get(file)).map((one) => ({ one, at: fit(one) })).filter(({ at }) => at >= 0);
    // The function itself rather than the module around it; a line that ran rather than one that did not.
    const score = ({ one, at }) => (sheet.measured(one).includes(at) ? 2 : 0) + (one.kind === "module" ? 0 : 1);
    const best = all.sort((a, b) => score(b) - score(a))[0];
    if (!best) return;
    const target = number === null ? null : best.at;
    if (!view.go(best.one, target)) { find("filter").value = ""; arrange(); view.go(best.one, target); }
    list.mark(rows.findIndex((row) => row.one === best.one));
  };
  arrange();
  return { view, line, arrange };
}
