"""Looking at a page in a headless Chromium: what is in it after its scripts ran, and what it shows.

The page stands in a frame of the width that is asked for, because a window is never narrower than
500 pixels. Scripts of the test run outside of the frame and reach into it.
"""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

TOOL = Path(__file__).parents[2] / "tools" / "chromium"

#: Seconds for one look: the machine may be busy.
TIMEOUT = 180

_HARNESS = """<!DOCTYPE html><meta charset="utf-8"><style>body {{ margin: 0 }} pre {{ display: none }}
iframe {{ border: 0; display: block; width: {width}px; height: {height}px }}</style>
<iframe {page}></iframe><pre id="out"></pre>
<script>
(async () => {{
  const frame = document.querySelector("iframe");
  const settle = () => new Promise((go) => setTimeout(go, 100));
  const ready = () => frame.contentDocument?.documentElement?.dataset.ready === "1";
  for (let at = 0; at < 1000 && !ready(); at++) await settle();
  const page = frame.contentDocument;
  const view = frame.contentWindow;
  let told;
  try {{
    await settle();
    told = await (async () => {{ {script} }})();
  }} catch (error) {{
    told = {{ failed: String(error && error.stack || error) }};
  }}
  const root = page.documentElement.dataset;
  const all = {{ told: told ?? null, ready: root.ready ?? null, error: root.error ?? null }};
  document.getElementById("out").textContent = JSON.stringify(all);
}})();
</script>
"""

#: Text that is cut, boxes that lie on each other, and what is wider than the page.
MEASURE = """
const faults = [];
const root = page.documentElement;
if (root.scrollWidth > root.clientWidth) faults.push(`page ${root.scrollWidth} > ${root.clientWidth}`);
const seen = (element) => element.getClientRects().length && !element.closest(".skip, details:not([open]) > :not(summary)");
const name = (element) => `${element.tagName}.${element.className} ${element.textContent.slice(0, 40)}`;
for (const element of page.querySelectorAll("body *")) {
  if (!seen(element)) continue;
  const style = view.getComputedStyle(element);
  const cut = style.overflowX !== "visible" || style.overflowY !== "visible";
  if (cut && element.matches("input, select, .icicle, .side, .side *") === false
      && (element.scrollWidth > element.clientWidth + 1 || element.scrollHeight > element.clientHeight + 1)) {
    faults.push(`cut: ${name(element)}`);
  }
  const box = element.getBoundingClientRect();
  const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim().length > 3);
  if (own && !element.matches(".row code") && box.height > 4 * box.width) faults.push(`squeezed: ${name(element)}`);
  if (box.right > root.clientWidth + 1 || box.left < -1) faults.push(`outside: ${name(element)}`);
}
const apart = (selector) => {
  const boxes = [...page.querySelectorAll(selector)].filter(seen).map((element) => [element, element.getBoundingClientRect()]);
  for (let at = 0; at < boxes.length; at++) {
    for (let other = at + 1; other < Math.min(boxes.length, at + 12); other++) {
      const [a, b] = [boxes[at][1], boxes[other][1]];
      const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (wide > 1 && high > 1) faults.push(`${name(boxes[at][0])} lies on ${name(boxes[other][0])}`);
    }
  }
};
for (const selector of ["section", "article", "tr td", ".top > *", ".path button", ".figures > div", ".facts > *", ".icicle > *", ".side > [role=option]", ".row > code", ".heads > *", ".tools > *"]) apart(selector);
const open = page.querySelector(".path button");
if (open) open.click();
return faults.slice(0, 10);
"""

#: `contrast(element)`, of its text against what lies behind it, as WCAG has it.
CONTRAST = """
const channel = (value) => (value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
const light = (colour) => {
    const [red, green, blue] = colour.match(/[\\d.]+/g).map((one) => channel(Number(one) / 255));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
};
const ground = (element) => {
    const colour = view.getComputedStyle(element).backgroundColor;
    return /, 0\\)$/.test(colour) && element.parentElement ? ground(element.parentElement) : colour;
};
const contrast = (element) => {
    const [a, b] = [light(view.getComputedStyle(element).color), light(ground(element))];
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
};
"""


def find() -> str | None:
    """Give the path of a Chromium, if there is one."""
    done = subprocess.run([str(TOOL)], capture_output=True, text=True, check=False)
    return done.stdout.strip() or None


class Browser:
    """Runs Chromium anew for each look."""

    def __init__(self, program: str, folder: Path) -> None:
        self.program = program
        self.folder = folder
        self._count = 0

    def look(
        self,
        page: str,
        script: str = "",
        *,
        width: int = 1200,
        height: int = 900,
        address: str | None = None,
    ) -> Any:
        """Run a script beside a page and give what it returns.

        Args:
            page: The text of the page.
            script: JavaScript with `page`, the document, `view`, its window, and `settle()`, which
                waits until all is drawn.
            width: Pixels the page has.
            height: Pixels of the window.
            address: What follows `#` in the address of the page, which is a file of its own then.
        """
        file = self._harness(page, script, width, height, address)
        text = self._run(file, "--dump-dom", "--virtual-time-budget=200000", width, height)
        found = re.search(r'<pre id="out">(.*?)</pre>', text, re.DOTALL)
        assert found, f"no page: {text[:500]}"
        all = json.loads(html.unescape(found[1]))
        assert (all["ready"], all["error"]) == ("1", None), all
        assert not (isinstance(all["told"], dict) and "failed" in all["told"]), all["told"][
            "failed"
        ]
        return all["told"]

    def shoot(
        self, page: str, path: Path, script: str = "", *, width: int = 1200, height: int = 900
    ) -> None:
        """Write a picture of a page, after a script has run beside it."""
        file = self._harness(page, script, width, height)
        picture = f"--screenshot={path}"
        self._run(file, picture, "--virtual-time-budget=200000", max(width, 500), height)
        assert path.stat().st_size > 0

    def _harness(
        self, page: str, script: str, width: int, height: int, address: str | None = None
    ) -> Path:
        self._count += 1
        file = self.folder / f"look-{self._count}.html"
        inside = f'srcdoc="{html.escape(page)}"'
        if address is not None:
            own = self.folder / f"page-{self._count}.html"
            own.write_text(page, encoding="utf-8")
            inside = f'src="{own.name}#{html.escape(address)}"'
        text = _HARNESS.format(
            page=inside, script=script.replace("</", "<\\/"), width=width, height=height
        )
        file.write_text(text, encoding="utf-8")
        return file

    def _run(self, file: Path, what: str, until: str, width: int, height: int) -> str:
        profile = self.folder / "profile"
        command = [
            self.program, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
            "--no-first-run", "--disable-dev-shm-usage", "--allow-file-access-from-files", "--disable-background-networking",
            f"--user-data-dir={profile}", f"--window-size={width},{height}", what, until,
            file.as_uri(),
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT, check=False)
        assert done.returncode == 0, done.stderr
        shutil.rmtree(profile, ignore_errors=True)
        return done.stdout
