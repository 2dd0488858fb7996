"""`rsprofile show`: render saved profiles again, several as one."""

from __future__ import annotations

from rsprofile import _core, _export
from rsprofile._deliver import deliver
from rsprofile._errors import ProfileError, UsageError
from rsprofile._options import Output, Parser, add_leak_options, add_output_options
from rsprofile._output import reason

_EXAMPLE = """\
example:
  rsprofile -o run.json script.py
  rsprofile show run.json --sort increment --top 5
  rsprofile show run.json -o report.html
  rsprofile show run.json -o run.pb.gz      for go tool pprof; .speedscope.json
  rsprofile show run.json -o run.svg        memory over time, of --timeline; .png
"""


def main(arguments: list[str]) -> int:
    """Run the command.

    Args:
        arguments: What follows `show`.

    Returns:
        The exit status.

    Raises:
        UsageError: A file is no profile, or an option is wrong.
    """
    parser = Parser(
        prog="rsprofile show",
        description="Show saved profiles; several are added up.",
        epilog=_EXAMPLE,
    )
    parser.add_argument(
        "files", nargs="+", metavar="FILE", help="a profile saved with -o FILE.json"
    )
    add_output_options(parser)
    add_leak_options(parser)
    options = parser.parse(arguments)
    profile = load(options.files[0])
    for path in options.files[1:]:
        later = load(path)
        changed = profile.differs_in(later)
        if changed is not None:
            raise UsageError(
                f"cannot add {path}: the source of {changed} is another there; show them one by one"
            )
        try:
            profile.merge(later)
        except ProfileError as error:
            raise UsageError(f"cannot add {path}: {error}") from None
    other = _export.format_of(options.format, options.output)
    if other is not None:
        _export.export(options.files, profile, other, options.output)
        return 0
    output = Output(options, profile.meter, leaks=profile.has_leaks())
    deliver(profile, output)
    return 0


def load(path: str) -> _core.Profile:
    """Read a saved profile.

    Raises:
        UsageError: It cannot be read, or is none.
    """
    try:
        return _core.Profile.load(path)
    except OSError as error:
        raise UsageError(f"cannot read profile {path}: {reason(error)}") from None
    except ProfileError as error:
        raise UsageError(str(error)) from None
