"""The page of recordings, in a browser: what it draws and reads out, and that all can be read."""

from __future__ import annotations

import json
import math
import random
import re
from collections.abc import Callable
from pathlib import Path

import browser
import pytest
from rsprofile._core import Recordings

CHROMIUM = browser.find()

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium: tools/chromium --install gets one"
)

START = 1_764_000_000.0


def memory(mib: float, at: float) -> str:
    return f"MEM {mib:.6f} {START + at:.4f}\n"


def child(pid: int, mib: float, at: float) -> str:
    return f"CHLD {pid} {mib:.6f} {START + at:.4f}\n"


def call(name: str, start: float, end: float, level: int = 0, *, mib: float = 20.0) -> str:
    return f"FUNC {name} {mib:.4f} {START + start:.4f} {mib + 8:.4f} {START + end:.4f} {level}\n"


def sample() -> str:
    """Ten seconds, a line up from 10 to 109 MiB, with a peak of one sample."""
    lines = ["CMDLINE python app.py\n"]
    lines += [memory(10 + at / 100, at / 1000) for at in range(0, 10_000, 10)]
    lines[500] = memory(300, 4.99)
    lines += [call("app.load", 1, 4), call("app.Model.fit", 4.5, 9), call("app.step", 4.8, 5.2)]
    return "".join(lines)


def processes() -> str:
    """Two processes below, the second twice as large and for half of the time."""
    lines = [child(7, 50, at / 10) for at in range(100)]
    lines += [child(8, 100, at / 10) for at in range(51)]
    return sample() + "".join(lines)


def spans() -> str:
    """200 calls, some within a hundredth of a second, and a deep recursion."""
    chance = random.Random(4)
    lines = [memory(30 + 10 * math.sin(at / 50), at / 100) for at in range(2000)]
    for at in range(180):
        name = f"package.module{at % 7}.a_function_with_quite_a_long_name_{at % 13}"
        lines.append(call(name, at / 9, at / 9 + chance.uniform(0.01, 0.1)))
    lines += [call("package.recurse", 5 + at / 10, 12 - at / 10, at) for at in range(20)]
    return "".join(lines)


def long_names() -> str:
    name = "package." * 30 + "function"
    return f"CMDLINE {'a/very/long/path/' * 20}\n" + memory(1, 0) + memory(9, 1) + call(name, 0, 1)


def many() -> str:
    """A million samples."""
    lines = [memory(200 + at // 4096 % 99 + at % 5 / 256, at / 1000) for at in range(1_000_000)]
    lines[654_321] = memory(700, 654.321)
    return "".join(lines)


RECORDINGS: dict[str, Callable[[], str]] = {
    "sample": sample,
    "processes": processes,
    "spans": spans,
    "long": long_names,
    "one": lambda: memory(12, 0),
    "empty": lambda: "CMDLINE true\n",
}


@pytest.fixture
def page_of(tmp_path: Path) -> Callable[..., str]:
    def draw(*texts: str, **options: object) -> str:
        runs = None
        for number, text in enumerate(texts):
            file = tmp_path / f"run{number}.dat"
            file.write_text(text)
            read = Recordings.load(file)
            if runs is None:
                runs = read
            else:
                runs.extend(read)
        assert runs is not None
        runs.plot(tmp_path / "page.html", **options)  # type: ignore[arg-type]
        return (tmp_path / "page.html").read_text().replace(f"{tmp_path}/", "")

    return draw


@pytest.fixture
def chromium(tmp_path: Path) -> browser.Browser:
    assert CHROMIUM is not None
    return browser.Browser(CHROMIUM, tmp_path)


#: What the tests ask of a picture.
HELP = """
const svg = page.querySelector(".tl-plot");
const words = (selector) => [...page.querySelectorAll(selector)].map((one) => one.textContent);
const read = () => page.querySelector(".tl-read").textContent.replace(/\\s+/g, " ").trim();
const hit = () => page.querySelector(".tl-hit").getBoundingClientRect();
const point = (type, share, more = {}) => {
  const box = hit();
  const at = { clientX: box.left + share * box.width, clientY: box.top + box.height / 2 };
  const target = page.querySelector(".tl-hit");
  const kind = type === "wheel" ? view.WheelEvent : type === "dblclick" ? view.MouseEvent : view.PointerEvent;
  target.dispatchEvent(new kind(type, { bubbles: true, cancelable: true, button: 0, pointerId: 1, ...at, ...more }));
};
const press = (key, more = {}) => svg.dispatchEvent(new view.KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more }));
const check = (label) => [...page.querySelectorAll(".tl-tools label")].find((one) => one.textContent === label).firstChild.click();
const times = () => words(".tl-tick").filter((text) => / s$|:/.test(text));
const ends = () => [times()[0], times().at(-1)];
"""


def test_the_peak_is_marked_with_its_time_and_function(
    chromium: browser.Browser, page_of: Callable[..., str]
) -> None:
    told = chromium.look(
        page_of(sample()),
        HELP
        + """
        const facts = [...page.querySelectorAll("#figures > div")].map((one) => [...one.children].map((part) => part.textContent));
        return { label: words(".tl-label"), facts, calls: words(".tl-call text"), ends: page.querySelectorAll(".tl-end").length };
        """,
    )
    assert told["label"] == ["peak 300.0 MiB at 4.99 s in step"]
    assert told["facts"] == [
        ["Peak", "300.0 MiB"], ["Peak at", "5.0 s"], ["Peak in", "app.step"],
        ["Duration", "10.0 s"], ["Samples", "1,000"],
    ]  # fmt: skip
    assert told["calls"] == ["load 3.0 s", "fit 4.5 s", "step"]
    assert told["ends"] == 6


def test_it_is_zoomed_by_drag_wheel_and_keys_and_shown_whole_again(
    chromium: browser.Browser, page_of: Callable[..., str]
) -> None:
    told = chromium.look(
        page_of(sample()),
        HELP
        + """
        const seen = { whole: ends() };
        point("pointerdown", 0.2); point("pointermove", 0.35); point("pointermove", 0.4);
        seen.chosen = page.querySelectorAll(".tl-chosen").length;
        point("pointerup", 0.4);
        seen.drag = ends();
        point("dblclick", 0.5);
        seen.again = ends();
        point("pointerdown", 0.5); point("pointerup", 0.501);
        seen.click = ends();
        await new Promise((go) => setTimeout(go, 400));
        point("wheel", 0.5, { deltaY: -300 });
        seen.wheel = ends();
        press("Escape");
        press("+"); press("+");
        seen.keys = ends();
        press("ArrowRight", { shiftKey: true });
        seen.pan = ends();
        press("-"); press("-"); press("-");
        seen.out = ends();
        press("+");
        const all = [...page.querySelectorAll(".tl-tools button")].find((one) => one.textContent === "Show all");
        all.click();
        seen.button = [ends(), all.disabled];
        return seen;
        """,
    )
    whole = ["0 s", "9 s"]
    assert told == {
        "whole": whole, "chosen": 1, "drag": ["2.0 s", "3.8 s"], "again": whole, "click": whole,
        "wheel": told["wheel"], "keys": ["4.0 s", "6.0 s"], "pan": ["4.5 s", "6.5 s"], "out": whole,
        "button": [whole, True],
    }  # fmt: skip
    assert told["wheel"] != whole


def test_what_is_under_the_pointer_or_the_cursor_is_read_out(
    chromium: browser.Browser, page_of: Callable[..., str]
) -> None:
    told = chromium.look(
        page_of(processes()),
        HELP
        + """
        const seen = [read().slice(0, 4)];
        point("pointermove", 0.2);
        seen.push(read());
        press("p");
        seen.push(read());
        press("ArrowLeft");
        seen.push(read().slice(0, 7));
        press("End");
        seen.push(read());
        check("Stack processes");
        press("p");
        seen.push(read(), words(".tl-label")[0]);
        svg.dispatchEvent(new view.PointerEvent("pointerleave"));
        seen.push(read().slice(0, 4));
        return seen;
        """,
    )
    first, hover, peak, left, end, stacked, label, last = told
    assert first == last == "Drag"
    assert re.fullmatch(
        r"(1\.99|2\.00)\d s program 30\.0 MiB process 7 50\.0 MiB process 8 100\.0 MiB in load",
        hover,
    )
    assert peak == "4.990 s program 300.0 MiB process 7 50.0 MiB process 8 100.0 MiB in fit > step"
    assert left == "4.890 s" and end == "9.990 s program 109.9 MiB"
    assert stacked == (
        "4.990 s program 300.0 MiB process 7 50.0 MiB process 8 100.0 MiB together 450.0 MiB "
        "in fit > step"
    )
    assert label == "peak 450.0 MiB at 4.99 s in step"


def test_what_is_drawn_can_be_chosen(
    chromium: browser.Browser, page_of: Callable[..., str]
) -> None:
    told = chromium.look(
        page_of(processes(), slope=True),
        HELP
        + """
        const seen = { legend: words(".tl-legend li"), trend: page.querySelectorAll(".tl-trend").length };
        const curves = () => page.querySelectorAll(".tl-curve").length;
        seen.curves = curves();
        page.querySelectorAll(".tl-legend button")[1].click();
        seen.hidden = [curves(), page.querySelectorAll(".tl-legend button")[1].getAttribute("aria-pressed")];
        check("As a flame");
        seen.flame = [page.querySelectorAll(".tl-box").length, page.querySelectorAll(".tl-end").length];
        check("Functions");
        seen.none = page.querySelectorAll(".tl-call").length;
        check("Stack processes");
        seen.layers = page.querySelectorAll(".tl-layer").length;
        check("From zero");
        seen.sizes = words(".tl-tick")[0];
        return seen;
        """,
    )
    assert told == {
        "legend": [
            "program: peak 300.0 MiB, slope +10.0 MiB/s", "process 7: peak 50.0 MiB",
            "process 8: peak 100.0 MiB",
        ],
        "trend": 1, "curves": 3, "hidden": [2, "false"], "flame": [3, 0], "none": 0, "layers": 3,
        "sizes": told["sizes"],
    }  # fmt: skip
    assert told["sizes"] != "0 MiB"


def test_runs_are_aligned_at_their_starts(
    chromium: browser.Browser, page_of: Callable[..., str]
) -> None:
    later = "".join(memory(20 + at, 86_400 + at) for at in range(16))
    told = chromium.look(
        page_of(sample(), later),
        HELP
        + """
        point("pointermove", 0.5);
        const rows = [...page.querySelectorAll("#runs tbody tr")].map((row) => [...row.cells].slice(0, 4).map((cell) => cell.textContent));
        return { read: read(), ends: ends(), rows, label: words(".tl-label"), legend: words(".tl-legend li") };
        """,
    )
    assert told["read"] == "7.50 s run0.dat 85.0 MiB run1.dat 28.0 MiB"
    assert told["ends"] == ["0 s", "14 s"]
    assert told["rows"] == [
        ["run0.dat", "300.0 MiB", "app.step", "10.0 s"], ["run1.dat", "35.0 MiB", "", "15.0 s"],
    ]  # fmt: skip
    assert told["label"] == ["peak 300.0 MiB at 4.99 s in step"]
    assert told["legend"] == ["run0.dat: peak 300.0 MiB", "run1.dat: peak 35.0 MiB"]


def test_many_calls_are_grouped_and_a_click_shows_one(
    chromium: browser.Browser, page_of: Callable[..., str]
) -> None:
    told = chromium.look(
        page_of(spans()),
        HELP
        + """
        const seen = { ends: page.querySelectorAll(".tl-end").length, rows: words(".tl-plot + p + div button") };
        const rows = () => new Set([...page.querySelectorAll(".tl-call rect")].map((one) => one.getAttribute("y"))).size;
        seen.first = rows();
        page.querySelector(".tl-plot + p + div button").click();
        seen.all = rows();
        const item = [...page.querySelectorAll(".tl-call")].find((one) => one.textContent.startsWith("recurse 5.0"));
        item.dispatchEvent(new view.Event("pointerenter"));
        seen.about = read();
        item.dispatchEvent(new view.MouseEvent("click"));
        seen.zoomed = ends();
        const buttons = [...page.querySelectorAll("#functions tbody button")];
        seen.functions = page.querySelector("#functions caption").textContent;
        buttons[0].click();
        seen.moved = ends();
        return seen;
        """,
    )
    assert (told["ends"], told["first"]) == (0, 10)
    assert told["rows"][0].startswith("Show all ") and told["all"] > 10
    assert told["about"] == (
        "package.recurse: 5.0 s, from 6.000 s to 11.000 s, from 20.0 MiB to 28.0 MiB (+8.0 MiB)."
    )
    assert told["zoomed"] == ["6 s", "11 s"]
    assert told["functions"] == "30 of 92 functions" and told["moved"] != told["zoomed"]


def test_a_million_samples_are_drawn_with_their_peak(
    chromium: browser.Browser, page_of: Callable[..., str]
) -> None:
    page = page_of(many())
    assert len(page) < 3_000_000
    told = chromium.look(
        page,
        HELP
        + """
        const way = () => page.querySelector(".tl-curve").getAttribute("d").split("L").length;
        const seen = { label: words(".tl-label"), points: way() };
        press("p");
        seen.read = read();
        for (let at = 0; at < 12; at++) press("+");
        seen.close = way();
        seen.ends = ends();
        return seen;
        """,
    )
    assert told["label"] == ["peak 700.0 MiB at 10:54.32"]
    assert told["points"] < 4 * 1200
    assert told["read"] == "10:54.3 program 700.0 MiB"
    assert 30 < told["close"] < 4 * 1200


def test_times_and_sizes_that_cannot_be_are_drawn_somehow(
    chromium: browser.Browser, page_of: Callable[..., str]
) -> None:
    samples = [[-1e300, 5], [0, -(2**62)], [1e300, 2**62], [1e300, 0]]
    span = {"name": "f", "start": [1e300, 1], "end": [-1e300, 2], "level": 4_000_000_000}
    run = {"samples": samples, "spans": [span], "children": [{"pid": -1, "samples": samples}]}
    document = {"format": 1, "tool": "rsprofile", "run": {}, "functions": [], "recordings": [run]}
    told = chromium.look(
        page_of(json.dumps(document)),
        HELP
        + """
        for (const key of ["+", "End", "+", "ArrowRight", "p", "-", "Escape"]) press(key);
        for (const box of page.querySelectorAll(".tl-tools input")) box.click();
        return words(".tl-tick").length < 100;
        """,
    )
    assert told is True


def test_a_window_is_the_first_view(chromium: browser.Browser, page_of: Callable[..., str]) -> None:
    told = chromium.look(
        page_of(sample(), window=(2.0, 4.0), title="<b>Title</b>"),
        HELP
        + "const first = ends(); press('0'); return [first, ends(), page.querySelector('h1').textContent];",
    )
    assert told == [["2.0 s", "4.0 s"], ["0 s", "9 s"], "<b>Title</b>"]


def test_names_run_nothing(chromium: browser.Browser, page_of: Callable[..., str]) -> None:
    evil = "</script><script>window.parent.hacked=1</script><!--<img/src/onerror=window.parent.hacked=1>"
    text = f"CMDLINE {evil}\n{memory(1, 0)}{memory(2, 1)}{call(evil, 0, 1)}"
    told = chromium.look(
        page_of(text, title=evil),
        HELP
        + "press('p'); return [window.hacked ?? null, page.scripts.length, page.images.length, words('#about code')];",
    )
    assert told == [None, 2, 0, ["run0.dat", evil]]


#: Text that is cut, words that lie on each other, and what is wider than the page.
MEASURE = """
const faults = [];
const root = page.documentElement;
if (root.scrollWidth > root.clientWidth) faults.push(`page ${root.scrollWidth} > ${root.clientWidth}`);
const name = (element) => `${element.tagName}.${element.className.baseVal ?? element.className} ${element.textContent.slice(0, 40)}`;
for (const element of page.querySelectorAll("body *")) {
  if (!element.getClientRects().length || element.closest(".skip") || element.closest("svg")) continue;
  const style = view.getComputedStyle(element);
  const cut = style.overflowX !== "visible" || style.overflowY !== "visible";
  if (cut && !element.matches("input, select") && (element.scrollWidth > element.clientWidth + 1 || element.scrollHeight > element.clientHeight + 1)) faults.push(`cut: ${name(element)}`);
  const box = element.getBoundingClientRect();
  if (box.right > root.clientWidth + 1 || box.left < -1) faults.push(`outside: ${name(element)}`);
}
const svg = page.querySelector(".tl-plot");
if (svg) {
  const frame = svg.getBoundingClientRect();
  const texts = [...svg.querySelectorAll("text")].map((element) => [element, element.getBoundingClientRect()]);
  for (const [element, box] of texts) {
    if (box.left < frame.left - 1 || box.right > frame.right + 1 || box.top < frame.top - 1 || box.bottom > frame.bottom + 1) faults.push(`outside: ${name(element)}`);
  }
  for (const [at, [one, a]] of texts.entries()) {
    for (const [other, b] of texts.slice(at + 1)) {
      const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (wide > 1 && high > 3) faults.push(`${name(one)} lies on ${name(other)}`);
    }
  }
  for (const box of svg.querySelectorAll(".tl-call")) {
    const [words, room] = [box.querySelector("text"), box.querySelector("rect")];
    if (words && words.getBBox().width > room.getBBox().width) faults.push(`too wide: ${name(words)}`);
  }
}
return faults.slice(0, 10);
"""


@pytest.mark.parametrize("width", [390, 961, 1600])
@pytest.mark.parametrize("name", list(RECORDINGS))
def test_no_text_is_cut_and_nothing_lies_on_another(
    chromium: browser.Browser, page_of: Callable[..., str], name: str, width: int
) -> None:
    page = page_of(RECORDINGS[name](), flame=name == "spans")
    assert chromium.look(page, MEASURE, width=width) == []


def test_several_runs_and_layers_have_room_too(
    chromium: browser.Browser, page_of: Callable[..., str]
) -> None:
    assert chromium.look(page_of(sample(), spans(), long_names()), MEASURE, width=390) == []
    assert chromium.look(page_of(processes(), stacked=True, slope=True), MEASURE, width=390) == []


def test_both_themes_can_be_read(chromium: browser.Browser, page_of: Callable[..., str]) -> None:
    told = chromium.look(
        page_of(processes(), flame=True),
        """
        const channel = (value) => (value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
        const light = (colour) => {
            const [red, green, blue] = colour.match(/[\\d.]+/g).map((one) => channel(Number(one) / 255));
            return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
        };
        const contrast = (one, other) => {
            const [a, b] = [light(one), light(other)];
            return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        };
        const button = page.getElementById("theme");
        const seen = {};
        for (const theme of ["light", "dark"]) {
            button.click();
            await settle();
            const ground = view.getComputedStyle(page.body).backgroundColor;
            const fill = (element) => view.getComputedStyle(element).fill;
            const words = [...page.querySelectorAll(".tl-plot text")].map((element) => {
                const box = element.closest(".tl-call")?.querySelector(".tl-box");
                return contrast(fill(element), box ? fill(box) : ground);
            });
            const lines = [...page.querySelectorAll(".tl-curve")].map((element) => contrast(view.getComputedStyle(element).stroke, ground));
            seen[theme] = [page.documentElement.dataset.theme, Math.min(...words), Math.min(...lines)];
        }
        return seen;
        """,
    )
    for theme in ("light", "dark"):
        shown, words, lines = told[theme]
        # WCAG 2.2, level AA: of text, and of what is no text.
        assert shown == theme and words >= 4.5 and lines >= 3, told


def test_the_page_is_one_file_without_addresses(page_of: Callable[..., str]) -> None:
    page = page_of(sample())
    assert set(re.findall(r'\b(?:src|href)="([^"]*)"', page)) <= {"data:,", "#main"}
    assert "http" not in page.replace("http-equiv", "")
    assert len(page_of("CMDLINE true\n")) < 150_000
