"""Which devices the command line finds, and what it says of those that are not there."""

import os
import unittest

from arrays import read_values, write_npy
from tool import KERNELS, ToolTest

HIDDEN = {"opencl": "DOTCOMPUTE_OPENCL_LIBRARY", "cuda": "DOTCOMPUTE_CUDA_LIBRARY"}
NOWHERE = "/nowhere/lib-that-is-not-there.so"


class Devices(ToolTest):
    def devices(self):
        return {device["device"]: device for device in self.expect_json(self.run_tool("devices", "--json"))}

    def run_saxpy(self, *options):
        write_npy(self.path("x.npy"), "float32", (1000,), [float(i) for i in range(1000)])
        return self.run_tool("run", os.path.join(KERNELS, "saxpy.cpp") + ":demo::saxpy", "--arg", "a=2", "--arg",
                             "x=" + self.path("x.npy"), "--arg", "y=" + self.path("x.npy"), "--out",
                             "y=" + self.path("y.npy"), *options)

    def with_hidden(self, backends):
        for backend, variable in HIDDEN.items():
            if backend in backends:
                os.environ[variable] = NOWHERE
            else:
                os.environ.pop(variable, None)
            self.addCleanup(os.environ.pop, variable, None)

    def test_each_library_hidden_in_turn_and_both(self):
        for hidden in (["opencl"], ["cuda"], ["opencl", "cuda"]):
            with self.subTest(hidden=hidden):
                self.with_hidden(hidden)
                devices = self.devices()
                for name in ("cpu", "reference"):
                    self.assertTrue(devices[name]["available"])
                for backend in hidden:
                    self.assertFalse(any(name.startswith(backend + ":") for name in devices), devices)
                    self.assertFalse(devices[backend]["available"])
                    self.assertIn(NOWHERE, devices[backend]["reason"])
                    self.assertIn("install", devices[backend]["reason"])
                    table = self.expect_ok(self.run_tool("devices"))
                    self.assertIn(NOWHERE, table)
                self.expect_ok(self.run_saxpy("--on", "cpu", "--check"))
                self.assertEqual(read_values(self.path("y.npy"), "float32")[1][:3], [0, 3, 6])

    def test_a_hidden_device_that_is_asked_for_is_an_error_that_says_why(self):
        self.with_hidden(["opencl", "cuda"])
        for backend in HIDDEN:
            result = self.run_saxpy("--on", backend + ":0")
            self.assertNotEqual(result.returncode, 0)
            self.assertIn("--on %s:0: there is no such device: " % backend, result.stderr)
            self.assertIn("; this machine has cpu, reference", result.stderr)
            self.assertIn(NOWHERE, result.stderr)
            self.assertFalse(os.path.exists(self.path("y.npy")))

    def test_where_no_library_is_hidden_everything_is_said_of_each_backend(self):
        self.with_hidden([])
        devices = self.devices()
        for backend in HIDDEN:
            mine = [device for name, device in devices.items() if name.split(":")[0] == backend]
            self.assertTrue(mine, backend)
            for device in mine:
                self.assertTrue(device["name"] if device["available"] else device["reason"])

    def test_opencl_gives_the_reference_s_answer(self):
        self.with_hidden(["cuda"])
        devices = self.devices()
        if "opencl:0" not in devices or not devices["opencl:0"]["available"]:
            self.skipTest("no OpenCL device: %s" % devices.get("opencl", {}).get("reason"))
        report = self.expect_json(self.run_saxpy("--on", "all", "--check", "--json"))
        self.assertEqual(report["check"], "passed")
        verdicts = {device["device"]: device["verdict"] for device in report["devices"]}
        self.assertEqual(verdicts["reference"], "reference")
        self.assertEqual(verdicts["cpu"], "equal")
        self.assertEqual(verdicts["opencl:0"], "equal")


if __name__ == "__main__":
    unittest.main(verbosity=2)
