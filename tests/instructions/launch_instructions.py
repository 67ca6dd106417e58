"""Holds the instructions of a launch to those of the last record, which callgrind counts without a clock.

    launch_instructions.py PROGRAM VALGRIND            fails where a launch takes more than the record allows
    launch_instructions.py PROGRAM VALGRIND --record   writes the record anew: launch_instructions.json

What a launch takes is the difference between two runs, one of which launches more often: loading the program, making the
runtime and the first launch are in both.
"""
import json
import os
import pathlib
import re
import subprocess
import sys

RECORD = pathlib.Path(__file__).with_suffix(".json")
WAYS = ("sequence", "sequence_of_buffers", "prepared", "typed", "name")
FEW, MANY = 2000, 4000
# Some launches are timed, by chance; and compilers are updated.
TOLERANCE = 1.05
ENVIRONMENT = {"DOTCOMPUTE_CPU_TARGET": "v3", "DOTCOMPUTE_CPU_THREADS": "1", "DOTCOMPUTE_OPENCL_LIBRARY": "hidden.so",
               "DOTCOMPUTE_CUDA_LIBRARY": "hidden.so"}


def instructions(program, valgrind, way, launches):
    command = [valgrind, "--tool=callgrind", "--callgrind-out-file=/dev/null", program, way, str(launches)]
    result = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **ENVIRONMENT}, check=False)
    collected = re.search(r"Collected : (\d+)", result.stderr)
    if result.returncode != 0 or collected is None:
        sys.exit(f"{' '.join(command)} ended with status {result.returncode}:\n{result.stdout}{result.stderr}")
    return int(collected.group(1))


def main():
    program, valgrind, *rest = sys.argv[1:]
    counts = {}
    for way in WAYS:
        few, many = (instructions(program, valgrind, way, launches) for launches in (FEW, MANY))
        counts[way] = round((many - few) / (MANY - FEW), 1)
    if rest == ["--record"]:
        RECORD.write_text(json.dumps({"instructions of a launch": counts}, indent=2) + "\n")
    record = json.loads(RECORD.read_text())["instructions of a launch"]
    failures = 0
    for way, count in counts.items():
        is_more = count > record[way] * TOLERANCE
        failures += is_more
        note = "more than the record: see what the change costs, or write the record anew with --record" if is_more else ""
        if count * TOLERANCE < record[way]:
            note = "less than the record, which can be written anew with --record"
        print(f"{way}: {count} instructions, on record {record[way]}{'; ' if note else ''}{note}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
