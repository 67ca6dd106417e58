#!/usr/bin/env python3
"""The reference page of kernelc's diagnostics, made from the rules and from the cases that break them.

usage: page.py RULES_SOURCE CASES_DIRECTORY PAGE [--update]

RULES_SOURCE is compiler/check/rules.cpp. Every rule needs a case of its name. Without --update the page on disk is
compared with what it should be.
"""

import pathlib
import re
import sys

HEAD = """# Diagnostics

What `kernelc` refuses, and what to write instead: one entry for each rule, with the first message that its case gives.
Made from `compiler/check/rules.cpp` and `tests/diagnostics/cases` by `tests/diagnostics/page.py`, not by hand. What may be
written is in [the kernel language](kernel-language.md).
"""

RULE = re.compile(r'\{Rule::\w+,\s*"([a-z-]+)"')


def first_message(expected, rule):
    """The lines of the first error of a rule: the error, the source under it, and the notes."""
    lines = expected.splitlines()[1:]
    for start, line in enumerate(lines):
        if f"[{rule}]" not in line:
            continue
        end = start + 1
        while end < len(lines) and ": error: " not in lines[end]:
            end += 1
        return lines[start:end]
    return None


def page(rules_source, cases):
    rules = sorted(RULE.findall(rules_source.read_text()))
    text = HEAD
    problems = []
    for rule in rules:
        expected = cases / f"{rule}.expected"
        message = first_message(expected.read_text(), rule) if expected.exists() else None
        if message is None:
            problems.append(f"no case shows the rule '{rule}': write {cases.name}/{rule}.cpp and its .expected")
            continue
        text += f"\n## {rule}\n\n```text\n" + "\n".join(message) + "\n```\n"
        text += f"\nFrom [{rule}.cpp](../../tests/diagnostics/cases/{rule}.cpp).\n"
    if not rules:
        problems.append(f"no rule found in {rules_source}")
    return text, problems


def main(arguments):
    rules_source, cases, target = (pathlib.Path(argument) for argument in arguments[:3])
    text, problems = page(rules_source, cases)
    if "--update" in arguments:
        target.write_text(text)
    elif not target.exists() or target.read_text() != text:
        problems.append(f"{target} is not what the cases give: run tests/diagnostics/page.py with --update")
    print("\n".join(problems) or f"{target.name} agrees with the cases")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
