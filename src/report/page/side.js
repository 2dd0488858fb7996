// A list of files and functions of any length: only the rows in view are there.
/**
 * `rows` are { name, folder, file, note, title }; `choose(index)` opens one. A row is 44 pixels high.
 */
function sideList(place, choose) {
  const ROW = 44;
  const spacer = h("div", { class: "spacer", "aria-hidden": "true" });
  let rows = [];
  let chosen = 0;
  const draw = () => {
    const first = Math.max(0, Math.floor(place.scrollTop / ROW) - 5);
    const last = Math.min(rows.length, Math.ceil((place.scrollTop + (place.clientHeight || 600)) / ROW) + 5);
    const shown = [];
    for (let at = first; at < last; at++) {
      const row = rows[at];
      shown.push(h("div", {
        role: "option", id: `side-${at}`, class: row.file ? "file" : null, title: row.title,
        style: `top:${at * ROW}px`, "aria-selected": String(at === chosen),
        "aria-setsize": rows.length, "aria-posinset": at + 1, click: () => { pick(at); choose(at); },
      }, h("span", null, row.folder ? h("span", { class: "folder" }, row.folder) : null, h("span", { class: "name" }, row.name)),
      h("span", null, h("small", null, row.note))));
    }
    spacer.style.height = `${rows.length * ROW}px`;
    place.replaceChildren(...shown, spacer);
    if (rows.length) place.setAttribute("aria-activedescendant", `side-${chosen}`);
    else place.removeAttribute("aria-activedescendant");
  };
  const pick = (at) => {
    chosen = Math.max(0, Math.min(rows.length - 1, at));
    const top = chosen * ROW;
    if (top < place.scrollTop) place.scrollTop = top;
    else if (top + ROW > place.scrollTop + place.clientHeight) place.scrollTop = top + ROW - place.clientHeight;
    draw();
  };
  place.addEventListener("scroll", draw, { passive: true });
  new ResizeObserver(draw).observe(place);
  place.addEventListener("keydown", (event) => {
    const page = Math.max(1, Math.floor(place.clientHeight / ROW) - 1);
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -rows.length, End: rows.length };
    if (event.key in steps) pick(chosen + steps[event.key]);
    else if (event.key === "Enter" || event.key === " ") { if (rows.length) choose(chosen, true); }
    else return;
    event.preventDefault();
  });
  return {
    set(given) { rows = given; chosen = 0; place.scrollTop = 0; draw(); },
    mark(at) { if (at >= 0) pick(at); },
  };
}
