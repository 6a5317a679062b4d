"""Checks that the suite convicts every fault: `python3 check_faults.py PROGRAM`.

PROGRAM is the built suite. Each fault is judged on a few cases; it must end with exit code 1, and
each requirement that it names must be broken by a case that cites it, while the implementation
without a fault passes the same cases.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from faulty import FAULTS

ADAPTER = Path(__file__).resolve().with_name("adapter.py")
LIMIT = 60
"""Seconds that one run may take."""

FILTERS = {
    "body-in-clear": "at-rest/no-*",
    "data-key-logged": "at-rest/no-*",
    "etag-in-clear": "at-rest/no-*",
    "data-key-kept": "freshness/overwrite-*",
    "part-salt-constant": "keystream/parts-*",
    "range-unauthenticated": "tamper/large-object-*",
    "prefix-as-whole": "tamper/large-object-*",
    "empty-object-unread": "sse/kms-*",
    "context-unbound": "kms/context-encrypt-*",
    "disabled-decrypts": "*/*disabled-*",
    "key-policy-ignored": "policy/key-same-*",
    "deny-ignored": "policy/*deny*",
    "store-asks-as-root": "sse/permission-*",
    "rotation-forgets": "rotation/o*",
    "refusal-unrecorded": "audit/store-*",
    "entry-doubled": "audit/store-*",
    "decrypt-uncounted": "kms/usage-*",
    "upload-without-default": "sse/precedence-upload-*",
    "copy-keeps-context": "sse/copy-*",
    "etag-always-md5": "sse/etag-*",
    "restart-loses": "sse/restart-*",
}
"""By fault the cases that judge it, as a glob on their ids."""
AT_REST = ("at-rest/", "freshness/", "keystream/", "tamper/")
"""The beginnings of globs on what lies at rest; others leave that line of the verdict out."""


@dataclass(frozen=True)
class Verdict:
    """What one run of the suite says."""

    exit_code: int
    cases: int
    failed: int
    broken: dict[str, list[str]]
    """By broken requirement the failed cases that cite it."""


def judge(program: str, glob: str, fault: str | None) -> Verdict:
    """Runs the cases of a glob on the adapter, with a fault or without."""
    command = [sys.executable, str(ADAPTER)] + (["--fault", fault] if fault else [])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "report.json")
        line = [program, "run", "--command", shlex.join(command), "--filter", glob]
        line += ["--jobs", "1", "--children", "1", "--report-json", str(path)]
        line += [] if glob.startswith(AT_REST) else ["--without", "at-rest"]
        done = subprocess.run(line, stdout=subprocess.DEVNULL, timeout=LIMIT, check=False)
        report: dict[str, Any] = json.loads(path.read_bytes()) if path.exists() else {}
    cases: list[dict[str, Any]] = report.get("cases", [])
    failed = sum(case["breaks"] for case in cases)
    return Verdict(done.returncode, len(cases), failed, report.get("broken_requirements", {}))


def wrong(clean: Verdict, faulty: Verdict, requirements: tuple[str, ...]) -> str:
    """What is wrong with the conviction of a fault; empty where nothing is."""
    if clean.exit_code != 0 or clean.failed:
        return "the implementation without a fault does not pass these cases"
    if faulty.exit_code != 1:
        return f"exit code {faulty.exit_code} in place of 1"
    spared = [requirement for requirement in requirements if not faulty.broken.get(requirement)]
    return f"not broken: {', '.join(spared)}" if spared else ""


def main() -> int:
    """Judges every fault, one line each."""
    parser = argparse.ArgumentParser(description="check that the suite convicts every fault")
    parser.add_argument("program", help="the built suite")
    program: str = parser.parse_args().program
    failed = 0
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        globs = dict.fromkeys(FILTERS[name] for name in FAULTS)
        clean = {glob: pool.submit(judge, program, glob, None) for glob in globs}
        runs = {name: pool.submit(judge, program, FILTERS[name], name) for name in FAULTS}
        for name, fault in FAULTS.items():
            glob, faulty = FILTERS[name], runs[name].result()
            reason = wrong(clean[glob].result(), faulty, fault.requirements)
            failed += bool(reason)
            count = f"{faulty.failed} of {faulty.cases} cases of {glob}"
            print("FAILED" if reason else "passed", f"{name}: {count};", end=" ")
            print(reason or f"broken: {', '.join(fault.requirements)}", flush=True)
    print(f"{len(FAULTS) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
