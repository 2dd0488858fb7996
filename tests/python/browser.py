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
<iframe srcdoc="{page}"></iframe><pre id="out"></pre>
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

    def look(self, page: str, script: str = "", *, width: int = 1200, height: int = 900) -> Any:
        """Run a script beside a page and give what it returns.

        Args:
            page: The text of the page.
            script: JavaScript with `page`, the document, `view`, its window, and `settle()`, which
                waits until all is drawn.
            width: Pixels the page has.
            height: Pixels of the window.
        """
        file = self._harness(page, script, width, height)
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

    def _harness(self, page: str, script: str, width: int, height: int) -> Path:
        self._count += 1
        file = self.folder / f"look-{self._count}.html"
        text = _HARNESS.format(
            page=html.escape(page), script=script.replace("</", "<\\/"), width=width, height=height
        )
        file.write_text(text, encoding="utf-8")
        return file

    def _run(self, file: Path, what: str, until: str, width: int, height: int) -> str:
        profile = self.folder / "profile"
        command = [
            self.program, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
            "--no-first-run", "--disable-dev-shm-usage", "--disable-background-networking",
            f"--user-data-dir={profile}", f"--window-size={width},{height}", what, until,
            file.as_uri(),
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT, check=False)
        assert done.returncode == 0, done.stderr
        shutil.rmtree(profile, ignore_errors=True)
        return done.stdout
