"""The report of `%mprun` as HTML: a table for each function, with a bar for each increment.

No script, nothing from the network, no colour of its own but the bars': so it stands in the colours
of the notebook, light or dark.
"""

from __future__ import annotations

from html import escape

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from rsprofile.compat._show import Line

# Jupyter stripes tables, sets them in the middle and aligns all cells to the right. The bar of
# memory that was given back is hollow: colour is not all that tells it from growth.
_STYLE = """
.rsprofile { overflow-x: auto; }
.rsprofile table { border-collapse: collapse; border: 0; margin: 0 0 1em; font-size: 0.92em; }
.rsprofile caption { caption-side: top; text-align: left; padding: 0.2em 0; font-weight: bold;
  color: inherit; white-space: nowrap; }
.rsprofile table tr { background: none !important; }
.rsprofile table tbody tr:hover { background: rgba(128, 128, 128, 0.15) !important; }
.rsprofile table th, .rsprofile table td { border: 0; padding: 0.1em 0.7em; text-align: right;
  vertical-align: baseline; white-space: nowrap; max-width: none; line-height: 1.35; }
.rsprofile table th { vertical-align: bottom; border-bottom: 1px solid rgba(128, 128, 128, 0.6); }
.rsprofile table td { font-family: monospace; font-variant-numeric: tabular-nums; }
.rsprofile table td:first-child { opacity: 0.65; }
.rsprofile table .rsprofile-bar { width: 5em; min-width: 5em; padding: 0.1em 0; text-align: left; }
.rsprofile table .rsprofile-source { text-align: left; white-space: pre-wrap; min-width: 22em;
  box-sizing: border-box; overflow-wrap: anywhere;
  padding-left: calc(0.7em + var(--rsprofile-indent, 0ch));
  text-indent: calc(0ch - var(--rsprofile-indent, 0ch)); }
.rsprofile-bar i { display: inline-block; box-sizing: border-box; height: 0.75em; min-width: 1px;
  border: 1px solid; }
.rsprofile-up { background: #e8853a; border-color: #e8853a !important; }
.rsprofile-down { border-color: #3f9bd6 !important; }
"""

_HEAD = (
    "<thead><tr><th>Line #</th><th>Mem usage<br>MiB</th><th>Increment<br>MiB</th>"
    '<th class="rsprofile-bar"></th><th>Occurrences</th>'
    '<th class="rsprofile-source">Line Contents</th></tr></thead>'
)


def document(tables: Iterable[tuple[str, list[Line]]]) -> str:
    """Give a piece of HTML that stands for itself.

    Args:
        tables: A title for each function, and its lines with their figures in MiB.
    """
    body = "".join(_table(title, lines) for title, lines in tables)
    return f'<div class="rsprofile"><style>{_STYLE}</style>{body}</div>'


def _table(title: str, lines: list[Line]) -> str:
    # The increment of the first row is all the memory there was at the start.
    first = lines[0][0]
    increments = [abs(measure[0]) for number, _, measure in lines if measure and number != first]
    longest = max(increments, default=0.0)
    rows = "".join(_row(line, 0.0 if line[0] == first else longest) for line in lines)
    return f"<table><caption>{escape(title)}</caption>{_HEAD}<tbody>{rows}</tbody></table>"


def _row(line: Line, longest: float) -> str:
    number, text, measure = line
    text = text.rstrip().expandtabs()
    # Where a line is too long for the page, it goes on further in than it begins.
    indent = min(len(text) - len(text.lstrip()) + 4, 20)
    if measure:
        increment, memory, occurrences = measure
        amounts = f"<td>{memory:.1f}</td><td>{increment:.1f}</td>"
        count = f"<td>{occurrences}</td>"
        bar = _bar(increment, longest)
    else:
        amounts, count, bar = "<td></td><td></td>", "<td></td>", ""
    return (
        f'<tr><td>{number}</td>{amounts}<td class="rsprofile-bar">{bar}</td>{count}'
        f'<td class="rsprofile-source" style="--rsprofile-indent: {indent}ch">'
        f"{escape(text)}</td></tr>"
    )


def _bar(increment: float, longest: float) -> str:
    part = abs(increment) / longest * 100 if longest else 0.0
    if part < 0.5:
        return ""
    kind = "up" if increment > 0 else "down"
    return f'<i class="rsprofile-{kind}" style="width: {part:.0f}%"></i>'
