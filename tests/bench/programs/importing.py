"""What `from rsprofile import profile` costs: resident memory at the end, and the time of the import."""

import sys
from time import perf_counter

start = perf_counter()
if sys.argv[1] == "rsprofile":
    # The name is what has it loaded.
    from rsprofile import profile  # noqa: F401
seconds = perf_counter() - start
# Read before anything else is imported: these modules are not rsprofile's.
with open("/proc/self/statm", encoding="ascii") as statm:
    pages = int(statm.read().split()[1])
print(f'\nBENCH {{"milliseconds": {seconds * 1e3}, "mib": {pages / 256}}}')
