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

    def with_environment(self, **variables):
        os.environ.update(variables)
        for variable in variables:
            self.addCleanup(os.environ.pop, variable, None)

    def test_the_cpu_says_what_its_processors_share(self):
        topology = self.devices()["cpu"]["topology"]
        self.assertGreaterEqual(topology["processors"], 1)
        self.assertNotIn("topology", self.devices()["reference"])
        if "unknown" in topology:
            self.skipTest(topology["unknown"])
        self.assertLessEqual(topology["cores"], topology["processors"])
        self.assertLessEqual(topology["nodes"], topology["outermost_caches"])
        self.assertIn("%d processor" % topology["processors"], self.expect_ok(self.run_tool("devices")))

    def test_launches_are_divided_between_the_nodes_of_a_described_machine(self):
        if "unknown" in self.devices()["cpu"]["topology"]:
            self.skipTest("there is no hwloc")
        self.with_environment(DOTCOMPUTE_CPU_TOPOLOGY="numa:2 l3:2(size=33554432) l2:4(size=1048576) core:1 pu:2",
                              DOTCOMPUTE_CPU_THREADS="16")
        self.assertEqual(self.devices()["cpu"]["topology"],
                         {"processors": 32, "cores": 16, "nodes": 2, "outermost_caches": 4, "l2_bytes": 1048576,
                          "l3_bytes": 33554432})
        self.assertIn("32 processors of 16 cores, 2 nodes of memory, 4 outermost caches; L2 1024 KiB, L3 32 MiB",
                      self.expect_ok(self.run_tool("devices")))
        self.expect_ok(self.run_saxpy("--on", "cpu", "--check"))
        self.assertEqual(read_values(self.path("y.npy"), "float32")[1][:3], [0, 3, 6])

    def test_without_hwloc_only_the_processors_are_known(self):
        self.with_environment(DOTCOMPUTE_HWLOC_LIBRARY=NOWHERE)
        topology = self.devices()["cpu"]["topology"]
        self.assertEqual(set(topology), {"processors", "unknown"})
        self.assertIn("hwloc", topology["unknown"])
        self.assertIn("; nodes and caches are not known: ", self.expect_ok(self.run_tool("devices")))
        self.expect_ok(self.run_saxpy("--on", "cpu", "--check"))

    def test_wrong_wishes_for_the_cpu_are_errors(self):
        for variable, value, message in (("DOTCOMPUTE_CPU_TOPOLOGY", "two nodes", "cannot make a topology of 'two nodes'"),
                                         ("DOTCOMPUTE_CPU_BINDING", "tight", "DOTCOMPUTE_CPU_BINDING is 'tight'")):
            with self.subTest(variable=variable):
                self.with_environment(**{variable: value})
                result = self.run_tool("devices")
                self.assertNotEqual(result.returncode, 0)
                self.assertIn(message, result.stderr)
                os.environ.pop(variable)

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
