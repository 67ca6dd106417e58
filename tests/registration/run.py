#!/usr/bin/env python3
"""Builds a small program for every way kernels get into a program, runs it, and reports each cell.

The compilers are called directly, the way the build tool would call them. A cell is
    compiler x {executable, static, shared, object} x {pie, no-pie} x options
and its program runs every kernel by function and by name on the devices reference and cpu; a second program of the
cell names its kernels in strings only. Exit status 1 if a cell fails.
"""
import argparse
import concurrent.futures
import itertools
import os
import pathlib
import subprocess
import sys
import threading

HERE = pathlib.Path(__file__).resolve().parent
UNIT = "dotcompute_unit_matrix"
KINDS = ["executable", "static", "shared", "object"]
# name: (options when compiling, options when linking)
VARIANTS = {
    "plain": ([], []),
    "lto": (["-flto"], ["-flto", "-O2"]),
    "gc-sections": (["-ffunction-sections", "-fdata-sections"], ["-Wl,--gc-sections"]),
    "icf": (["-ffunction-sections"], ["-fuse-ld=lld", "-Wl,--icf=all"]),
    "bsymbolic": ([], ["-Wl,-Bsymbolic-functions"]),
    "hidden": (["-fvisibility=hidden", "-fvisibility-inlines-hidden"], []),
}


class Failed(Exception):
    pass


def call(command, **options):
    command = [str(word) for word in command]
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
    if result.returncode != 0:
        raise Failed(f"$ {' '.join(command)}\nstatus {result.returncode}\n{result.stdout}")
    return result.stdout


class Host:
    """One host compiler and what is compiled once for it."""

    def __init__(self, compiler, identity, options):
        self.compiler = compiler
        self.identity = identity
        self.options = options
        self.is_clang = identity.startswith("Clang")
        self.directory = options.work / identity
        self.directory.mkdir(parents=True, exist_ok=True)
        crt = call([compiler, "-print-file-name=crtbegin.o"]).strip()
        self.gcc_directory = os.path.dirname(crt)
        self.compiled = {}
        self.lock = threading.Lock()
        # g++ looks for the name ld.lld only.
        tools = self.directory / "tools"
        tools.mkdir(exist_ok=True)
        link = tools / "ld.lld"
        if not link.is_symlink():
            link.symlink_to(options.lld)
        self.tools = tools

    def compile(self, source, flags):
        """The object of `source` compiled with `flags`; made once, however many cells ask for it."""
        with self.lock:
            made = self.compiled.get((source, *flags))
            if made is None:
                made = concurrent.futures.Future()
                self.compiled[(source, *flags)] = made
                output = self.directory / f"{len(self.compiled)}.{source}.o"
            else:
                output = None
        if output is not None:
            includes = [f"-I{directory}" for directory in self.options.include]
            try:
                call([self.compiler, "-std=c++20", "-O2", "-Wall", "-Wextra", *includes, *flags, "-c", HERE / source,
                      "-o", output])
                made.set_result(output)
            except Failed as failure:
                made.set_exception(failure)
        return made.result()

    def compile_kernels(self, name, definitions, unit):
        output = self.directory / f"{name}.kernels.o"
        includes = [f"-I{directory}" for directory in self.options.include]
        call([self.options.kernelc, HERE / "kernels.cpp", "-o", output, f"--unit={unit}", f"--host={self.identity}",
              f"--gcc-install-dir={self.gcc_directory}", "-std=c++20", "-O2", *includes, *definitions])
        return output

    def archive(self, output, objects):
        output.unlink(missing_ok=True)
        call([self.options.llvm_ar if self.is_clang else "gcc-ar", "rcs", output, *objects])
        return output

    def link(self, output, objects, flags):
        libdotcompute = self.options.libdotcompute
        if "-fuse-ld=lld" in flags:
            flags = [f"-B{self.tools}", *flags]
        call([self.compiler, "-o", output, *objects, *flags, libdotcompute, f"-Wl,-rpath,{libdotcompute.parent}",
              f"-Wl,-rpath,{self.directory}", "-ldl"])
        return output

    def prepare(self):
        self.check = self.compile("check.cpp", ["-fPIC"])
        self.kernels = self.compile_kernels("kernels", [], UNIT)


def position_flags(kind, pie):
    if kind == "shared":
        return ["-fPIC"]
    return ["-fPIE"] if pie else ["-fno-pie"]


def link_variant(host, variant):
    flags = list(VARIANTS[variant][1])
    # Clang's link-time optimisation needs a linker that reads its bitcode.
    if variant == "lto" and host.is_clang:
        flags.append("-fuse-ld=lld")
    return flags


def run_cell(host, kind, pie, variant):
    name = f"{kind}-{'pie' if pie else 'no-pie'}-{variant}"
    compile_flags = VARIANTS[variant][0]
    link_flags = link_variant(host, variant)
    program_flags = ["-pie"] if pie else ["-no-pie"]
    kernels = host.compile("kernels.cpp", [*compile_flags, *position_flags(kind, pie), f"-DDOTCOMPUTE_UNIT={UNIT}"])
    if kind == "static":
        library = host.archive(host.directory / f"lib{name}.a", [kernels, host.kernels])
        parts = [f"-Wl,--undefined={UNIT}", library]
    elif kind == "shared":
        library = host.directory / f"lib{name}.so"
        parts = [host.link(library, [kernels, host.kernels], ["-shared", *link_flags])]
    else:
        parts = [host.kernels, kernels]
    for by_name in [False, True]:
        definitions = ["-DBY_NAME_ONLY"] if by_name else []
        if kind == "shared" and variant == "hidden":
            definitions.append("-DKERNELS_ARE_HIDDEN")
        program = f"{name}.{'name' if by_name else 'function'}"
        main = host.compile("main.cpp", [*compile_flags, *position_flags("executable", pie), *definitions])
        # An object library's objects come first on the line, a program's own last: neither order may matter.
        objects = [*parts, main, host.check] if kind == "object" else [main, host.check, *parts]
        # Debian's g++ drops shared libraries that no symbol asks for; dotcompute_add_kernels says this to their users.
        if kind == "shared":
            objects = ["-Wl,--no-as-needed", *objects]
        call([host.link(host.directory / program, objects, [*program_flags, *link_flags])])
    return f"{kind}, {'PIE' if pie else 'no PIE'}, {variant}"


def shared_library(host, name, definitions, flags, unit):
    """A shared library of kernels.cpp; its own kernelc object where the definitions change the kernels."""
    user = host.compile("kernels.cpp", ["-fPIC", *definitions, *flags, f"-DDOTCOMPUTE_UNIT={unit}"])
    kernels = host.compile_kernels(name, definitions, unit)
    return host.link(host.directory / f"lib{name}.so", [user, kernels], ["-shared"])


def run_same_kernel_twice(host):
    first = shared_library(host, "same_first", [], [], "dotcompute_unit_first")
    second = shared_library(host, "same_second", ["-DKERNELS_SEEN_INSIDE=kernels_of_other_library"], [],
                            "dotcompute_unit_second")
    main = host.compile("same_kernel_twice.cpp", ["-fPIE"])
    call([host.link(host.directory / "same_kernel_twice", [main, host.check, first, second], ["-pie"])])
    return "two libraries with the same kernels"


def run_same_name_twice(host, hidden):
    flags = ["-fvisibility=hidden"] if hidden else []
    name = "names_hidden" if hidden else "names_visible"
    first = shared_library(host, f"{name}_first", [], flags, "dotcompute_unit_first")
    second = shared_library(host, f"{name}_second",
                            ["-DKERNELS_SEEN_INSIDE=kernels_of_other_library", "-DSCALE_OFFSET=5.0f"], flags,
                            "dotcompute_unit_second")
    main = host.compile("same_name_twice.cpp", ["-fPIE", *(["-DKERNELS_ARE_HIDDEN"] if hidden else [])])
    call([host.link(host.directory / name, [main, host.check, first, second], ["-pie"])])
    return f"two libraries with different kernels of one name, {'hidden' if hidden else 'visible'}"


def run_load_and_unload(host):
    first = shared_library(host, "plugin_first", [], [], UNIT)
    second = shared_library(host, "plugin_second", ["-DSCALE_OFFSET=5.0f"], [], UNIT)
    main = host.compile("load_and_unload.cpp", ["-fPIE"])
    program = host.link(host.directory / "load_and_unload", [main, host.check], ["-pie"])
    call([program, first, second])
    return "load and unload with dlopen"


def cells(host):
    for kind, pie, variant in itertools.product(KINDS, [True, False], VARIANTS):
        yield run_cell, (host, kind, pie, variant)
    yield run_same_kernel_twice, (host,)
    yield run_same_name_twice, (host, True)
    yield run_same_name_twice, (host, False)
    yield run_load_and_unload, (host,)


def label(function, arguments):
    words = [str(word) for word in arguments[1:]]
    return " ".join([function.__name__.removeprefix("run_"), *words])


def main():
    parser = argparse.ArgumentParser(description="the registration matrix")
    parser.add_argument("--compiler", required=True, help="the host compiler")
    parser.add_argument("--identity", required=True, help="its name for kernelc: GNU-12.2.0, Clang-19.1.7")
    parser.add_argument("--kernelc", required=True, type=pathlib.Path)
    parser.add_argument("--libdotcompute", required=True, type=pathlib.Path, help="libdotcompute.so")
    parser.add_argument("--include", action="append", default=[])
    parser.add_argument("--lld", default="/usr/bin/ld.lld-19")
    parser.add_argument("--llvm-ar", default="/usr/bin/llvm-ar-19")
    parser.add_argument("--work", required=True, type=pathlib.Path)
    options = parser.parse_args()

    host = Host(options.compiler, options.identity, options)
    host.prepare()
    failures = 0
    count = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        running = {pool.submit(function, *arguments): label(function, arguments) for function, arguments in cells(host)}
        for future in concurrent.futures.as_completed(running):
            count += 1
            try:
                print(f"ok    {host.identity}: {future.result()}", flush=True)
            except Failed as failure:
                failures += 1
                print(f"FAIL  {host.identity}: {running[future]}\n{failure}", flush=True)
    print(f"{count - failures} of {count} cells passed")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
