"""The page of a project of 500 files and 100,000 lines: how long until it is written, and drawn."""

import json
import re
import subprocess
import tempfile
from pathlib import Path
from time import perf_counter

from _clock import CHUNKS, publish
from rsprofile import _core

FILES, FUNCTIONS, LINES = 500, 5, 40
TOOL = Path(__file__).parents[3] / "tools" / "chromium"
# Tells when something was there to be seen, and when all that is in view was.
PROBE = """<script>
const drawn = performance.now();
new PerformanceObserver((list) => {
  const out = document.createElement("pre");
  const paint = list.getEntries().find((one) => one.name === "first-contentful-paint");
  if (!paint) return;
  out.textContent = `PAINT ${paint.startTime} ${drawn} `;
  document.body.append(out);
}).observe({ type: "paint", buffered: true });
</script></body>"""


def row(number: int, at: int) -> dict[str, object]:
    """One line with its figures."""
    grown = (number + at) % 7 << 18
    figures = {"usage": (100 << 20) + grown, "increment": grown, "own": grown, "occurrences": at}
    text = f"    value_{at} = compute(number + {at}, name='line {at} of {number}')"
    return {"line": number % FUNCTIONS * 50 + at, "text": text, "measured": {**figures, "peak": 1}}


def function(number: int) -> dict[str, object]:
    """One function of the project."""
    return {
        "file": f"/project/package_{number % 20}/module_{number // FUNCTIONS}.py",
        "name": f"work_{number}", "first_line": number % FUNCTIONS * 50, "calls": 1,
        "entry_first": 1, "entry_max": 1, "rows": [row(number, at) for at in range(LINES)],
    }  # fmt: skip


def paint(page: str) -> dict[str, float]:
    """Milliseconds until Chromium, if there is one, has drawn a page."""
    program = subprocess.run([str(TOOL)], capture_output=True, text=True, check=False).stdout
    if not program.strip():
        return {}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "page.html")
        file.write_text(page.replace("</body>", PROBE), encoding="utf-8")
        command = [
            program.strip(), "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run",
            "--disable-dev-shm-usage", f"--user-data-dir={folder}/profile",
            "--window-size=1400,900", "--dump-dom", file.as_uri(),
        ]  # fmt: skip
        found = None
        for _ in range(3):
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            found = re.search(r">PAINT (\S+) (\S+) ", done.stdout)
            if found:
                break
    return {"paint": float(found[1]), "drawn": float(found[2])} if found else {}


document = {"format": 1, "tool": "rsprofile", "run": {"meter": "rss", "peak": True}}
document["functions"] = [function(number) for number in range(FILES * FUNCTIONS)]
profile = _core.Profile.loads(json.dumps(document))
page = ""
best = float("inf")
with tempfile.TemporaryDirectory() as folder:
    for _ in range(min(CHUNKS, 5)):
        start = perf_counter()
        page = _core.page(profile)
        Path(folder, "page.html").write_text(page, encoding="utf-8")
        best = min(best, perf_counter() - start)
publish(written=best * 1e3, megabytes=len(page) / 1e6, **paint(page))
