"""The errors a user sees as one line.

Messages are lower case, have no full stop, and name the thing and the remedy.
"""

from __future__ import annotations


class ProfileError(Exception):
    """Something rsprofile cannot do, said in one line.

    Attributes:
        status: Exit status of the command line when this ends it.
    """

    status = 1


class UsageError(ProfileError):
    """The command line, the script or an option is wrong: nothing was run."""

    status = 2
