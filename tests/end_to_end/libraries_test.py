"""What the command line loads: never Clang or LLVM, which live in kernelc's process alone."""

import glob
import os
import re
import subprocess
import unittest

from arrays import write_npy
from tool import DOTCOMPUTE, KERNELS, ToolTest


class Libraries(ToolTest):
    def loaded_by(self, *arguments):
        """The libraries that the process itself loads; its children write to files of their own."""
        environment = {**os.environ, "LD_DEBUG": "files", "LD_DEBUG_OUTPUT": self.path("loaded")}
        process = subprocess.Popen([DOTCOMPUTE, *arguments], env=environment, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE)
        _, errors = process.communicate(timeout=600)
        self.assertEqual(process.returncode, 0, errors)
        trace = self.text("%s.%d" % (self.path("loaded"), process.pid))
        return set(re.findall(r"file=(\S+) \[0\];  generating link map", trace))

    @staticmethod
    def text(path):
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def test_no_compiler_in_the_process(self):
        write_npy(self.path("x.npy"), "float32", (3,), [1, 2, 3])
        x = self.path("x.npy")
        for arguments in (("devices",), ("run", os.path.join(KERNELS, "saxpy.cpp") + ":demo::saxpy", "--arg", "a=2",
                                         "--arg",
                                         "x=" + x, "--arg", "y=" + x, "--on", "all", "--check")):
            libraries = self.loaded_by(*arguments)
            self.assertTrue(any("libdotcompute.so" in name for name in libraries), libraries)
            self.assertEqual([name for name in libraries if re.search("clang|llvm|lld", os.path.basename(name), re.I)],
                             [])
        # The compiler did run, in a process of its own, and it does load them.
        self.assertTrue(any("libLLVM" in self.text(name) for name in glob.glob(self.path("loaded.*"))))


if __name__ == "__main__":
    unittest.main(verbosity=2)
