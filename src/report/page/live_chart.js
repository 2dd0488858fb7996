// Memory over time, of a run that goes on: `liveChart(element)` gives a function that draws points
// `[time, lowest, highest, with children]`, times in seconds.

/** `12 s`, `2:05`, `1:02:05`. */
function timeText(time) {
  const all = Math.round(time);
  if (all < 120) return `${all} s`;
  const two = (number) => String(number).padStart(2, "0");
  const [hours, minutes] = [Math.floor(all / 3600), Math.floor((all % 3600) / 60)];
  return hours ? `${hours}:${two(minutes)}:${two(all % 60)}` : `${minutes}:${two(all % 60)}`;
}

function liveChart(element, tell) {
  const SVG = "http:" + "//www.w3.org/2000/svg"; // A name, not an address.
  const measure = document.createElement("canvas").getContext("2d");
  const s = (name, attributes, ...children) => {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  };
  const wide = (text, weight = "") => {
    measure.font = `${weight} 12px ${getComputedStyle(document.body).fontFamily}`;
    return measure.measureText(text).width;
  };
  /** Steps of 1, 2 or 5 times a power of ten; of bytes, in their unit. */
  function step(rough) {
    const power = 10 ** Math.floor(Math.log10(rough));
    return power * ([1, 2, 5].find((one) => one * power >= rough * 0.999) ?? 10);
  }
  const CLOCK = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400, 28800, 86400];
  const clock = (rough) => CLOCK.find((one) => one >= rough) ?? Math.ceil(rough / 86400) * 86400;
  const SIZES = [["GiB", 2 ** 30], ["MiB", 2 ** 20], ["KiB", 2 ** 10], ["B", 1]];

  const svg = s("svg", { tabindex: 0, role: "img" });
  const cursor = s("line", { class: "cursor", visibility: "hidden" });
  const legend = h("p", { class: "soft", hidden: true }, "Solid: the process, from the lowest to the highest in each stretch of time. Dotted: with its children.");
  element.replaceChildren(svg, legend);
  let drawn = null;
  let given = null;
  let at = null; // The time that is read.

  function read() {
    cursor.setAttribute("visibility", at === null || !drawn ? "hidden" : "visible");
    if (at === null || !drawn) { tell(""); return; }
    const near = drawn.points.reduce((best, one) => (Math.abs(one[0] - at) < Math.abs(best[0] - at) ? one : best));
    const x = drawn.x(near[0]);
    cursor.setAttribute("x1", x);
    cursor.setAttribute("x2", x);
    const range = near[1] === near[2] ? bytes(near[2]) : `${bytes(near[1])} to ${bytes(near[2])}`;
    const family = near[3] > near[2] ? `, with children ${bytes(near[3])}` : "";
    tell(`at ${timeText(near[0])}: ${range}${family}`);
  }
  function draw({ points, peak }) {
    given = { points, peak };
    if (!points.length) return;
    const width = Math.max(240, element.clientWidth || 600);
    const height = Math.round(Math.min(340, Math.max(200, width * 0.3)));
    const [first, last] = [points[0][0], points[points.length - 1][0]];
    const length = Math.max(last - first, 1);
    const highest = Math.max(...points.map((one) => Math.max(one[2], one[3])), 1);
    const [unit, size] = SIZES.find(([, bytes]) => highest >= bytes);
    const rise = step(highest / size / (height / 55));
    const digits = Math.max(0, -Math.floor(Math.log10(rise) + 1e-9));
    const label = (number) => `${number.toFixed(digits)} ${unit}`;
    const levels = [];
    for (let at = 0; at * rise <= (highest / size) * 1.0001; at++) levels.push(at * rise);
    const left = Math.ceil(Math.max(...levels.map((one) => wide(label(one))))) + 12;
    const [top, right, bottom] = [24, 14, height - 26];
    const inner = width - left - right;
    const x = (time) => left + ((time - first) / length) * inner;
    const y = (bytes) => bottom - (bytes / highest) * (bottom - top);
    const parts = levels.flatMap((one) => {
      const on = Math.round(y(one * size));
      return [s("line", { class: "grid", x1: left, x2: left + inner, y1: on, y2: on }),
        s("text", { class: "tick", x: left - 8, y: on + 4, "text-anchor": "end" }, label(one))];
    });
    const every = clock(length / Math.max(1, inner / 90));
    for (let time = Math.ceil(first / every) * every; time <= last; time += every) {
      const half = wide(timeText(time)) / 2;
      const on = Math.min(Math.max(x(time), half), width - half);
      parts.push(s("text", { class: "tick", x: on, y: bottom + 18, "text-anchor": "middle" }, timeText(time)));
    }
    const path = (which) => points.map((one) => `${x(one[0]).toFixed(1)} ${y(one[which]).toFixed(1)}`);
    const high = path(2);
    const low = path(1);
    const end = x(last).toFixed(1);
    parts.push(s("path", { class: "below", d: `M${high.join("L")}L${end} ${bottom}L${x(first).toFixed(1)} ${bottom}Z` }));
    parts.push(s("path", { class: "band", d: `M${high.join("L")}L${low.reverse().join("L")}Z` }));
    parts.push(s("path", { class: "line", d: `M${high.join("L")}` }));
    const hasFamily = points.some((one) => one[3] > one[2]);
    legend.hidden = !hasFamily;
    if (hasFamily) parts.push(s("path", { class: "family", d: `M${path(3).join("L")}` }));
    const seen = points.reduce((best, one) => (one[2] > best[2] ? one : best));
    const text = `highest ${bytes(seen[2])}`;
    const half = wide(text, "600") / 2 + 2;
    const up = y(seen[2]);
    parts.push(s("line", { class: "peak-line", x1: left, x2: left + inner, y1: up, y2: up }));
    parts.push(s("text", { class: "peak", x: Math.min(Math.max(x(seen[0]), left + half), width - half), y: Math.max(12, up - 8), "text-anchor": "middle" }, text));
    cursor.setAttribute("y1", top);
    cursor.setAttribute("y2", bottom);
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    svg.setAttribute("height", height);
    svg.setAttribute("aria-label", `Memory over time: now ${bytes(points[points.length - 1][2])}, highest ${bytes(seen[2])}. Arrow keys read.`);
    svg.replaceChildren(...parts, cursor);
    drawn = { points, x, first, last, time: (pixel) => first + ((pixel - left) / inner) * length };
    read();
  }
  const timeAt = (event) => {
    const box = svg.getBoundingClientRect();
    return drawn.time(((event.clientX - box.left) * svg.viewBox.baseVal.width) / box.width);
  };
  svg.addEventListener("pointermove", (event) => { if (drawn) { at = timeAt(event); read(); } });
  svg.addEventListener("pointerleave", () => { at = null; read(); });
  svg.addEventListener("blur", () => { at = null; read(); });
  svg.addEventListener("keydown", (event) => {
    if (!drawn || event.ctrlKey || event.metaKey || event.altKey) return;
    const by = (drawn.last - drawn.first) / 60;
    const keys = { ArrowLeft: (at ?? drawn.last) - by, ArrowRight: (at ?? drawn.first) + by, Home: drawn.first, End: drawn.last, Escape: null };
    if (!(event.key in keys)) return;
    event.preventDefault();
    at = keys[event.key] === null ? null : Math.min(Math.max(keys[event.key], drawn.first), drawn.last);
    read();
  });
  let width = 0;
  new ResizeObserver(() => {
    // Not at once: the picture is as high as it is wide, and that would be observed again.
    requestAnimationFrame(() => {
      if (element.clientWidth !== width && given) { width = element.clientWidth; draw(given); }
    });
  }).observe(element);
  return draw;
}
