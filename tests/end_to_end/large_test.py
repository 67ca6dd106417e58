"""Arrays of 10^8 elements, on every device, within a bounded amount of memory."""

import os
import resource
import struct
import time
import unittest

from arrays import npy_header
from tool import ToolTest

COUNT = 100_000_000
MOST_MEMORY_BYTES = 6 << 30


class Large(ToolTest):
    def write(self, name, block):
        with open(self.path(name), "wb") as file:
            file.write(npy_header("'<f4'", (COUNT,)))
            for _ in range(COUNT * 4 // len(block)):
                file.write(block)

    def test_saxpy(self):
        values = [float(self.random.randrange(-1000, 1000)) for _ in range(500_000)]
        self.write("x.npy", struct.pack("<500000f", *values))
        self.write("y.npy", struct.pack("<500000f", *reversed(values)))
        began = time.monotonic()
        result = self.run_kernel(
            "saxpy.cpp:demo::saxpy", "--arg", "a=3", "--arg", "x=" + self.path("x.npy"), "--arg",
            "y=" + self.path("y.npy"),
            "--out", "y=" + self.path("out.npy"), "--on", "all", "--check", "--json", "--progress")
        report = self.expect_json(result)
        if time.monotonic() - began > 3:
            self.assertRegex(result.stderr,
                             r"(?m)^dotcompute: (compiling|reading|running|comparing|writing) .*, [0-9]+ s$")
        self.assertEqual(report["check"], "passed")
        self.assertEqual(report["grid"], [COUNT, 1, 1])
        self.assertEqual([device["verdict"] for device in report["devices"]], ["reference", "equal"])
        header = len(npy_header("'<f4'", (COUNT,)))
        self.assertEqual(os.path.getsize(self.path("out.npy")), header + 4 * COUNT)
        expected = struct.pack("<500000f", *[3 * a + b for a, b in zip(values, reversed(values))])
        with open(self.path("out.npy"), "rb") as file:
            file.seek(header)
            for _ in range(COUNT // 500_000):
                self.assertEqual(file.read(len(expected)), expected)
        used_bytes = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
        self.assertLess(used_bytes, MOST_MEMORY_BYTES)


if __name__ == "__main__":
    unittest.main(verbosity=2)
