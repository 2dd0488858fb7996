"""The page of what keeps memory alive, in a browser: what it shows, and that all of it can be read."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import browser
import pytest
from rsprofile._core import Profile

SAMPLE = Path(__file__).parents[1] / "leaks.json"
CHROMIUM = browser.find()

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium: tools/chromium --install gets one"
)

#: A name that would end the page's data, and run, if it were not escaped.
EVIL = "/tmp/</script><script>window.parent.hacked=1</script><!--<b>.py"


def page_of(document: dict[str, Any]) -> str:
    return Profile.loads(json.dumps(document)).render_leaks(format="html")


def sample() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(SAMPLE.read_text())
    return document


def huge() -> dict[str, Any]:
    """2,000 groups and 50 suspects, with names as long as they can be."""
    document = sample()
    look = document["leaks"][1]
    long = "".join(f"package{index}." for index in range(30))[:300]
    suspects = look["suspects"]
    look["suspects"] = [
        {**copy.deepcopy(suspects[index % 5]), "kind": f"{long}{index}"} for index in range(50)
    ]
    for one in look["suspects"][:3]:
        one["held"] = {
            "path": long * 2, "kind": long, "len": 10**15,
            "steps": [{"edge": long, "kind": long, "retained": 10**12 - at} for at in range(20)],
        }  # fmt: skip
    look["suspects"][3]["made"] = {"file": EVIL, "function": "<b>f</b>", "first_line": 1, "line": 3}
    look["groups"] = [
        {
            "kind": f"{long[: index % 301]}T{index}", "count": 10**12 + index, "own": 10**9 + index,
            "retained": 10**13 - index, "blocks_made": 10**12, "blocks_freed": 10**11,
            "made": {
                "file": EVIL, "function": long[: index % 301], "first_line": 1, "line": index + 1,
            },
        }
        for index in range(2000)
    ]  # fmt: skip
    part = {"path": "", "kind": long, "own": 10**6, "retained": 10**6, "count": 5}
    look["dominators"] = [
        {
            "path": f"{EVIL}[{index}]",
            "kind": long,
            "own": 10,
            "retained": 10**6,
            "parts": [part] * 9,
        }
        for index in range(300)
    ]
    look["mark"], document["run"]["command"] = long, [long, EVIL]
    look["notes"] = [long]
    return document


def empty() -> dict[str, Any]:
    return {"format": 1, "tool": "rsprofile", "run": {}, "functions": []}


def quiet() -> dict[str, Any]:
    """A look that found nothing, not even what the collector did."""
    return {**empty(), "leaks": [{"pid": 7}]}


DOCUMENTS: dict[str, Callable[[], dict[str, Any]]] = {
    "sample": sample,
    "huge": huge,
    "empty": empty,
    "quiet": quiet,
}


@pytest.fixture
def chromium(tmp_path: Path) -> browser.Browser:
    assert CHROMIUM is not None
    return browser.Browser(CHROMIUM, tmp_path)


def test_the_suspects_are_the_paragraphs_of_the_report(chromium: browser.Browser) -> None:
    profile = Profile.load(SAMPLE)
    told = chromium.look(
        page_of(sample()),
        """
        const cards = [...page.querySelectorAll("#suspects article")];
        const words = (card) => [...card.querySelectorAll("p")].map((p) => p.textContent).join(" ");
        return { texts: cards.map(words), verdicts: cards.map((card) => card.dataset.verdict) };
        """,
    )
    texts = [" ".join(str(one).split()) for one in profile.suspects()]
    assert told == {"texts": texts, "verdicts": ["leak", "growing", "cycle", "closure", "held"]}


def test_the_way_to_a_suspect_is_gone_step_by_step(chromium: browser.Browser) -> None:
    told = chromium.look(
        page_of(sample()),
        """
        const card = page.querySelector("article");
        const steps = [...card.querySelectorAll(".path button")];
        const detail = card.querySelector(".step");
        const seen = [detail.hidden];
        for (const step of [steps[0], steps[1]]) { step.click(); seen.push(detail.textContent); }
        const open = steps.map((step) => step.getAttribute("aria-expanded"));
        detail.querySelector("button").click();
        await settle();
        const trail = [...page.querySelectorAll(".trail button")].map((one) => one.textContent);
        steps[1].click();
        return { names: steps.map((step) => step.textContent), seen, open, trail, hidden: detail.hidden };
        """,
    )
    assert told["names"] == ["app19.2 MiB", ".registry19.1 MiB", "[0]97.8 KiB"]
    assert told["seen"] == [
        True,
        "app: module, retains 19.2 MiB, 16.3 % of all",
        "app.registry: list, retains 19.1 MiB, 16.2 % of all, 99.7 % of the step before"
        "Show in the map",
    ]
    assert told["open"] == ["false", "true", "false"]
    assert told["trail"] == ["all objects", "app.registry"]
    assert told["hidden"] is True


def test_the_map_is_zoomed_by_click_and_by_keyboard(chromium: browser.Browser) -> None:
    told = chromium.look(
        page_of(sample()),
        """
        const cells = () => [...page.querySelectorAll('[role="treeitem"]')];
        const names = () => cells().map((cell) => cell.title.split("\\n")[0]);
        const trail = () => [...page.querySelectorAll(".trail button")].map((one) => one.textContent).join(" > ");
        const press = async (key) => {
            page.activeElement.dispatchEvent(new view.KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
            await settle();
        };
        const seen = [names().length, trail()];
        cells().find((cell) => cell.title.startsWith("app.registry")).click();
        await settle();
        seen.push(names(), trail());
        page.activeElement.focus();
        await press("ArrowDown");
        seen.push(page.activeElement.title.split("\\n")[0], page.querySelector(".looked").textContent);
        page.activeElement.click();
        await settle();
        seen.push(trail());
        await press("Escape");
        await press("Escape");
        seen.push(trail());
        await press("ArrowDown"); await press("ArrowRight"); await press("ArrowLeft"); await press("ArrowUp");
        seen.push(page.activeElement.title.split("\\n")[0]);
        await press("End");
        seen.push(cells().filter((cell) => cell.tabIndex === 0).length);
        return seen;
        """,
    )
    all_cells, top, inside, zoomed, below, looked, deeper, out, back, tabs = told
    assert (all_cells, top) == (14, "all objects")
    assert inside == ["app.registry", "200 \u00d7 app.Handler", "200 \u00d7 bytearray"]
    assert zoomed == "all objects > app.registry"
    assert below == "200 \u00d7 app.Handler"
    assert looked == (
        "200 \u00d7 app.Handler: retains 19.1 MiB, 16.2 % of all, itself 10.9 KiB, "
        "made at app.py:6 (register)"
    )
    assert deeper == "all objects > app.registry > 200 \u00d7 app.Handler"
    assert (out, back, tabs) == ("all objects", "all objects", 1)


def test_types_and_lines_are_sorted_and_filtered(chromium: browser.Browser) -> None:
    told = chromium.look(
        page_of(sample()),
        """
        const rows = (id) => [...page.querySelectorAll(`#${id} tbody tr`)];
        const first = (id) => rows(id).map((row) => row.cells[0].textContent);
        const seen = { types: first("types"), lines: rows("lines").length };
        const head = [...page.querySelectorAll("#types th button")];
        head.find((one) => one.textContent.startsWith("Own")).click();
        seen.own = first("types").slice(0, 2);
        head.find((one) => one.textContent.startsWith("Own")).click();
        seen.least = first("types")[0];
        seen.sort = [...page.querySelectorAll("#types th")].map((one) => one.ariaSort);
        const bar = rows("types").find((row) => row.cells[0].textContent === "bytearray");
        seen.widths = [...bar.querySelectorAll("i")].map((one) => one.style.width);
        const sheet = page.querySelector("#lines tbody tr");
        seen.cells = [...sheet.cells].map((cell) => cell.textContent);
        const changes = [...page.querySelectorAll("#changes tbody tr")];
        seen.change = [...changes[0].cells].map((cell) => cell.textContent);
        seen.since = page.querySelector("#changes p").textContent;
        return seen;
        """,
    )
    assert told["types"][:2] == ["bytes", "function"]
    assert (len(told["types"]), told["lines"]) == (8, 8)
    assert (told["own"], told["least"]) == (["bytes", "bytearray"], "collections.deque")
    assert told["sort"] == [None, None, "ascending", None, None]
    assert told["widths"] == ["51.5%", "51.5%"]
    assert told["cells"] == [
        "c5.py:6 (make_cb)", "20", "2.8 KiB", "20.0 MiB", "40", "0", "function",
    ]  # fmt: skip
    assert told["change"] == ["bytearray c5.py:4 (make_cb)", "+20", "+20.0 MiB", "new", "20", "0"]
    assert told["since"] == "Since mark 'warm', 8.3 s before: +22,257 objects, +76.3 MiB."


def test_another_look_is_chosen(chromium: browser.Browser) -> None:
    told = chromium.look(
        page_of(sample()),
        """
        const look = page.getElementById("look");
        const options = [...look.options].map((one) => one.textContent);
        look.value = "0";
        look.dispatchEvent(new view.Event("change"));
        await settle();
        return {
            options, chosen: !page.getElementById("choice").hidden,
            suspects: page.querySelector("#suspects div").textContent,
            changes: page.getElementById("changes").hidden,
            types: page.querySelectorAll("#types tbody tr").length,
            facts: page.querySelectorAll("#collector dt").length,
        };
        """,
    )
    assert told == {
        "options": ["process 4242, mark 'warm': 41.4 MiB", "process 4242, mark 'done': 117.7 MiB"],
        "chosen": True,
        "suspects": "No suspect: nothing of size grows, is kept by cycles or closures, or is held.",
        "changes": True,
        "types": 5,
        "facts": 5,
    }


def test_a_page_of_nothing_says_what_to_do(chromium: browser.Browser) -> None:
    told = chromium.look(page_of(empty()), "return page.body.innerText;")
    assert "Nothing was recorded of what keeps memory alive" in told
    assert "Suspects" not in told
    quiet_one = chromium.look(page_of(quiet()), "return page.body.innerText;")
    assert "No suspect" in quiet_one
    assert "No object retains much." in quiet_one


def test_a_huge_document_is_shown_in_parts_and_its_names_run_nothing(
    chromium: browser.Browser,
) -> None:
    page = page_of(huge())
    assert len(page) - len(json.dumps(huge()["leaks"])) < 250_000
    told = chromium.look(
        page,
        """
        const rows = () => page.querySelectorAll("#lines tbody tr").length;
        const seen = { suspects: page.querySelectorAll("article").length, types: page.querySelectorAll("#types tbody tr").length, some: rows() };
        [...page.querySelectorAll("#lines .tools button")].at(-1).click();
        seen.all = rows();
        const filter = page.querySelector("#lines input");
        filter.value = ".py:1999 ";
        filter.dispatchEvent(new view.Event("input"));
        seen.one = [rows(), page.querySelector("#lines caption").textContent];
        const hide = page.querySelector('#suspects .tools button[data-verdict="held"]');
        hide.click();
        seen.shown = [...page.querySelectorAll("article")].filter((card) => !card.hidden).length;
        seen.hacked = window.hacked ?? null;
        seen.evil = page.body.innerText.includes("</script><script>window.parent.hacked=1");
        seen.scripts = page.scripts.length;
        return seen;
        """,
    )
    assert told == {
        "suspects": 50, "types": 30, "some": 50, "all": 2000, "one": [1, "1 line"], "shown": 40,
        "hacked": None, "evil": True, "scripts": 2,
    }  # fmt: skip


@pytest.mark.parametrize("width", [400, 961, 1600])
@pytest.mark.parametrize("name", ["sample", "huge", "quiet", "empty"])
def test_no_text_is_cut_and_nothing_lies_on_another(
    chromium: browser.Browser, name: str, width: int
) -> None:
    assert chromium.look(page_of(DOCUMENTS[name]()), browser.MEASURE, width=width) == []


def test_both_themes_can_be_read(chromium: browser.Browser) -> None:
    told = chromium.look(
        page_of(sample()),
        browser.CONTRAST
        + """
        const button = page.getElementById("theme");
        const seen = {};
        for (const theme of ["light", "dark"]) {
            button.click();
            await settle();
            const least = [...page.querySelectorAll("p, b, h2, a, dt, dd, td, th button, small, code, .soft, .more, .less, .cell, select")]
                .filter((element) => element.getClientRects().length)
                .map((element) => [contrast(element), element.tagName + "." + element.className]);
            least.sort((a, b) => a[0] - b[0]);
            seen[theme] = { is: page.documentElement.dataset.theme, label: button.textContent, least: least[0] };
        }
        return seen;
        """,
    )
    for theme in ("light", "dark"):
        assert told[theme]["is"] == theme
        assert told[theme]["label"] == f"Theme: {theme}"
        # WCAG 2.2, level AA.
        assert told[theme]["least"][0] >= 4.5, told[theme]


def test_the_page_is_one_file_without_addresses() -> None:
    page = page_of(sample())
    assert set(re.findall(r'\b(?:src|href)="([^"]*)"', page)) <= {
        "data:,", "#main", "#suspects", "#changes", "#map", "#types", "#lines", "#collector",
    }  # fmt: skip
    assert "http" not in page.replace("http-equiv", "")
    assert len(page_of(empty())) < 150_000
