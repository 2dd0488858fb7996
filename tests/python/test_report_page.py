"""The page of a document in a browser: its lines, lists, links and keys, and that all can be read."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import browser
import pytest
from conftest import Shell
from rsprofile import _core
from rsprofile._core import Profile

CHROMIUM = browser.find()
needs_chromium = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium: tools/chromium --install gets one"
)
LEAKS = Path(__file__).parents[1] / "leaks.json"
MIB = 1 << 20

#: A name that would end the page's data, and run, if it were not escaped.
EVIL = "/tmp/</script><script>window.parent.hacked=1</script><!--<b>.py"
RUN = {
    "command": ["app.py", "--fast"], "python": "3.13.0", "meter": "rss", "hook": "monitoring",
    "peak": True, "elapsed": 2.5, "processes": 1, "own_bytes": 3 * MIB, "hook_seconds": 0.05,
}  # fmt: skip


def measured(increment: int, usage: int = 100, occurrences: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "usage": usage * MIB, "increment": increment * MIB, "own": increment * MIB,
        "peak": (usage + 2) * MIB, "occurrences": occurrences, **more,
    }  # fmt: skip


def function(
    file: str, name: str, first: int, lines: list[tuple[str, dict[str, Any] | None]], **more: Any
) -> dict[str, Any]:
    rows = [
        {"line": first + at, "text": text, "measured": figures}
        for at, (text, figures) in enumerate(lines)
    ]
    return {
        "file": file, "name": name, "first_line": first, "calls": 2, "entry_first": 40 * MIB,
        "entry_max": 50 * MIB, "processes": 1, "rows": rows, **more,
    }  # fmt: skip


LOAD = [
    ("@profile", None),
    ("def load(n):", None),
    ("\tdata = [bytes(1 << 20) for _ in range(n)]", measured(64)),
    ("", None),
    ("    for item in data:", measured(0, occurrences=65)),
    ("        check(item)", measured(-1, occurrences=64, shared=True)),
    ("    return data", measured(3)),
]


def document(*functions: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"format": 1, "tool": "rsprofile", "run": RUN, "functions": list(functions), **more}


def sample() -> dict[str, Any]:
    """Two files, and every kind of function."""
    changed = function("/src/pkg/db.py", "query", 10, [("", None), ("", measured(9))])
    changed["source"] = "changed"
    for row in changed["rows"]:
        row["text"] = None
    missing = {**changed, "name": "gone", "first_line": 30, "source": "missing", "rows": []}
    missing["rows"] = [{"line": 31, "text": None, "measured": measured(1)}]
    block = function("/src/app.py", "main", 50, [("    x = 1", measured(5))], kind="block")
    module = [("import os", measured(2)), ("x = load(3)", measured(70))]
    return document(
        function("/src/app.py", "load", 3, LOAD),
        function("/src/app.py", "<module>", 1, module, kind="module"),
        block,
        changed,
        missing,
        function("/src/pkg/db.py", "never", 40, [("def never(): ...", None)], calls=0),
    )


def huge() -> dict[str, Any]:
    """500 files with 100,000 lines."""
    body = [(f"    value = compute({at}, name='line {at}')", measured(at % 7)) for at in range(38)]
    return document(
        *(
            function(
                f"/src/package_{at // 5 % 20}/module_{at // 5}.py", f"work_{at}", 1 + at % 5 * 50,
                [("@profile", None), (f"def work_{at}():", None), *body],
            )
            for at in range(2500)
        )
    )  # fmt: skip


def odd() -> dict[str, Any]:
    """Texts and names that are hard to show."""
    long = "package_with_a_long_name/" * 12
    return document(
        function(EVIL, "<b>f</b>", 1, [
            ("x = '</script><script>window.parent.hacked=1</script><!--'", measured(1)),
            ("y = '\u202e\u2066 \x00\x1b \u200b' # \u6f22\u5b57 \u05d0\u05d1", measured(10**6)),
            ("z = '" + "long" * 25_000 + "'", measured(2)),
            ("\tt\t= 1", measured(3, occurrences=10**15)),
        ]),
        function(f"/src/{long}a.py", "Name" * 60, 99_999_990, LOAD),
        function("<string>", "<lambda>", 1, [("f = lambda: 1", measured(1))]),
    )  # fmt: skip


def everything() -> dict[str, Any]:
    """Lines in both meters, the sites of a program, looks at what is alive, and a recording."""
    heap = {"live": 60 * MIB, "allocated": 64 * MIB, "freed": 0, "peak": 64 * MIB, "count": 65}
    lines = [(text, {**figures, "heap": heap} if figures else None) for text, figures in LOAD]
    looks = json.loads(LEAKS.read_text())["leaks"]
    places = [
        {"file": "/src/app.py", "function": "load", "first_line": 3, "line": line}
        for line in range(5, 60)
    ]
    figures = {"live_blocks": 1, "peak": MIB, "peak_blocks": 1, "allocated": 2 * MIB, "count": 3}
    sites = {
        "frames": 2, "live": 5 * MIB, "peak": 9 * MIB, "own_bytes": MIB, "places": places,
        "list": [
            {"stack": [at, 0], "allocator": "object", "live": (60 - at) * 1000, **figures}
            for at in range(55)
        ],
    }  # fmt: skip
    samples = [[100 + at / 10, (30 + at % 40) * MIB] for at in range(200)]
    spans = [{"name": "app.load", "start": samples[20], "end": samples[90]}]
    recording = {"name": "run", "command": "app.py", "samples": samples, "spans": spans}
    both = {**RUN, "meter": "rss,heap"}
    all = document(function("/src/app.py", "load", 3, lines), sites=sites, leaks=looks)
    return {**all, "run": both, "recordings": [recording]}


def empty() -> dict[str, Any]:
    return {**document(), "run": {}}


DOCUMENTS: dict[str, Callable[[], dict[str, Any]]] = {
    "sample": sample,
    "huge": huge,
    "odd": odd,
    "everything": everything,
    "empty": empty,
}


def page_of(document: dict[str, Any], **options: Any) -> str:
    return _core.page(Profile.loads(json.dumps(document)), **options)


def later() -> dict[str, Any]:
    """The sample after an edit."""
    after = sample()
    rows = after["functions"][0]["rows"]
    rows[2] = {**rows[2], "text": "    data = [bytes(1 << 20)] * 96", "measured": measured(96)}
    del rows[3]
    rows.append({"line": 10, "text": "    # new", "measured": measured(1)})
    after["functions"][1]["name"] = "other"
    return after


def comparison(before: dict[str, Any], after: dict[str, Any]) -> str:
    return _core.compare(*(Profile.loads(json.dumps(one)) for one in (before, after)))


@pytest.fixture
def chromium(tmp_path: Path) -> browser.Browser:
    assert CHROMIUM is not None
    return browser.Browser(CHROMIUM, tmp_path)


#: What the tests below reach into the page by.
TOOLS = """
const all = (selector) => [...page.querySelectorAll(selector)];
const texts = (selector) => all(selector).map((one) => one.textContent.trim());
const article = (name) => all("article").find((one) => one.querySelector("h3 a")?.textContent.endsWith(` ${name}`));
const cells = (row) => [row.querySelector(".n").textContent, ...[...row.querySelectorAll(".cells span")].map((one) => one.textContent)];
const press = async (element, key) => {
  element.dispatchEvent(new view.KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  await settle();
};
const type = (id, text) => {
  const field = page.getElementById(id);
  field.value = text;
  field.dispatchEvent(new view.Event(field.matches("select") ? "change" : "input"));
};
const order = (name) => type("order", [...page.getElementById("order").options].find((one) => one.textContent === name).value);
const here = () => { const row = page.querySelector(".row.here"); return row && row.querySelector(".n").textContent; };
const inView = (element) => { const box = element.getBoundingClientRect(); return box.bottom > 0 && box.top < view.innerHeight; };
"""


@needs_chromium
def test_the_page_shows_the_figures_of_the_text_report(chromium: browser.Browser) -> None:
    told = chromium.look(
        page_of(sample()),
        TOOLS
        + """
        const load = article("load");
        return {
          tiles: texts("#tiles > div").slice(0, 2), heads: [...load.querySelectorAll(".heads button")].map((one) => one.textContent),
          rows: [...load.querySelectorAll(".row")].map(cells), source: [...load.querySelectorAll("code[role=cell]")].map((one) => one.textContent),
          bars: [...load.querySelectorAll(".cells .increment i")].map((one) => one.style.width),
          about: load.querySelector("p").textContent, calls: load.querySelector("small").textContent,
          parts: page.getElementById("parts").hidden,
        };
        """,
        width=1600,
    )
    assert told["tiles"] == ["Peak102.0 MiB", "Growth153.0 MiB"]
    assert told["heads"] == ["Line", "Mem usage", "Increment", "Peak", "Own", "Occurrences"]
    assert told["rows"] == [
        ["3", "50.0 MiB", "40.0 MiB", "50.0 MiB", "0.0 MiB", "2"],
        ["4"],
        ["5", "100.0 MiB", "64.0 MiB", "102.0 MiB", "64.0 MiB", "1"],
        ["6"],
        ["7", "100.0 MiB", "0.0 MiB", "102.0 MiB", "0.0 MiB", "65"],
        ["8~", "100.0 MiB", "-1.0 MiB", "102.0 MiB", "-1.0 MiB", "64"],
        ["9", "100.0 MiB", "3.0 MiB", "102.0 MiB", "3.0 MiB", "1"],
    ]
    assert told["source"] == [f"{text}\n" for text, _ in LOAD]
    # None for what a call starts from; the others against the largest line of all.
    assert told["bars"] == ["91.43%", "1.43%", "4.29%"]
    assert told["about"] == "Increment 66.0 MiB \u00b7 Own 66.0 MiB \u00b7 Peak 102.0 MiB"
    assert told["calls"] == "2 calls"
    assert told["parts"] is True


@needs_chromium
@pytest.mark.parametrize("precision", [0, 1, 3])
def test_figures_are_rounded_as_in_the_text_report(
    chromium: browser.Browser, precision: int
) -> None:
    sizes = [0, 1, -1, -4096, 1 << 17, 1 << 18, 3 << 18, 5 << 18, 1 << 19, 3 << 19, -(1 << 19)]
    sizes += [123_456_789, (1 << 50) + (1 << 19), 7 << 17, -(3 << 17), 1 << 10]
    lines = [("x", {**measured(0), "increment": size}) for size in sizes]
    all = document(function("/src/app.py", "<module>", 1, lines, kind="module"))
    report = Profile.loads(json.dumps(all)).render(columns=["increment"], precision=precision)
    told = chromium.look(
        page_of(all, columns=["increment"], precision=precision),
        TOOLS + 'return texts(".cells .increment");',
    )
    assert told == re.findall(r"^ +\d+ +(\S+ MiB)", report, re.MULTILINE)


@needs_chromium
def test_blocks_modules_and_lost_sources_are_told_apart(chromium: browser.Browser) -> None:
    told = chromium.look(
        page_of(sample()),
        TOOLS
        + """
        return { titles: texts("article h3 a"), notes: texts("article p.note"),
          legend: page.getElementById("legend").textContent, how: page.getElementById("how").textContent,
          changed: [...article("query").querySelectorAll(".row")].map(cells) };
        """,
    )
    assert told["titles"] == [
        "app.py:1 <module>", "app.py:3 load", "app.py:50 main (with block)",
        "db.py:10 query", "db.py:30 gone",
    ]  # fmt: skip
    assert told["notes"] == ["(source changed since it was loaded)", "(source not found)"]
    assert told["legend"].startswith("~another profiled thread ran during this line")
    assert "/src/pkg/db.py:40 never" in told["how"]
    assert told["changed"][1][1:] == ["9.0 MiB", "102.0 MiB", "1"]


@needs_chromium
def test_lines_are_sorted_and_put_back_in_order(chromium: browser.Browser) -> None:
    told = chromium.look(
        page_of(sample()),
        TOOLS
        + """
        const numbers = () => [...article("load").querySelectorAll(".row .n")].map((one) => one.textContent);
        const head = (name) => [...article("load").querySelectorAll(".heads button")].find((one) => one.textContent.startsWith(name));
        const seen = [];
        for (const name of ["Increment", "Increment", "Occurrences", "Line"]) {
          head(name).click();
          await settle();
          seen.push([numbers(), [...article("load").querySelectorAll("[aria-sort]")].map((one) => `${one.textContent} ${one.ariaSort}`)]);
        }
        seen.push(page.activeElement.textContent);
        return seen;
        """,
    )
    largest, least, often, source, focus = told
    # The reading at entry is nothing that line 3 added.
    assert largest == [["5", "9", "3", "7", "8~"], ["Increment \u2193 descending"]]
    assert least == [["8~", "3", "7", "9", "5"], ["Increment \u2191 ascending"]]
    assert often[0][:2] == ["7", "8~"]
    assert source == [["3", "4", "5", "6", "7", "8~", "9"], ["Line ascending"]]
    assert focus == "Line"
    sorted_at_first = chromium.look(
        page_of(sample(), sort="increment"), TOOLS + 'return texts("article .heads .text");'
    )
    assert set(sorted_at_first) == {"Source, by Increment"}


@needs_chromium
def test_the_list_is_sorted_and_filtered_and_the_lines_with_it(chromium: browser.Browser) -> None:
    told = chromium.look(
        page_of(sample()),
        TOOLS
        + """
        const seen = {};
        const list = () => texts('#side [role="option"] > span:first-child');
        seen.first = list();
        seen.notes = texts("#side small").slice(0, 2);
        for (const name of ["Own", "Peak", "Name"]) { order(name); seen[name] = list(); }
        order("Increment");
        type("filter", "QUERY");
        seen.one = [list(), texts("article h3 a"), page.getElementById("found-functions").textContent];
        type("filter", "db.py");
        seen.file = list();
        type("filter", "nothing of that kind");
        seen.none = [list(), all("article").length];
        await press(page.getElementById("filter"), "Escape");
        seen.again = list().length;
        return seen;
        """,
    )
    assert told["first"] == [
        "app.py", "<module>", "load", "main (with block)", "pkg/db.py", "query", "gone",
    ]  # fmt: skip
    # What a file grew is what its own lines did.
    assert told["notes"] == [
        "Increment 143.0 MiB \u00b7 Peak 102.0 MiB", "Increment 72.0 MiB \u00b7 Peak 102.0 MiB",
    ]  # fmt: skip
    assert told["Name"] == [
        "app.py", "<module>", "load", "main (with block)", "pkg/db.py", "gone", "query",
    ]  # fmt: skip
    assert told["one"] == [
        ["pkg/db.py", "query"],
        ["db.py:10 query"],
        "1 function in 1 file of 5",
    ]
    assert told["file"] == ["pkg/db.py", "query", "gone"]
    assert told["none"] == [[], 0]
    assert told["again"] == 7


@needs_chromium
@pytest.mark.parametrize(
    ("address", "number", "title"),
    [
        ("app.py:7", "7", "load"),
        ("/src/app.py:7", "7", "load"),
        ("db.py:11", "11", "query"),
        ("L5", "5", "load"),
        ("app.py:2", "2", "<module>"),
    ],
)
def test_a_link_to_a_line_survives_a_reload(
    chromium: browser.Browser, address: str, number: str, title: str
) -> None:
    told = chromium.look(
        page_of(sample()),
        TOOLS
        + """
        const row = page.querySelector(".row.here");
        return [here(), row.closest("article").querySelector("h3 a").textContent, inView(row)];
        """,
        address=address,
        height=400,
    )
    assert told[0] == number
    assert told[1].endswith(f" {title}")
    assert told[2] is True


@needs_chromium
def test_a_click_on_a_number_makes_the_link(chromium: browser.Browser) -> None:
    told = chromium.look(
        page_of(sample()),
        TOOLS
        + """
        const seen = [];
        for (const at of [2, 4]) {
          article("load").querySelectorAll(".row .n")[at].click();
          await settle();
          seen.push(view.location.hash, here());
        }
        view.history.back();
        await settle();
        seen.push(view.location.hash, here());
        return seen;
        """,
        address="",
    )
    assert told == ["#app.py:5", "5", "#app.py:7", "7", "#app.py:5", "5"]


@needs_chromium
def test_all_can_be_reached_by_the_keyboard(chromium: browser.Browser) -> None:
    told = chromium.look(
        page_of(sample()),
        TOOLS
        + """
        const seen = [];
        const focus = () => page.activeElement.id || page.activeElement.className;
        await press(page.body, "/");
        seen.push(focus());
        await press(page.activeElement, "ArrowDown");
        seen.push(focus());
        const side = page.getElementById("side");
        const chosen = () => page.getElementById(side.getAttribute("aria-activedescendant")).textContent;
        await press(side, "ArrowDown"); await press(side, "ArrowDown");
        seen.push(chosen());
        await press(side, "Enter");
        seen.push(focus(), page.activeElement.closest("article") === article("load"));
        const lines = page.activeElement;
        await press(lines, "ArrowDown");
        seen.push(here());
        await press(lines, "ArrowDown"); await press(lines, "ArrowDown");
        seen.push(here(), view.location.hash);
        await press(lines, "End");
        seen.push(here());
        await press(lines, "Home"); await press(lines, "ArrowUp");
        seen.push(here());
        await press(side, "End");
        seen.push(chosen());
        return seen;
        """,
        address="",
    )
    assert told[:2] == ["filter", "side"]
    assert told[2].startswith("load")
    assert told[3:] == [
        "lines", True, "3", "5", "#app.py:5", "9", "3", "goneIncrement 1.0 MiB \u00b7 Peak 102.0 MiB",
    ]  # fmt: skip


@needs_chromium
def test_marked_source_is_copied_without_numbers_and_bars(chromium: browser.Browser) -> None:
    told = chromium.look(
        page_of(sample()),
        TOOLS
        + """
        const selection = view.getSelection();
        const rows = article("load").querySelectorAll(".row");
        selection.setBaseAndExtent(rows[0], 0, rows[6], rows[6].childNodes.length);
        return selection.toString();
        """,
    )
    assert told.rstrip("\n") == "\n".join(text for text, _ in LOAD)


@needs_chromium
def test_only_what_is_in_view_is_in_the_page(chromium: browser.Browser) -> None:
    told = chromium.look(
        page_of(huge()),
        TOOLS
        + """
        const size = () => page.querySelectorAll("*").length;
        const drawn = () => all("article .row").length;
        const seen = { articles: all("article").length, size: [size()], drawn: [drawn()], list: [all("#side > div").length] };
        view.scrollTo({ top: page.documentElement.scrollHeight, behavior: "instant" });
        view.dispatchEvent(new view.Event("scroll"));
        await settle(); await settle();
        seen.last = all("article").at(-1).querySelectorAll(".row").length;
        seen.first = all("article")[0].childNodes.length;
        seen.size.push(size());
        view.location.hash = "package_0/module_300.py:30";
        await settle();
        seen.here = here();
        seen.seen = inView(page.querySelector(".row.here"));
        seen.size.push(size());
        seen.errors = page.documentElement.dataset.error ?? null;
        return seen;
        """,
        address="",
    )
    assert (told["articles"], told["last"], told["first"]) == (2500, 40, 0)
    assert max(told["size"]) < 9000, told
    assert 0 < told["drawn"][0] < 400
    assert told["list"][0] < 60
    assert (told["here"], told["seen"], told["errors"]) == ("30", True, None)


@needs_chromium
def test_a_function_of_any_length_is_drawn_in_parts(chromium: browser.Browser) -> None:
    lines: list[tuple[str, dict[str, Any] | None]] = [("x", measured(1))] * 20_000
    told = chromium.look(
        page_of(document(function("/src/long.py", "long", 1, lines))),
        TOOLS
        + """
        const seen = [all(".row").length];
        view.location.hash = "L15000";
        await settle(); await settle();
        seen.push(here(), inView(page.querySelector(".row.here")), all(".row").length);
        return seen;
        """,
        address="",
    )
    assert told[1:3] == ["15000", True]
    assert told[0] < 400
    assert told[3] < 1000


@needs_chromium
def test_names_and_texts_run_nothing_and_are_seen(chromium: browser.Browser) -> None:
    page = page_of(odd())
    told = chromium.look(
        page,
        TOOLS
        + """
        const rows = [...article("<b>f</b>").querySelectorAll(".row code")];
        const seen = { hacked: window.hacked ?? null, scripts: page.scripts.length, bold: all("article h3 b").length,
          first: rows[0].textContent, odd: [...rows[1].querySelectorAll(".odd")].map((one) => one.dataset.name),
          long: rows[2].textContent.length, title: article("<b>f</b>").querySelector("h3 a").textContent };
        rows[2].querySelector("button").click();
        seen.whole = rows[2].textContent.length;
        article("<b>f</b>").querySelector(".row .n").click();
        await settle();
        seen.here = here();
        return seen;
        """,
        address="",
    )
    assert told["hacked"] is None
    assert told["scripts"] == 2
    assert told["bold"] == 0
    assert told["first"] == "x = '</script><script>window.parent.hacked=1</script><!--'\n"
    assert told["odd"] == ["U+202E", "U+2066", "U+0000", "U+001B", "U+200B"]
    assert told["long"] < 500
    assert told["whole"] == 100_007
    assert told["here"] == "1"


@needs_chromium
def test_columns_are_chosen(chromium: browser.Browser) -> None:
    told = chromium.look(
        page_of(everything()),
        TOOLS
        + """
        const heads = () => [...article("load").querySelectorAll(".heads button")].map((one) => one.textContent);
        const toggle = async (name) => { all("#columns button").find((one) => one.textContent === name).click(); await settle(); };
        const seen = [texts("#columns button"), heads()];
        await toggle("Freed");
        seen.push(heads());
        await toggle("Increment");
        seen.push(heads(), all("#columns button").filter((one) => one.ariaPressed === "true").length);
        return seen;
        """,
        width=1300,
    )
    assert told[0] == [
        "Mem usage", "Increment", "Peak", "Own", "Live", "Allocated", "Freed", "Heap peak", "Count",
        "Occurrences",
    ]  # fmt: skip
    assert told[1] == ["Line", "Increment", "Peak", "Live", "Allocated"]
    assert told[2] == ["Line", "Increment", "Peak", "Live", "Allocated", "Freed"]
    assert told[3:] == [["Line", "Peak", "Live", "Allocated", "Freed"], 4]
    chosen = chromium.look(
        page_of(everything(), columns=["own", "usage"]), TOOLS + 'return texts(".heads button");'
    )
    assert chosen == ["Line", "Mem usage", "Own"]


@needs_chromium
def test_all_that_a_document_holds_is_in_one_page(chromium: browser.Browser) -> None:
    told = chromium.look(
        page_of(everything()),
        TOOLS
        + """
        const shown = () => all(".view").filter((one) => !one.hidden).map((one) => one.id);
        const seen = { parts: texts("#parts a"), shown: [shown()] };
        for (const link of all("#parts a")) { link.click(); await settle(); seen.shown.push(shown()); }
        seen.suspects = all("#suspects article").length;
        seen.map = all(".cell").length > 3;
        seen.curves = all("#timeline svg path").length > 0;
        seen.sites = [all("#program tbody tr").length, page.querySelector("#program caption").textContent];
        const linked = all("#program tbody a");
        seen.linked = linked.length;
        linked.find((one) => one.textContent.includes(":7 ")).click();
        await settle();
        seen.line = [shown(), here()];
        type("group", "file");
        seen.files = texts("#program tbody code");
        view.location.hash = "types";
        await settle();
        seen.shown.push(shown());
        return seen;
        """,
        address="",
    )
    assert told["parts"] == ["Lines", "Timeline", "Whole program", "What keeps memory alive"]
    assert told["shown"] == [
        ["source"], ["source"], ["timeline"], ["program"], ["leaks"], ["leaks"],
    ]  # fmt: skip
    assert told["suspects"] == 5
    assert told["map"] is True
    assert told["curves"] is True
    assert told["sites"] == [50, "50 of 55 lines"]
    assert told["linked"] == 5
    assert told["line"] == [["source"], "7"]
    assert told["files"][0] == "/src/app.py"


@needs_chromium
def test_two_profiles_stand_side_by_side(chromium: browser.Browser) -> None:
    told = chromium.look(
        comparison(sample(), later()),
        TOOLS
        + """
        const rows = () => [...article("load").querySelectorAll(".row")];
        const seen = { rows: rows().map(cells), classes: rows().map((one) => one.className),
          was: article("load").querySelector("del").textContent, tags: texts("article .tag"),
          titles: texts("article h3 a"), about: article("load").querySelector("p").textContent };
        type("by", "occurrences");
        await settle();
        seen.calls = rows().map(cells)[4];
        article("load").querySelectorAll(".heads button")[3].click();
        await settle();
        seen.sorted = rows().map((one) => cells(one)[3]);
        view.location.hash = "app.py:9";
        await settle();
        seen.here = here();
        return seen;
        """,
        address="",
    )
    assert told["rows"][2] == ["5", "64.0 MiB", "96.0 MiB", "+32.0 MiB"]
    assert told["rows"][3] == ["6"]
    assert told["rows"][7] == ["10", "", "1.0 MiB", "+1.0 MiB"]
    assert told["classes"] == [
        "row", "row", "row altered", "row removed", "row", "row", "row", "row added",
    ]  # fmt: skip
    assert told["was"] == "- \tdata = [bytes(1 << 20) for _ in range(n)]"
    assert sorted(told["tags"]) == ["gone", "new"]
    assert told["titles"][:3] == ["app.py:1 <module>", "app.py:1 other", "app.py:3 load"]
    assert told["about"] == "Increment +33.0 MiB (66.0 MiB \u2192 99.0 MiB)"
    assert told["calls"] == ["7", "65", "65", "0"]
    assert told["sorted"][0] == "+1"
    assert told["here"] == "9"


@needs_chromium
def test_programs_and_objects_are_compared_too(chromium: browser.Browser) -> None:
    after = everything()
    after["sites"]["list"][3]["live"] += 7 * MIB
    after["leaks"][-1]["groups"][0]["own"] += MIB
    told = chromium.look(
        comparison(everything(), after),
        TOOLS
        + """
        const seen = [texts("#parts a")];
        for (const link of all("#parts a")) { link.click(); await settle(); }
        seen.push(texts("#program tbody tr:first-child td"), texts("#objects tbody tr").length);
        return seen;
        """,
        address="",
    )
    assert told[0] == ["Lines", "Whole program", "Objects"]
    assert told[1] == ["55.7 KiB", "7.1 MiB", "+7.0 MiB", "/src/app.py:8 load"]
    assert told[2] == 1


@needs_chromium
def test_a_page_of_nothing_says_what_the_text_report_says(chromium: browser.Browser) -> None:
    told = chromium.look(page_of(empty()), "return page.getElementById('empty').innerText;")
    assert told == ("Nothing was profiled: decorate a function with @profile, or name one with -f.")
    uncalled = document(function("/src/app.py", "f", 1, [("def f(): ...", None)], calls=0))
    told = chromium.look(page_of(uncalled), "return page.getElementById('empty').innerText;")
    assert told == "No profiled function was called: /src/app.py:1 f."
    told = chromium.look(comparison(empty(), empty()), "return page.body.innerText;")
    assert "Neither profile has anything to compare." in told


@needs_chromium
@pytest.mark.parametrize("width", [390, 700, 961, 1600])
@pytest.mark.parametrize("name", [*DOCUMENTS, "comparison"])
def test_no_text_is_cut_and_nothing_lies_on_another(
    chromium: browser.Browser, name: str, width: int
) -> None:
    page = comparison(sample(), later()) if name == "comparison" else page_of(DOCUMENTS[name]())
    assert chromium.look(page, browser.MEASURE, width=width) == []
    if name == "everything":
        for part in ("timeline", "program", "leaks"):
            turn = f'view.location.hash = "{part}"; await settle();'
            assert chromium.look(page, turn + browser.MEASURE, width=width) == []


@needs_chromium
def test_both_themes_can_be_read(chromium: browser.Browser) -> None:
    for page in (page_of(everything()), comparison(sample(), later())):
        told = chromium.look(
            page,
            browser.CONTRAST
            + """
            const button = page.getElementById("theme");
            const seen = {};
            for (const theme of ["light", "dark"]) {
                button.click();
                await settle();
                const least = [...page.querySelectorAll("#source *, .top *, #tiles *, #how *, #legend *")]
                    .filter((one) => one.getClientRects().length && one.textContent.trim() && !one.closest('[aria-pressed="false"]'))
                    .map((one) => [contrast(one), one.tagName + "." + one.className]);
                const bars = [...page.querySelectorAll(".cells i")].map((bar) => {
                    const [text, ground] = [light(view.getComputedStyle(bar.parentElement).color), light(view.getComputedStyle(bar).backgroundColor)];
                    return [(Math.max(text, ground) + 0.05) / (Math.min(text, ground) + 0.05), bar.parentElement.className];
                });
                seen[theme] = { is: page.documentElement.dataset.theme, least: [...least, ...bars].sort((a, b) => a[0] - b[0])[0] };
            }
            return seen;
            """,
        )
        for theme in ("light", "dark"):
            assert told[theme]["is"] == theme
            # WCAG 2.2, level AA.
            assert told[theme]["least"][0] >= 4.5, told[theme]


def test_the_page_is_one_file_without_addresses() -> None:
    for page in (page_of(sample()), comparison(sample(), later())):
        assert "http" not in page.replace("http-equiv", "")
        assert not re.search(r'\b(?:src|href)="(?!#|data:,)', page)
        assert page.count("</script>") == 2
        assert len(page) < 150_000


def test_lines_that_are_left_out_are_not_in_the_page() -> None:
    page = page_of(sample(), top=1)
    assert "data = [bytes" in page
    assert "check(item)" not in page
    with pytest.raises(ValueError, match="unknown sort column 'size'"):
        page_of(sample(), sort="size")
    with pytest.raises(ValueError, match="look 7 is out of range"):
        page_of(everything(), which=7)


SCRIPT = """
    @profile
    def load():
        return [bytes(1000) for _ in range(100)]

    load()
"""


def test_a_run_writes_its_page_and_its_saved_profile_the_same(shell: Shell) -> None:
    shell.write("app.py", SCRIPT)
    done = shell.rsprofile("-o", "report.html", "app.py")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    page = (shell.folder / "report.html").read_text()
    assert "<title>Memory report</title>" in page
    assert "range(100)" in page
    shell.rsprofile("-o", "run.json", "app.py")
    done = shell.rsprofile("show", "run.json", "run.json", "--format", "html")
    assert done.stdout.startswith("<!DOCTYPE html>")
    assert '"calls":"2 calls' in done.stdout
    done = shell.rsprofile("diff", "run.json", "run.json", "-o", "diff.html")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert "<title>Memory compared</title>" in (shell.folder / "diff.html").read_text()


@pytest.mark.parametrize(
    ("format", "start"),
    [("html", "<!DOCTYPE"), ("md", "## "), ("json", '{"format"'), ("text", "Filename")],
)
def test_each_format_can_be_named(shell: Shell, format: str, start: str) -> None:
    shell.write("app.py", SCRIPT)
    shell.rsprofile("-o", "run.json", "app.py")
    done = shell.rsprofile("show", "run.json", "--format", format)
    assert done.stdout.startswith(start), done.stdout[:100] + done.stderr
    shell.rsprofile("show", "run.json", "--format", format, "-o", "out.txt")
    assert (shell.folder / "out.txt").read_text().startswith(start)


def test_an_unknown_format_is_refused_with_those_there_are(shell: Shell) -> None:
    shell.write("app.py", SCRIPT)
    shell.rsprofile("-o", "run.json", "app.py")
    for arguments in (["show", "run.json"], ["diff", "run.json", "run.json"]):
        done = shell.rsprofile(*arguments, "--format", "xml")
        assert (done.returncode, done.stdout) == (2, "")
        assert "unknown format 'xml': one of" in done.stderr
        assert done.stderr.count("\n") == 1


def test_a_page_that_cannot_be_written_goes_to_standard_output(shell: Shell) -> None:
    shell.write("app.py", SCRIPT)
    done = shell.rsprofile("-o", "missing/report.html", "app.py")
    assert done.returncode == 0
    assert done.stdout.startswith("<!DOCTYPE html>")
    assert "the report goes to standard output" in done.stderr


def test_a_script_of_an_odd_name_and_text_has_a_page(shell: Shell) -> None:
    name = b"caf\xe9</script>\xff.py".replace(b"/", b"_").decode("utf-8", "surrogateescape")
    text = "@profile\ndef f():\n\tx = '\\ud800</script><!--'\n\treturn x\nf()\n"
    shell.write(name, text.encode())
    done = shell.rsprofile("-o", "report.html", name)
    assert done.returncode == 0, done.stderr
    page = (shell.folder / "report.html").read_text()
    assert page.count("</script>") == 2
    assert "\\u003c/script>\\u003c!--" in page
