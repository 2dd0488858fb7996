// The page of what keeps memory alive: one look at a time.
const inside = (id) => find(id).querySelector("div");
const VERDICTS = ["leak", "growing", "cycle", "closure", "held"];
/** What a look is called in the list of them, where long names have no room. */
function title(look) {
  const mark = look.mark === null ? "" : look.mark.length > 30 ? `, mark '${look.mark.slice(0, 29)}…'` : `, mark '${look.mark}'`;
  return `process ${look.pid}${mark}: ${bytes(look.bytes)}`;
}

/** A text of words and names, as the report has it; the advice on a line of its own. */
function paragraph(pieces) {
  const text = h("p");
  const fix = h("p", { class: "fix" });
  let at = text;
  for (const piece of pieces) {
    if (typeof piece !== "string") { at.append(h("code", null, piece[0])); continue; }
    const [words, advice] = piece.split(/ (?=Fix: )/);
    at.append(words);
    if (advice) { at = fix; at.append(advice); }
  }
  return at === fix ? [text, fix] : [text];
}

function figures(look) {
  const figure = (name, value) => h("div", null, h("dt", null, name), h("dd", null, value));
  find("figures").replaceChildren(
    figure("Alive", bytes(look.bytes)),
    figure("Objects", count(look.objects)),
    figure("Suspects", count(look.suspects.length)),
    figure("Watched", look.watched > 0 ? seconds(look.watched) : "not recorded"),
    figure("Process", String(look.pid)),
  );
  const about = [["Mark", look.mark], ["Command", data.command]].filter(([, text]) => text);
  find("about").replaceChildren(...about.flatMap(([name, text]) => [h("dt", null, name), h("dd", null, h("code", null, text))]));
}

function suspects(look, map) {
  if (!look.suspects.length) {
    inside("suspects").replaceChildren(h("p", null, "No suspect: nothing of size grows, is kept by cycles or closures, or is held."));
    return;
  }
  const cards = look.suspects.map((suspect, index) => card(suspect, look, index, map));
  const kinds = VERDICTS.filter((verdict) => look.suspects.some((one) => one.verdict === verdict));
  const toggle = (verdict) => {
    const click = (event) => {
      const shown = event.currentTarget.getAttribute("aria-pressed") === "false";
      event.currentTarget.setAttribute("aria-pressed", shown);
      cards.filter((one) => one.dataset.verdict === verdict).forEach((one) => { one.hidden = !shown; });
    };
    const number = look.suspects.filter((one) => one.verdict === verdict).length;
    return h("button", { type: "button", "aria-pressed": "true", "data-verdict": verdict, click }, `${verdict} ${number}`);
  };
  const tools = kinds.length > 1 ? h("div", { class: "tools", role: "group", "aria-label": "Kinds of suspects" }, kinds.map(toggle)) : null;
  inside("suspects").replaceChildren(...[tools, ...cards].filter(Boolean));
}

function card(suspect, look, index, map) {
  const steps = suspect.held?.steps ?? [];
  const detail = h("div", { class: "step", id: `step-${index}`, "aria-live": "polite", hidden: true });
  const buttons = steps.map((step, at) => {
    const click = (event) => {
      const button = event.currentTarget;
      const open = button.getAttribute("aria-expanded") !== "true";
      buttons.forEach((one) => one.setAttribute("aria-expanded", String(one === button && open)));
      detail.hidden = !open;
      detail.replaceChildren(...explain(steps, at, look, map));
    };
    return h("button", { type: "button", "aria-expanded": "false", "aria-controls": `step-${index}`, click },
      h("code", null, step.edge || step.kind), h("small", null, bytes(step.retained)));
  });
  const heading = h("h3", { id: `suspect-${index}` }, h("b", null, suspect.verdict.toUpperCase()),
    h("span", null, bytes(suspect.bytes)), h("span", { class: "soft" }, `${percent(suspect.bytes, look.bytes)} of all`));
  const bar = h("div", { class: "bar", "aria-hidden": "true" }, h("i", { style: `width:${share(suspect.bytes, look.bytes)}` }));
  const path = buttons.length ? h("ol", { class: "path", "aria-label": "Way from a root" }, buttons.map((one) => h("li", null, one))) : null;
  return h("article", { class: "suspect", "data-verdict": suspect.verdict, "aria-labelledby": `suspect-${index}` },
    heading, bar, paragraph(suspect.text), path, buttons.length ? detail : null);
}

/** What a step of a way is, and how much of the step before it retains. */
function explain(steps, at, look, map) {
  const step = steps[at];
  const expression = steps.slice(0, at + 1).map((one) => one.edge).join("");
  const before = at > 0 && steps[at - 1].retained > 0 ? `, ${percent(step.retained, steps[at - 1].retained)} of the step before` : "";
  const words = [h("code", null, expression), ": ", h("code", null, step.kind), `, retains ${bytes(step.retained)}, ${percent(step.retained, look.bytes)} of all${before}`];
  if (look.dominators.some((one) => one.path === expression)) {
    words.push(h("button", { type: "button", click: () => map.zoomTo(expression) }, "Show in the map"));
  }
  return words;
}

function dominators(look) {
  const node = (one) => {
    const name = one.path && one.count <= 1 ? one.path : `${count(Math.max(1, one.count))} × ${one.kind}`;
    return { ...one, name, size: one.retained, parts: one.parts.map(node) };
  };
  const parts = look.dominators.map(node);
  const rest = look.bytes - parts.reduce((sum, part) => sum + part.size, 0);
  if (rest > 0 && parts.length) parts.push({ name: "all other objects", kind: "", size: rest, own: rest, count: 1, made: null, parts: [], rest: true });
  const top = { name: "all objects", kind: "", size: look.bytes, own: 0, count: 1, made: null, parts };
  const looked = h("p", { class: "looked" });
  const chosen = (one) => {
    const made = one.made ? [", made at ", h("code", null, named(one.made))] : [];
    const kind = one.kind && !one.name.endsWith(`× ${one.kind}`) ? [" (", h("code", null, one.kind), ")"] : [];
    looked.replaceChildren(h("code", null, one.name), ...kind, `: retains ${bytes(one.size)}, ${percent(one.size, look.bytes)} of all`, one === top || one.rest ? "" : `, itself ${bytes(one.own)}`, ...made);
  };
  const map = icicle(top, "Objects by retained size", chosen);
  find("map-how").hidden = !parts.length;
  if (parts.length) { inside("map").replaceChildren(map.element, looked); map.draw(); }
  else inside("map").replaceChildren(h("p", null, "No object retains much."));
  return map;
}

/** Groups added up by a name. */
function addUp(look, name) {
  const all = new Map();
  for (const group of look.groups) {
    const key = name(group);
    const row = all.get(key) ?? { name: key, made: group.made, kinds: new Set(), count: 0, own: 0, retained: 0, blocks_made: null, blocks_freed: null };
    row.kinds.add(group.kind);
    row.count += group.count;
    row.own += group.own;
    row.retained = Math.min(row.retained + group.retained, Math.max(look.bytes, group.retained));
    // Blocks are counted by line, whatever types it makes.
    row.blocks_made ??= group.blocks_made;
    row.blocks_freed ??= group.blocks_freed;
    all.set(key, row);
  }
  return [...all.values()];
}
const number = (name, key, show = count) => ({ name, figure: true, of: (row) => row[key] ?? -1, show: (row) => (row[key] === null ? "" : show(row[key])) });

function types(look) {
  const rows = addUp(look, (group) => group.kind);
  const most = Math.max(1, ...rows.map((row) => Math.max(row.retained, row.own)));
  const bars = (row) => h("div", { class: "bar", "aria-hidden": "true" },
    h("i", { class: "retained", style: `width:${share(row.retained, most)}` }), h("i", { class: "own", style: `width:${share(row.own, most)}` }));
  const legend = h("p", { class: "soft" }, h("i", { class: "key own" }), "what they take up themselves ", h("i", { class: "key retained" }), "what they retain; what two types retain may be the same objects");
  inside("types").replaceChildren(...(rows.length ? [legend] : []), table({
    label: "type", rows, sort: 3, limit: 30, filter: (row) => row.name,
    columns: [
      { name: "Type", wide: true, of: (row) => row.name, show: (row) => h("code", null, row.name) },
      number("Objects", "count"), number("Own", "own", bytes), number("Retained", "retained", bytes),
      { name: "Own and retained", show: bars },
    ],
  }));
}

function sourceLines(look) {
  const rows = addUp(look, (group) => (group.made ? named(group.made) : "(line not known)"));
  const kinds = (row) => {
    const all = [...row.kinds];
    return all.slice(0, 3).join(", ") + (all.length > 3 ? ` and ${all.length - 3} more` : "");
  };
  const blocks = rows.some((row) => row.blocks_made !== null);
  inside("lines").replaceChildren(table({
    label: "line", rows, sort: 3, limit: 50, filter: (row) => `${row.name} ${[...row.kinds].join(" ")}`,
    columns: [
      { name: "Line", wide: true, of: (row) => row.name, show: (row) => h("code", null, row.name) },
      number("Objects", "count"), number("Own", "own", bytes), number("Retained", "retained", bytes),
      ...(blocks ? [number("Blocks made", "blocks_made"), number("Freed", "blocks_freed")] : []),
      { name: "Types", of: kinds, show: (row) => h("code", null, kinds(row)) },
    ],
  }));
}

function changes(look) {
  find("changes").hidden = !look.since;
  document.querySelector('a[href="#changes"]')?.toggleAttribute("hidden", !look.since);
  if (!look.since) return;
  const { name, objects, bytes: more, changes: rows } = look.since;
  const change = (key) => (row) => row.after[key] - row.before[key];
  const tone = (number, show) => h("span", { class: number > 0 ? "more" : "less" }, signed(number, show));
  const line = (row) => `${row.kind}${row.made ? ` ${named(row.made)}` : ""}`;
  inside("changes").replaceChildren(
    h("p", null, `Since ${name}: ${signed(objects, (number) => lines(number, "object"))}, ${signed(more, bytes)}.`),
    table({
      label: "change", rows: rows.map((row) => ({ ...row, more: change("own")(row), size: Math.abs(change("own")(row)) })), sort: 2, limit: 10, filter: line,
      columns: [
        { name: "Type and line", wide: true, of: line, show: (row) => h("code", null, line(row)) },
        { name: "Objects", figure: true, of: change("count"), show: (row) => signed(change("count")(row), count) },
        { name: "Own", figure: true, of: (row) => row.size, show: (row) => tone(row.more, bytes) },
        { name: "Change", figure: true, of: (row) => row.change, show: (row) => row.change },
        number("Blocks made", "blocks_made"), number("Freed", "blocks_freed"),
      ],
    }),
  );
}

function collector(look) {
  const facts = look.facts.map(([name, pieces]) => [h("dt", null, name), h("dd", null, paragraph(pieces)[0].childNodes.length ? [...paragraph(pieces)[0].childNodes] : "")]);
  inside("collector").replaceChildren(facts.length ? h("dl", { class: "facts" }, facts.flat()) : h("p", null, "Nothing is known of it."));
}

function show(look) {
  figures(look);
  changes(look);
  const map = dominators(look);
  suspects(look, map);
  types(look);
  sourceLines(look);
  collector(look);
}

/** The last look, and the choice of another one. */
function drawLooks() {
  if (data.looks.length) {
    const choice = find("look");
    choice.append(...data.looks.map((look, index) => h("option", { value: index }, title(look))));
    choice.value = String(data.looks.length - 1);
    choice.addEventListener("change", () => show(data.looks[Number(choice.value)]));
    find("choice").hidden = data.looks.length < 2;
    show(data.looks[data.looks.length - 1]);
  } else {
    find("nothing").hidden = false;
    find("found").hidden = true;
    document.querySelector(".top nav").hidden = true;
  }
}
