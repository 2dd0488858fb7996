"""Having a process listen that was not armed, as Python 3.14 and later can be told from outside."""

from __future__ import annotations

import os
import sys

from rsprofile._errors import ProfileError

#: What such a process runs, between two instructions of its main thread.
_SCRIPT = """\
def _rsprofile_arm():
    import sys
    is_added = False
    try:
        try:
            import rsprofile
        except ImportError:
            sys.path.append({place!r})
            is_added = True
            import rsprofile
        rsprofile.arm(meter=False)
    except Exception as error:
        print(f"rsprofile: cannot listen for who asks: {{error}}", file=sys.stderr)
    finally:
        if is_added:
            sys.path.remove({place!r})
_rsprofile_arm()
del _rsprofile_arm
"""


def arm(process: int) -> None:
    """Have a process listen.

    Raises:
        ProfileError: It cannot be told to, with what to do instead.
    """
    execute = getattr(sys, "remote_exec", None)
    if execute is None:
        raise ProfileError(
            f"process {process} is not armed: start it with RSPROFILE_ARM=1 and have it import "
            "rsprofile, or have it call rsprofile.arm()"
        )
    import tempfile

    # Not removed here: the process reads it when it comes to it.
    file, path = tempfile.mkstemp(prefix="rsprofile-", suffix=".py")
    try:
        os.write(file, script().encode())
        # The process may be another user's; there is nothing secret in it.
        os.fchmod(file, 0o644)
        execute(process, path)
    except (OSError, RuntimeError, ValueError) as error:
        os.unlink(path)
        raise ProfileError(
            f"process {process} is not armed and cannot be told to listen: {error}; start it with "
            "RSPROFILE_ARM=1 and have it import rsprofile"
        ) from None
    finally:
        os.close(file)


def script() -> str:
    """Give what the process is to run."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    return _SCRIPT.format(place=os.path.dirname(package))
