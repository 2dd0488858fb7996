"""What rsprofile costs, beside the tools people use today.

    make bench                       everything; fills the tables of docs/overhead.md
    make bench BENCH=--quick         a look: two rounds of short chunks, documents left alone

The same programs run under each tool in fresh processes. Rounds are interleaved, so that a busy
minute of the machine meets all tools alike; a figure is the median over the rounds, its spread the
middle half of them.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from pathlib import Path

import tables
from plan import JOBS, LONG, SCALING, Job

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
Samples = dict[str, dict[str, list[float]]]


def main() -> int:
    """Run the plan on every interpreter given and publish the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], prog="make bench")
    parser.add_argument("pythons", nargs="+", help="interpreters with all the tools installed")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--quick", action="store_true", help="two rounds; documents left alone")
    parser.add_argument("--only", metavar="PROGRAM", help="only this program; implies --quick")
    options = parser.parse_args()
    quick = options.quick or options.only is not None

    rounds = 2 if quick else options.rounds
    scaling_rounds = 1 if quick else max(3, options.rounds // 2)
    environment = {"BENCH_CHUNKS": "5" if quick else "15"}

    results: dict[str, Samples] = {version(python): {} for python in options.pythons}
    for number in range(rounds):
        plan = JOBS + (SCALING if number < scaling_rounds else [])
        plan += LONG if number == 0 and (options.only or not quick) else []
        for job in plan:
            if options.only and job.program != options.only:
                continue
            for python in options.pythons:
                progress(f"round {number + 1} of {rounds}: {job.key}")
                figures = results[version(python)].setdefault(job.key, {})
                for name, value in run(python, job, environment).items():
                    figures.setdefault(name, []).append(value)
    progress("")

    text = tables.render(results)
    print(text)
    target = ROOT / "target" / "bench.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps({"machine": machine(), "results": results}, indent=1) + "\n")
    print(f"samples: {target.relative_to(ROOT)}")
    if not quick:
        tables.insert(ROOT / "docs" / "overhead.md", f"{machine()}\n\n{text}")
    return 0


def run(python: str, job: Job, environment: dict[str, str]) -> dict[str, float]:
    """The figures one process of a job publishes; none of a tool that does not work here."""
    command = [python, str(HERE / "programs" / f"{job.program}.py")]
    done = subprocess.run(
        [*command, *([job.argument] if job.argument else []), *job.more],
        env={**os.environ, **environment, **job.environment},
        capture_output=True,
        text=True,
    )
    for line in reversed(done.stdout.splitlines()):
        if line.startswith("BENCH "):
            return json.loads(line.removeprefix("BENCH "))
    if job.optional:
        return {}
    sys.exit(f"\n{job.key} on {python} published nothing:\n{done.stdout}{done.stderr}")


def progress(text: str) -> None:
    """One line that changes, for somebody who watches."""
    if sys.stderr.isatty():
        print(f"\r{text:<60}", end="\n" if not text else "", file=sys.stderr, flush=True)


def version(python: str) -> str:
    """`3.13.0`: the columns of the tables."""
    if python not in _versions:
        asked = subprocess.run([python, "-V"], capture_output=True, text=True, check=True)
        _versions[python] = asked.stdout.split()[1]
    return _versions[python]


_versions: dict[str, str] = {}


def machine() -> str:
    """Where and when, in a sentence."""
    model = "unknown processor"
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    return (
        f"Measured on {time.strftime('%Y-%m-%d')}: {os.cpu_count()} x {model}, "
        f"Linux {platform.release()}, load {os.getloadavg()[0]:.1f}."
    )


if __name__ == "__main__":
    sys.exit(main())
