"""Reading the files `mprof run` writes."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any


def read_mprofile_file(filename: str) -> dict[str, Any]:
    """Read a recording.

    Args:
        filename: The file. A last line without its end is left out; so are lines of a kind that is
            not known.

    Returns:
        A dictionary: `mem_usage` and `timestamp`, MiB and Unix time of each sample;
        `func_timestamp`, by function a list of `[start, end, MiB at start, MiB at end, level]`;
        `children`, by process id a list of pairs of MiB and Unix time; `cmd_line` and `filename`.

    Raises:
        OSError: The file cannot be read.
        ValueError: A line means nothing; the message names file and line.
    """
    mem_usage: list[float] = []
    timestamp: list[float] = []
    func_timestamp: dict[str, list[list[float]]] = {}
    children: dict[str, list[tuple[float, float]]] = {}
    cmd_line: str | None = None
    with open(filename, encoding="utf-8", errors="replace") as file:
        for number, line in enumerate(file, start=1):
            if not line.endswith("\n"):
                # Of a line that is still being written the last number may lack digits.
                break
            field, _, value = line.partition(" ")
            field, parts = field.rstrip(), value.split()
            try:
                if field == "MEM":
                    memory, at = map(float, parts)
                    mem_usage.append(memory)
                    timestamp.append(at)
                elif field == "FUNC":
                    name, *numbers = parts
                    func_timestamp.setdefault(name, []).append(_call(numbers))
                elif field == "CHLD":
                    child, memory, at = parts[0], *map(float, parts[1:])
                    children.setdefault(child, []).append((memory, at))
                elif field == "CMDLINE":
                    cmd_line = value
            except (ValueError, IndexError):
                raise ValueError(
                    f"{filename}:{number}: cannot read {line.rstrip()!r}: mend or delete this line"
                ) from None
    return {
        "mem_usage": mem_usage,
        "timestamp": timestamp,
        "func_timestamp": func_timestamp,
        "filename": filename,
        "cmd_line": cmd_line,
        "children": children,
    }


def filter_mprofile_mem_usage_by_function(prof: dict[str, Any], func: str | None) -> list[float]:
    """Give the samples taken while a function ran.

    Args:
        prof: What `read_mprofile_file` gave.
        func: The name in the file; None for all samples.

    Returns:
        MiB. Its calls themselves have a reading at either end, which are in it too.

    Raises:
        ValueError: There is no such function in the recording.
    """
    samples: list[float] = prof["mem_usage"]
    if func is None:
        return samples
    if func not in prof["func_timestamp"]:
        raise ValueError(f"{func} was not found.")
    found: list[float] = []
    for start, end, *_ in prof["func_timestamp"][func]:
        at = zip(samples, prof["timestamp"], strict=True)
        found.extend(memory for memory, time in at if start <= time <= end)
    return found


def function_labels(dotted_function_names: Iterable[str]) -> dict[str, str]:
    """Give each function the shortest label that no other one has.

    Args:
        dotted_function_names: Names with their modules.

    Returns:
        By name the label: as many of its last parts as it takes.
    """
    labels: dict[str, str] = {}
    pending = dict.fromkeys(dotted_function_names)
    level = 0
    while pending:
        level += 1
        sharing: dict[str, list[str]] = {}
        for name in pending:
            sharing.setdefault(".".join(name.split(".")[-level:]), []).append(name)
        for label, names in sharing.items():
            # A name that has no more parts cannot become longer.
            final = names if len(names) == 1 else [name for name in names if name == label]
            for name in final:
                labels[name] = label
                del pending[name]
    return labels


def _call(numbers: list[str]) -> list[float]:
    memory_start, start, memory_end, end, *level = numbers
    call: list[float] = [float(start), float(end), float(memory_start), float(memory_end)]
    return [*call, int(level[0])] if level else call
