// The page of recordings: the picture, and what is in it as tables.
const inside = (id) => find(id).querySelector("div");
const { plot } = data;
const samplesOf = (run) => run.curves.reduce((sum, curve) => sum + curve.samples, 0);
const when = (run) => new Date(run.start * 1000).toLocaleString();
const nameOf = (run, index) => run.name || run.command || `run ${index + 1}`;

/** The function that ran at the peak, by its short name where the whole one is long. */
const short = (run) => (run.during.length <= 30 ? run.during : run.call_functions.find((one) => one.name === run.during).label);

function figures(runs) {
  const figure = (name, value) => h("div", null, h("dt", null, name), h("dd", null, value));
  const top = runs.filter((run) => run.curves[0].peak).sort((a, b) => b.curves[0].peak[1] - a.curves[0].peak[1])[0];
  const total = runs.length === 1 && runs[0].layers.length ? runs[0].layers.at(-1).peak : null;
  find("figures").replaceChildren(...[
    top && figure("Peak", bytes(top.curves[0].peak[1])),
    top && figure("Peak at", seconds(top.curves[0].peak[0])),
    top?.during && figure("Peak in", h("code", { title: top.during }, short(top))),
    total && figure("All processes at once", bytes(total[1])),
    figure("Duration", seconds(Math.max(...runs.map((run) => run.duration)))),
    figure("Samples", count(runs.reduce((sum, run) => sum + samplesOf(run), 0))),
  ].filter(Boolean));
  const about = runs.length > 1 ? [] : [["Recording", runs[0].name], ["Command", runs[0].command]];
  const shown = about.filter(([, text]) => text).flatMap(([name, text]) => [h("dt", null, name), h("dd", null, h("code", null, text))]);
  if (runs.length === 1 && runs[0].start > 0) shown.push(h("dt", null, "Started"), h("dd", null, when(runs[0])));
  find("about").replaceChildren(...shown);
}

function tableOfRuns(runs) {
  find("runs").hidden = runs.length < 2;
  if (runs.length < 2) return;
  const rows = runs.map((run, index) => ({ run, index, peak: run.curves[0].peak?.[1] ?? 0, during: run.during ?? "" }));
  inside("runs").replaceChildren(table({
    label: "run", rows, sort: 1,
    columns: [
      { name: "Run", wide: true, of: (row) => nameOf(row.run, row.index), show: (row) => [h("i", { class: "tl-key", style: `--tl-c:var(--tl-${row.index % 8})` }), h("code", null, nameOf(row.run, row.index))] },
      { name: "Peak", figure: true, of: (row) => row.peak, show: (row) => bytes(row.peak) },
      { name: "In", of: (row) => row.during, show: (row) => (row.during ? h("code", null, row.during) : "") },
      { name: "Duration", figure: true, of: (row) => row.run.duration, show: (row) => seconds(row.run.duration) },
      { name: "Samples", figure: true, of: (row) => samplesOf(row.run), show: (row) => count(samplesOf(row.run)) },
      { name: "Command", of: (row) => row.run.command, show: (row) => h("code", null, row.run.command) },
    ],
  }));
}

function tableOfFunctions(runs, drawn) {
  const rows = runs.flatMap((run) => run.call_functions.map((one) => ({ ...one, run })));
  find("functions").hidden = !rows.length;
  if (!rows.length) return;
  /** The longest call, in the middle of the picture. */
  const look = (row) => {
    const own = row.run.calls.filter(([which]) => row.run.call_functions[which].name === row.name);
    const longest = own.sort((a, b) => b[3] - b[2] - a[3] + a[2])[0];
    if (!longest) return;
    const [from, to] = [longest[2] * row.run.tick, longest[3] * row.run.tick];
    drawn.zoom(from - (to - from) * 0.1, to + (to - from) * 0.1);
    find("timeline").scrollIntoView({ block: "start" });
  };
  const name = (row) => (runs.length > 1 ? `${row.name} ${nameOf(row.run, runs.indexOf(row.run))}` : row.name);
  inside("functions").replaceChildren(table({
    label: "function", rows, sort: 1, limit: 30, filter: name,
    columns: [
      { name: "Function", wide: true, of: name, show: (row) => h("code", null, name(row)) },
      { name: "Peak", figure: true, of: (row) => row.peak, show: (row) => bytes(row.peak) },
      { name: "Grown", figure: true, of: (row) => row.grown, show: (row) => h("span", { class: row.grown > 0 ? "more" : "less" }, signed(row.grown, bytes)) },
      { name: "Calls", figure: true, of: (row) => row.calls, show: (row) => count(row.calls) },
      { name: "Time", figure: true, of: (row) => row.seconds, show: (row) => seconds(row.seconds) },
      { name: "Longest", figure: true, of: (row) => row.longest, show: (row) => h("button", { type: "button", click: () => look(row), "aria-label": `Show the longest call of ${row.name}` }, seconds(row.longest)) },
    ],
  }));
}

if (plot.title) find("title").textContent = plot.title;
if (plot.runs.length) {
  figures(plot.runs);
  const drawn = drawTimeline(find("timeline"), plot);
  tableOfRuns(plot.runs);
  tableOfFunctions(plot.runs, drawn);
} else {
  find("nothing").hidden = false;
  find("found").hidden = true;
}
root.dataset.ready = "1";
