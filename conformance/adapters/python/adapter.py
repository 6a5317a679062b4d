"""The entry of the child process: `python3 adapter.py [--fault NAME]`.

Standard output belongs to the protocol; notes go to standard error.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

from sse_store.protocol import Child

FAULTS: dict[str, Callable[[], None]] = {}
"""Faults to seed, each a function that changes one module before the first request."""


def main() -> int:
    """Reads the arguments and answers the suite."""
    parser = argparse.ArgumentParser(description="an S3 store and KMS for the conformance suite")
    parser.add_argument("--fault", choices=sorted(FAULTS), help="break one rule on purpose")
    arguments = parser.parse_args()
    if arguments.fault is not None:
        FAULTS[arguments.fault]()
    return Child(sys.stdin.buffer, sys.stdout.buffer).run()


if __name__ == "__main__":
    sys.exit(main())
