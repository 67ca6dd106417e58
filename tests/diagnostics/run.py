#!/usr/bin/env python3
"""Compiles every case and compares kernelc's diagnostics with the file beside it.

usage: run.py KERNELC INCLUDE_DIRECTORY CASES_DIRECTORY [--update]

A case is NAME.cpp with NAME.expected: the exit status in the first line, then standard error to the letter. Options for
kernelc stand in the case's first line, behind "// kernelc:". --update
writes the expectations anew; read the difference before keeping it.
"""

import difflib
import pathlib
import re
import subprocess
import sys


def diagnostics(kernelc, include, case):
    """What kernelc says of one case, run in the case's own directory so that no path depends on the machine."""
    first = case.read_text().partition("\n")[0]
    options = first.removeprefix("// kernelc:").split() if first.startswith("// kernelc:") else []
    result = subprocess.run(
        [kernelc, case.name, "-o", "/dev/null", "--emit=model", "-std=c++20", "-I", include, *options],
        cwd=case.parent, capture_output=True, text=True, timeout=60, check=False)
    text = result.stderr.replace(include.rstrip("/") + "/", "")
    # Notes that point into a system header (three lines) depend on its version.
    text = re.sub(r"^/\S+: note: .*\n(?: .*\n)*", "", text, flags=re.MULTILINE)
    return f"exit status {result.returncode}\n{text}"


def main(arguments):
    kernelc, include, directory = arguments[:3]
    update = "--update" in arguments
    cases = sorted(pathlib.Path(directory).glob("*.cpp"))
    failures = 0
    for case in cases:
        actual = diagnostics(kernelc, include, case)
        expected_file = case.with_suffix(".expected")
        if update:
            expected_file.write_text(actual)
            continue
        expected = expected_file.read_text() if expected_file.exists() else ""
        if actual != expected:
            failures += 1
            print(f"FAILED {case.name}")
            sys.stdout.writelines(difflib.unified_diff(
                expected.splitlines(True), actual.splitlines(True), "expected", "actual"))
    print(f"{len(cases) - failures} of {len(cases)} cases agree")
    return 1 if failures or not cases else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
