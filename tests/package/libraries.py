#!/usr/bin/env python3
"""Which shared libraries a program or library loads, with theirs: libraries.py FILE ALLOWED...

Fails if `ldd FILE` names a library that no ALLOWED prefix covers, or anything of Clang or LLVM.
"""
import subprocess
import sys

ALWAYS = ["linux-vdso.", "ld-linux-", "/lib64/ld-linux-", "libc.so", "libm.so", "libstdc++.so", "libgcc_s.so"]


def main():
    path, allowed = sys.argv[1], ALWAYS + sys.argv[2:]
    listing = subprocess.run(["ldd", path], stdout=subprocess.PIPE, text=True, check=True).stdout
    names = [line.split()[0] for line in listing.splitlines() if line.strip()]
    compilers = [name for name in names if "clang" in name.lower() or "llvm" in name.lower()]
    others = [name for name in names if not any(name.startswith(prefix) for prefix in allowed)]
    missing = [line.strip() for line in listing.splitlines() if "not found" in line]
    for what, found in [("a compiler", compilers), ("not allowed here", others), ("missing", missing)]:
        for name in found:
            print(f"{path} loads {name}: {what}")
    if not names:
        print(f"{path} loads nothing: ldd says {listing!r}")
    if compilers or others or missing or not names:
        sys.exit(1)
    print(f"{path} loads {' '.join(names)}")


if __name__ == "__main__":
    main()
