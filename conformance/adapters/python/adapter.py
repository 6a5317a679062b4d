"""The entry of the child process: `python3 adapter.py [--fault NAME | --list-faults]`.

Standard output belongs to the protocol; notes go to standard error.
"""

from __future__ import annotations

import argparse
import sys

from faulty import FAULTS
from sse_store.protocol import Child


def main() -> int:
    """Reads the arguments and answers the suite."""
    parser = argparse.ArgumentParser(description="an S3 store and KMS for the conformance suite")
    parser.add_argument("--fault", choices=sorted(FAULTS), help="break one rule on purpose")
    parser.add_argument("--list-faults", action="store_true", help="print the faults, and end")
    arguments = parser.parse_args()
    if arguments.list_faults:
        for name, fault in FAULTS.items():
            print(name, ",".join(fault.requirements), fault.description, sep="\t")
        return 0
    if arguments.fault is not None:
        FAULTS[arguments.fault].seed()
    return Child(sys.stdin.buffer, sys.stdout.buffer).run()


if __name__ == "__main__":
    sys.exit(main())
