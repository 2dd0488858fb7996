// Memory over time, drawn into any element of a page. `drawTimeline(element, data)` takes what
// `report::timeline::data` gives; it needs the script that all pages share.
const drawTimeline = (() => {
  const ROW = 24; // A row of calls, pixels.
  const ROWS = 10; // Rows that are shown at first.
  const ENDS = 40; // Calls in view that are still marked on the curve.
  const COLOURS = 8;
  // Asked for, because a page names no address.
  const SVG = new DOMParser().parseFromString("<svg></svg>", "text/html").querySelector("svg").namespaceURI;
  const measure = document.createElement("canvas").getContext("2d");

  function s(name, attributes, ...children) {
    const element = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) {
      if (value !== null && value !== undefined) element.setAttribute(key, value);
    }
    element.append(...children.flat().filter((child) => child !== null));
    return element;
  }
  const colour = (index) => `--tl-c:var(--tl-${index % COLOURS})`;
  /** Colours of functions that follow each other are far apart. */
  const hueOf = (of) => Math.round((20 + of.place * 137.508) % 360);
  function wide(text, font = "12px") {
    measure.font = `${font} ${getComputedStyle(document.body).fontFamily}`;
    return measure.measureText(text).width;
  }
  /** As much of a text as fits, or nothing where that would tell nothing. */
  function fitted(text, room, font) {
    if (wide(text, font) <= room) return text;
    let length = Math.min(text.length, Math.floor(room / 4));
    while (length > 3 && wide(`${text.slice(0, length)}…`, font) > room) length -= 1;
    return length > 3 ? `${text.slice(0, length)}…` : "";
  }

  /** Seconds and bytes of packed samples. */
  function unpack(text, tick, unit) {
    const packed = atob(text);
    const times = [];
    const sizes = [];
    let at = 0;
    let level = 0;
    let place = 0;
    const number = () => {
      let value = 0;
      let scale = 1;
      for (;;) {
        const byte = packed.charCodeAt(place++);
        value += (byte & 0x7f) * scale;
        if (byte < 0x80) return value;
        scale *= 128;
      }
    };
    while (place < packed.length) {
      at += number();
      const change = number();
      level += change % 2 ? -(change + 1) / 2 : change / 2;
      times.push(at * tick);
      sizes.push(level * unit);
    }
    return { times: Float64Array.from(times), sizes: Float64Array.from(sizes) };
  }
  /** The first place at or behind a time. */
  function place(times, time) {
    let low = 0;
    let high = times.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (times[middle] < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }
  /** A curve whose levels are unpacked when they are needed. */
  function curveOf(run, packed, index) {
    const levels = packed.levels.map(() => null);
    const level = (at) => (levels[at] ??= unpack(packed.levels[at], run.tick, run.unit));
    const within = (at, from, to) => {
      const { times } = level(at);
      return [Math.max(0, place(times, from) - 1), Math.min(times.length, place(times, to) + 1)];
    };
    return {
      name: packed.name, index, peak: packed.peak, hidden: false,
      /** The samples in view, and one beyond each end: of the finest level that is not too many. */
      seen(from, to, most) {
        let at = levels.length - 1;
        let [first, last] = within(at, from, to);
        while (at > 0) {
          const [start, end] = within(at - 1, from, to);
          if (end - start > most) break;
          at -= 1;
          [first, last] = [start, end];
        }
        return { ...level(at), first, last };
      },
      /** The sample nearest to a time, if the curve is there at all. */
      near(time, reach) {
        const { times, sizes } = level(0);
        if (!times.length) return null;
        let at = place(times, time);
        if (at === times.length || (at > 0 && time - times[at - 1] < times[at] - time)) at -= 1;
        const gone = time > times[times.length - 1] + reach || time < times[0] - reach;
        return gone ? null : { time: times[at], bytes: sizes[at] };
      },
    };
  }

  /** Round numbers from one to another, `about` so many. */
  function ticks(from, to, about, steps) {
    const rough = (to - from) / Math.max(1, about);
    const step = steps(rough);
    const all = [];
    const first = Math.ceil(from / step - 1e-6);
    // A step is never so small that more would fit.
    for (let index = 0; index < 200 && (first + index) * step <= to + step * 1e-6; index++) all.push((first + index) * step);
    return { all, step };
  }
  function decimal(rough) {
    const power = 10 ** Math.floor(Math.log10(rough));
    return power * ([1, 2, 5].find((one) => one * power >= rough * 0.999) ?? 10);
  }
  const CLOCK = [60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400];
  const timeStep = (rough) => (rough <= 30 ? (rough > 20 ? 30 : decimal(rough)) : CLOCK.find((step) => step >= rough) ?? decimal(rough / 86400) * 86400);
  const digits = (step) => Math.max(0, Math.min(9, -Math.floor(Math.log10(step) + 1e-9)));
  /** A time, with the digits that steps of a size need: `1.25 s`, `2:05`, `1:02:05`. */
  function timeText(time, step) {
    if (Math.abs(time) < 120 && step < 30) return `${time.toFixed(digits(step))} s`;
    const sign = time < 0 ? "-" : "";
    const scale = 10 ** digits(step);
    const all = Math.round(Math.abs(time) * scale) / scale;
    const [hours, minutes, rest] = [Math.floor(all / 3600), Math.floor((all % 3600) / 60), all % 60];
    const two = (number) => String(number).padStart(2, "0");
    const last = rest.toFixed(digits(step)).padStart(digits(step) ? 3 + digits(step) : 2, "0");
    return hours ? `${sign}${hours}:${two(minutes)}:${last}` : `${sign}${minutes}:${last}`;
  }
  const UNIT = [["GiB", 2 ** 30], ["MiB", 2 ** 20], ["KiB", 2 ** 10], ["B", 1]];

  return function draw(element, data) {
    const runs = data.runs.map((run, index) => ({
      ...run,
      shown: run.name || run.command || `run ${index + 1}`,
      curves: run.curves.map((curve, at) => curveOf(run, curve, data.runs.length > 1 ? index : at)),
      layers: run.layers.map((layer, at) => curveOf(run, layer, at)),
      calls: run.calls.map(([place, row, start, end, before, after]) => ({
        of: { ...run.call_functions[place], place }, row, start: start * run.tick, end: end * run.tick, before, after,
      })),
    }));
    if (!runs.length) {
      element.replaceChildren(h("p", null, "Nothing was recorded: there is no sample."));
      return { zoom() {}, reset() {} };
    }
    const only = runs.length === 1 ? runs[0] : null;
    const length = Math.max(...runs.map((run) => run.duration)) || 1e-3;
    const whole = [0, length];
    const canStack = only !== null && only.layers.length > 0;
    const canCall = only !== null && only.calls.length > 0;
    const mode = {
      stacked: canStack && data.stacked, functions: data.functions, flame: data.flame,
      slope: data.slope, zero: true, all: false,
    };
    let view = data.window ? [...data.window] : [...whole];
    let cursor = null; // The time that is read.
    let drag = null; // Where a drag began and is, as times.
    let frame = null; // What was drawn: from times to places.
    let scrolled = 0;

    const svg = s("svg", { class: "tl-plot", tabindex: 0, role: "group" });
    const read = h("p", { class: "tl-read", "aria-live": "polite" });
    const notes = h("div");
    const legend = h("ul", { class: "tl-legend", "aria-label": "Curves" });
    const toggle = (name, label, can = true) => {
      if (!can) return null;
      const change = (event) => { mode[name] = event.target.checked; show(); };
      return h("label", null, h("input", { type: "checkbox", checked: mode[name], change }), label);
    };
    const reset = h("button", { type: "button", click: () => zoom(...whole) }, "Show all");
    const toolbar = h("div", { class: "tl-tools", role: "group", "aria-label": "What is drawn" },
      toggle("stacked", "Stack processes", canStack), toggle("functions", "Functions", canCall),
      toggle("flame", "As a flame", canCall), toggle("slope", "Slope", runs.some((run) => run.trend)),
      toggle("zero", "From zero"), reset);

    /** Curves that are drawn now. */
    function curves() {
      const all = mode.stacked ? only.layers.map((curve) => ({ run: only, curve })) : runs.flatMap((run) => run.curves.map((curve) => ({ run, curve })));
      return all.filter(({ curve }) => !curve.hidden && curve.peak);
    }
    function zoom(from, to) {
      const least = 10 * Math.min(...runs.map((run) => run.tick));
      const size = Math.min(Math.max(to - from, Math.min(least, length)), length);
      const start = Math.min(Math.max(0, (from + to - size) / 2), length - size);
      view = [start, start + size];
      show();
    }
    const isWhole = () => view[0] <= 0 && view[1] >= length;

    function highest(shown) {
      let [low, high] = [Infinity, -Infinity];
      const take = (size) => { low = Math.min(low, size); high = Math.max(high, size); };
      for (const { points } of shown) {
        for (let at = points.first; at < points.last; at++) take(points.sizes[at]);
      }
      for (const call of marked()) {
        if (call.start >= view[0]) take(call.before);
        if (call.end <= view[1]) take(call.after);
      }
      if (high === -Infinity) return [0, 1];
      if (mode.zero) low = Math.min(0, low);
      if (high <= low) high = low + Math.max(1, Math.abs(low) * 0.1);
      return [low, high];
    }
    function path({ times, sizes, first, last }, x, y) {
      const parts = [];
      for (let at = first; at < last; at++) parts.push(`${x(times[at]).toFixed(1)} ${y(sizes[at]).toFixed(1)}`);
      return parts.length ? `M${parts.join("L")}` : "";
    }
    function area({ times, first, last }, line, x, bottom) {
      return line ? `${line}L${x(times[last - 1]).toFixed(1)} ${bottom}L${x(times[first]).toFixed(1)} ${bottom}Z` : "";
    }

    function show() {
      const width = Math.max(240, svg.clientWidth || element.clientWidth || 800);
      const high = Math.round(Math.min(400, Math.max(210, width * 0.34)));
      const shown = curves().map((one) => ({ ...one, points: one.curve.seen(...view, 4 * width) }));
      const [low, peak] = highest(shown);
      const [, size] = UNIT.find(([, bytes]) => peak >= bytes) ?? UNIT[3];
      const unit = UNIT.find((one) => one[1] === size)[0];
      const rises = ticks(low / size, (peak / size) + 1e-9, high / 55, decimal);
      const rise = (number) => `${number.toFixed(digits(rises.step))} ${unit}`;
      const left = Math.ceil(Math.max(...rises.all.map((number) => wide(rise(number))), 30)) + 12;
      const [top, right] = [26, 14];
      const inner = width - left - right;
      const bottom = top + high;
      const x = (time) => left + ((time - view[0]) / (view[1] - view[0])) * inner;
      const y = (bytes) => bottom - ((bytes - low) / (peak - low)) * high;
      frame = { x, y, left, inner, top, bottom, time: (pixel) => view[0] + ((pixel - left) / inner) * (view[1] - view[0]) };
      const steps = ticks(...view, inner / 90, timeStep);
      const parts = [];
      const clip = `tl-clip-${(draw.count = (draw.count ?? 0) + 1)}`;
      parts.push(s("defs", {}, s("clipPath", { id: clip }, s("rect", { x: left, y: 0, width: inner, height: bottom + 1 }))));
      for (const number of rises.all) {
        const at = Math.round(y(number * size));
        parts.push(s("line", { class: "tl-grid", x1: left, x2: left + inner, y1: at, y2: at }));
        parts.push(s("text", { class: "tl-tick", x: left - 8, y: at + 4, "text-anchor": "end" }, rise(number)));
      }
      for (const time of steps.all) {
        const text = timeText(time, steps.step);
        const half = wide(text) / 2;
        const at = Math.min(Math.max(x(time), half), width - half);
        parts.push(s("line", { class: "tl-grid", x1: Math.round(x(time)), x2: Math.round(x(time)), y1: top, y2: bottom + 4 }));
        parts.push(s("text", { class: "tl-tick", x: at, y: bottom + 18, "text-anchor": "middle" }, text));
      }
      const drawn = s("g", { "clip-path": `url(#${clip})` });
      const order = mode.stacked ? [...shown].reverse() : shown;
      for (const { run, curve, points } of order) {
        const line = path(points, x, y);
        const style = colour(curve.index);
        const below = run.curves.indexOf(curve) > 0 && !only;
        if (mode.stacked) drawn.append(s("path", { class: "tl-layer", style, d: area(points, line, x, bottom) }), s("path", { class: "tl-curve", style, d: line }));
        else {
          if (run.curves[0] === curve && only) drawn.append(s("path", { class: "tl-fill", style, d: area(points, line, x, bottom) }));
          drawn.append(s("path", { class: below ? "tl-curve tl-below" : "tl-curve", style, d: line }));
        }
        if (points.last - points.first === 1) {
          drawn.append(s("circle", { class: "tl-dot", style, r: 4, cx: x(points.times[points.first]), cy: y(points.sizes[points.first]) }));
        }
      }
      if (mode.slope) {
        for (const run of runs) {
          if (!run.trend || run.curves[0].hidden) continue;
          const [slope, base] = run.trend;
          const at = (time) => `${x(time).toFixed(1)} ${y(base + slope * time).toFixed(1)}`;
          drawn.append(s("path", { class: "tl-trend", style: colour(only ? 1 : run.curves[0].index), d: `M${at(0)}L${at(run.duration)}` }));
        }
      }
      parts.push(drawn);
      ends(drawn);
      parts.push(s("rect", { class: "tl-hit", x: left, y: top, width: inner, height: high }));
      parts.push(...peaks(shown, width));
      frame.moving = s("g", {});
      parts.push(frame.moving);
      const lanes = calls(parts, bottom + 30);
      const tall = lanes + 10;
      svg.setAttribute("viewBox", `0 0 ${width} ${tall}`);
      svg.setAttribute("height", tall);
      svg.replaceChildren(...parts);
      reset.disabled = isWhole();
      svg.setAttribute("aria-label", summary(shown));
      legends();
      tell();
    }

    /** The highest sample: a cross through it, and what it is. */
    function peaks(shown, width) {
      const tops = runs.map((run) => ({ run, curve: mode.stacked ? run.layers.at(-1) : run.curves[0] }))
        .filter(({ curve }) => curve.peak && !curve.hidden && curve.peak[0] >= view[0] && curve.peak[0] <= view[1]);
      const most = Math.max(...tops.map(({ curve }) => curve.peak[1]));
      let labelled = false;
      return tops.flatMap(({ run, curve }) => {
        const [time, size] = curve.peak;
        const [at, up] = [frame.x(time), frame.y(size)];
        const dot = s("circle", { class: "tl-dot", style: mode.stacked ? "--tl-c:var(--more)" : colour(curve.index), r: 4.5, cx: at, cy: up });
        if (size < most || labelled) return [dot];
        labelled = true;
        const during = mode.stacked ? run.total_during : run.during;
        const label = run.call_functions.find((one) => one.name === during)?.label;
        const texts = [`peak ${bytes(size)} at ${timeText(time, 0.01)}${label ? ` in ${label}` : ""}`, `peak ${bytes(size)} at ${timeText(time, 0.01)}`, `peak ${bytes(size)}`];
        const text = texts.find((one) => wide(one, "600 12px") < frame.inner) ?? texts[2];
        const half = wide(text, "600 12px") / 2 + 2;
        const middle = Math.min(Math.max(at, frame.left + half), width - half);
        return [
          s("line", { class: "tl-peak", x1: at, x2: at, y1: up, y2: frame.bottom }),
          dot,
          s("text", { class: "tl-label", x: middle, y: Math.max(14, up - 10), "text-anchor": "middle" }, text),
        ];
      });
    }

    const called = () => (canCall && mode.functions ? only.calls.filter((call) => call.end >= view[0] && call.start <= view[1]) : []);
    /** Calls whose ends are marked on the curve, as long as these can be told apart. */
    function marked() {
      const seen = called();
      return !seen.length || mode.flame || mode.stacked || only.curves[0].hidden || seen.length > ENDS ? [] : seen;
    }
    /** Brackets on the curve, where each call began and ended. */
    function ends(drawn) {
      for (const call of marked()) {
        for (const [time, size, side] of [[call.start, call.before, 4], [call.end, call.after, -4]]) {
          const [at, up] = [frame.x(time), frame.y(size)];
          drawn.append(s("path", { class: "tl-end", style: `--hue:${hueOf(call.of)}`, d: `M${at + side} ${up - 9}H${at}V${up + 9}H${at + side}` }));
        }
      }
    }
    /** Rows of calls below the axis; where they end. */
    function calls(parts, top) {
      const seen = called();
      notes.replaceChildren();
      if (!seen.length) return top - 6;
      const rows = [...new Set(seen.map((call) => call.row))].sort((a, b) => a - b);
      const shown = mode.all ? rows : rows.slice(0, ROWS);
      for (const [line, row] of shown.entries()) {
        let group = [];
        const flush = () => { if (group.length) parts.push(box(group, top + line * ROW)); group = []; };
        for (const call of seen) {
          if (call.row !== row) continue;
          const last = group.at(-1);
          const narrow = (one) => frame.x(one.end) - frame.x(one.start) < 3;
          if (last && !(narrow(last) && narrow(call) && frame.x(call.start) - frame.x(last.end) < 1.5)) flush();
          group.push(call);
        }
        flush();
      }
      const say = [];
      if (only.call_count > only.calls.length) say.push(h("p", { class: "tl-note" }, `The ${count(only.calls.length)} longest of ${lines(only.call_count, "call")} are drawn.`));
      if (rows.length > ROWS) {
        const click = () => { mode.all = !mode.all; show(); };
        say.push(h("p", null, h("button", { type: "button", click }, mode.all ? `Show ${ROWS} levels` : `Show all ${rows.length} levels of calls`)));
      }
      notes.replaceChildren(...say);
      return top + shown.length * ROW;
    }
    /** One call as a bracket or a box; or many that lie too close to tell apart. */
    function box(group, top) {
      const [first, last] = [group[0], group.at(-1)];
      const from = Math.max(frame.x(first.start), frame.left);
      const to = Math.max(Math.min(frame.x(last.end), frame.left + frame.inner), from + 2);
      const one = group.length === 1;
      const name = one ? first.of.label : `${count(group.length)} calls`;
      const full = one ? `${name} ${seconds(first.end - first.start)}` : name;
      const room = to - from - 8;
      const text = wide(full) <= room ? full : fitted(name, room);
      const style = `--hue:${hueOf(first.of)}`;
      const open = () => zoom(first.start - (last.end - first.start) * 0.1, last.end + (last.end - first.start) * 0.1);
      // An end that is out of view is none.
      const [begin, finish] = [first.start >= view[0], last.end <= view[1]];
      const bracket = `M${from + 1} ${top + (begin ? 21 : 16)}V${top + 16}H${to - 1}${finish ? `V${top + 21}` : ""}`;
      const shape = mode.flame
        ? [s("rect", { class: "tl-box", x: from, y: top, width: to - from, height: ROW - 3, rx: 2 })]
        : [s("rect", { x: from, y: top, width: to - from, height: ROW - 2 }), s("path", { d: one ? bracket : `M${from} ${top + 17}H${to}` })];
      const label = text ? s("text", { x: (from + to) / 2, y: top + (mode.flame ? 15 : 12), "text-anchor": "middle" }, text) : null;
      const item = s("g", { class: "tl-call", style }, shape, label);
      item.addEventListener("click", open);
      item.addEventListener("pointerenter", () => read.replaceChildren(...about(group)));
      return item;
    }
    function about(group) {
      const [first, last] = [group[0], group.at(-1)];
      if (group.length > 1) return [`${count(group.length)} calls from ${timeText(first.start, 0.001)} to ${timeText(last.end, 0.001)}: zoom in to see them.`];
      return [h("code", null, first.of.name), `: ${seconds(first.end - first.start)}, from ${timeText(first.start, 0.001)} to ${timeText(first.end, 0.001)}, from ${bytes(first.before)} to ${bytes(first.after)} (${signed(first.after - first.before, bytes)}).`];
    }

    /** Says what is at the cursor. */
    function tell() {
      frame.moving.replaceChildren();
      if (drag) {
        const [from, to] = [...drag].sort((a, b) => a - b).map((time) => frame.x(Math.min(Math.max(time, view[0]), view[1])));
        frame.moving.append(s("rect", { class: "tl-chosen", x: from, y: frame.top, width: to - from, height: frame.bottom - frame.top }));
      }
      if (cursor === null) {
        read.replaceChildren(h("span", { class: "soft" }, "Drag, turn the wheel or press + and - to zoom; point or press the arrow keys to read; Escape or a double click shows all."));
        return;
      }
      const reach = (view[1] - view[0]) / frame.inner * 4;
      const found = curves().map(({ run, curve }) => ({ run, curve, at: curve.near(cursor, reach) })).filter(({ at }) => at);
      const on = frame.x(cursor);
      frame.moving.append(s("line", { class: "tl-cursor", x1: on, x2: on, y1: frame.top, y2: frame.bottom }));
      for (const { curve, at } of found) {
        if (at.time < view[0] || at.time > view[1]) continue;
        frame.moving.append(s("circle", { class: "tl-dot", style: colour(curve.index), r: 3.5, cx: frame.x(at.time), cy: frame.y(at.bytes) }));
      }
      const sizes = found.flatMap(({ run, curve, at }, index) => {
        // On top of each other, each is what it adds.
        const size = mode.stacked && index > 0 ? at.bytes - found[index - 1].at.bytes : at.bytes;
        if (mode.stacked && index > 0 && size === 0) return [];
        const name = only ? curve.name : run.curves.length > 1 ? `${run.shown} ${curve.name}` : run.shown;
        return [h("i", { class: "tl-key", style: colour(curve.index) }), `${name} ${bytes(size)}  `];
      });
      const total = mode.stacked && found.length > 1 ? [`together ${bytes(found.at(-1).at.bytes)}  `] : [];
      const running = canCall ? only.calls.filter((call) => call.start <= cursor && cursor <= call.end).sort((a, b) => a.row - b.row) : [];
      const names = running.flatMap((call, at) => [at ? " > " : "in ", h("code", null, call.of.label)]);
      read.replaceChildren(h("b", null, timeText(cursor, Math.max(1e-6, (view[1] - view[0]) / 1000))), "  ", ...sizes, ...total, ...names);
    }
    function summary(shown) {
      const top = runs.map((run) => (mode.stacked ? run.layers.at(-1) : run.curves[0])).map((curve) => curve.peak).filter(Boolean).sort((a, b) => b[1] - a[1])[0];
      const peak = top ? ` The peak is ${bytes(top[1])} at ${timeText(top[0], 0.01)}.` : "";
      return `Memory over time, ${lines(shown.length, "curve")}, from ${timeText(view[0], 0.01)} to ${timeText(view[1], 0.01)}.${peak} Arrow keys read, + and - zoom, Escape shows all.`;
    }
    function legends() {
      const all = mode.stacked ? only.layers.map((curve, at) => ({ run: only, curve, peak: only.curves[at].peak })) : runs.flatMap((run) => run.curves.map((curve) => ({ run, curve, peak: curve.peak })));
      if (all.length === 1 && !mode.slope) { legend.replaceChildren(); return; }
      legend.replaceChildren(...all.map(({ run, curve, peak }) => {
        const main = run.curves[0] === curve;
        const name = only ? curve.name : main ? run.shown : `${run.shown} ${curve.name}`;
        const slope = mode.slope && main && run.trend ? `, slope ${signed(run.trend[0], bytes)}/s` : "";
        const text = `${name}: ${peak ? `peak ${bytes(peak[1])}` : "no samples"}${slope}`;
        const key = h("i", { class: "tl-key", style: colour(curve.index) });
        if (mode.stacked || all.length === 1) return h("li", null, key, text);
        const click = () => { curve.hidden = !curve.hidden; show(); };
        return h("li", null, h("button", { type: "button", "aria-pressed": String(!curve.hidden), click }, key, text));
      }));
    }

    const timeAt = (event) => {
      const box = svg.getBoundingClientRect();
      return frame.time(((event.clientX - box.left) * (svg.viewBox.baseVal.width || box.width)) / box.width);
    };
    const inPlot = (event) => event.target.classList?.contains("tl-hit");
    svg.addEventListener("pointerdown", (event) => {
      if (!inPlot(event) || event.button !== 0 || event.pointerType === "touch") return;
      drag = [timeAt(event), timeAt(event)];
      try { svg.setPointerCapture(event.pointerId); } catch { /* no such pointer any more */ }
    });
    svg.addEventListener("pointermove", (event) => {
      if (drag) drag[1] = timeAt(event);
      else if (!inPlot(event)) return;
      cursor = Math.min(Math.max(timeAt(event), view[0]), view[1]);
      tell();
    });
    svg.addEventListener("pointerup", () => {
      if (!drag) return;
      const [from, to] = [...drag].sort((a, b) => a - b);
      drag = null;
      if (((to - from) / (view[1] - view[0])) * frame.inner > 4) zoom(Math.max(from, view[0]), Math.min(to, view[1]));
      else tell();
    });
    svg.addEventListener("pointercancel", () => { drag = null; tell(); });
    svg.addEventListener("pointerleave", () => { if (!drag && document.activeElement !== svg) { cursor = null; tell(); } });
    svg.addEventListener("dblclick", (event) => { if (inPlot(event)) zoom(...whole); });
    // A wheel that scrolls the page does not begin to zoom because the picture comes under it.
    window.addEventListener("scroll", () => { scrolled = performance.now(); }, { passive: true });
    svg.addEventListener("wheel", (event) => {
      if (!inPlot(event) || (event.deltaY > 0 && isWhole()) || performance.now() - scrolled < 300) return;
      event.preventDefault();
      scale(Math.exp(Math.max(-1, Math.min(1, event.deltaY / 300))), timeAt(event));
    }, { passive: false });
    function scale(factor, about) {
      zoom(about + (view[0] - about) * factor, about + (view[1] - about) * factor);
    }
    svg.addEventListener("keydown", (event) => {
      const size = view[1] - view[0];
      const at = cursor ?? (view[0] + view[1]) / 2;
      const move = (by) => () => { cursor = Math.min(Math.max(at + by * size, 0), length); follow(); };
      const pan = (by) => () => zoom(view[0] + by * size, view[1] + by * size);
      const keys = {
        ArrowLeft: event.shiftKey ? pan(-0.25) : move(-0.01), ArrowRight: event.shiftKey ? pan(0.25) : move(0.01),
        PageUp: pan(-0.9), PageDown: pan(0.9),
        Home: () => { cursor = 0; follow(); }, End: () => { cursor = length; follow(); },
        "+": () => scale(0.5, at), "=": () => scale(0.5, at), "-": () => scale(2, at),
        ArrowUp: () => scale(0.5, at), ArrowDown: () => scale(2, at),
        Escape: () => { drag = null; cursor = null; zoom(...whole); }, 0: () => zoom(...whole),
        p: () => { const top = (mode.stacked ? only.layers.at(-1) : runs[0].curves[0]).peak; if (top) { [cursor] = top; follow(); } },
      };
      if (event.ctrlKey || event.metaKey || event.altKey || !(event.key in keys)) return;
      event.preventDefault();
      keys[event.key]();
    });
    function follow() {
      const size = view[1] - view[0];
      if (cursor < view[0]) zoom(cursor, cursor + size);
      else if (cursor > view[1]) zoom(cursor - size, cursor);
      else tell();
    }

    element.replaceChildren(h("div", { class: "tl" }, toolbar, svg, read, notes, legend));
    let width = 0;
    new ResizeObserver(() => {
      if (svg.clientWidth !== width) { width = svg.clientWidth; show(); }
    }).observe(svg);
    zoom(...view);
    return { zoom, reset: () => zoom(...whole) };
  };
})();
