"""`python -m verify`; `python -P -m verify` where files of strangers lie in the current folder.

With -m alone Python looks there first, also for its own modules. The entry is dropped below, before anything else is
imported; what Python imports on its way here only -P keeps safe.
"""

import os
import sys

_HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
if not sys.flags.safe_path and sys.path[:1] == [os.getcwd()] != [_HERE]:
    del sys.path[0]

from .cli import program  # noqa: E402

if __name__ == "__main__":
    program()
