"""A plot of a recording of 1,000,000 samples: how long it takes, how large it is, when it is drawn."""

import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

from _clock import publish

SAMPLES = 1_000_000
ROUNDS = 3
TOOL = Path(__file__).resolve().parents[3] / "tools" / "chromium"


def seconds(command):
    """The fastest of some runs of a command."""
    best = float("inf")
    for _ in range(ROUNDS):
        start = perf_counter()
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
        best = min(best, perf_counter() - start)
    return best


def drawn(chromium):
    """What a browser takes longer for the page than for an empty one, until there is a picture."""
    Path(folder, "empty.html").write_text("<!DOCTYPE html><title>empty</title>", encoding="utf-8")
    options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--screenshot=page.png"]
    command = [chromium, *options, f"--user-data-dir={folder}/profile", "--window-size=1200,900"]
    page, empty = (
        seconds([*command, Path(folder, name).as_uri()]) for name in ("big.html", "empty.html")
    )
    return page - empty


with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
    level, lines = 200 * 256, []
    for at in range(SAMPLES):
        level += (at * 7919) % 13 - 5
        lines.append(f"MEM {level / 256:.6f} {1.7e9 + at / 1000:.4f}\n")
    Path(folder, "big.dat").write_text("".join(lines), encoding="utf-8")
    figures = {"written": seconds([sys.executable, "-m", "rsprofile", "plot", "big.dat"])}
    figures["bytes"] = Path(folder, "big.html").stat().st_size
    found = subprocess.run([str(TOOL)], capture_output=True, text=True)
    if found.returncode == 0:
        figures["drawn"] = drawn(found.stdout.strip())
publish(**figures)
