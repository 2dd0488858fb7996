"""Stand-ins for the modules programs import from other profilers."""

# First: it takes its first reading when it is loaded, before anything of ours has allocated.
from rsprofile import _core as _core
