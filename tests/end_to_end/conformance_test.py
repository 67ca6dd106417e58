"""`dotcompute conformance`: the suite on a device, its report and its errors."""

import json
import os
import subprocess
import unittest

from tool import CHECK, DEVICE, DOTCOMPUTE, INPUT, USAGE, ToolTest


class Conformance(ToolTest):
    def test_the_cpu_passes(self):
        report = self.expect_json(self.run_tool("conformance", "cpu", "--sizes", "0,1,17,257", "--seed", self.seed,
                                                "--json"))
        self.assertEqual(report["sizes"], [0, 1, 17, 257])
        self.assertEqual(report["seed"], self.seed)
        (device,) = report["devices"]
        self.assertEqual((device["device"], device["backend"], device["verdict"]), ("cpu", "cpu", "passed"))
        self.assertGreater(len(device["kernels"]), 300)
        for kernel in device["kernels"]:
            self.assertEqual(kernel["verdict"], "passed", kernel)
            # Only what opts into fast math may differ from the reference.
            if kernel["feature"] != "fast math":
                self.assertTrue(kernel["rule"].startswith("exact"), kernel)
                self.assertEqual(kernel["largest_ulp"], 0, kernel)
            self.assertNotEqual(kernel["feature"], "others", kernel)
        self.assertGreaterEqual(len(device["checks"]), 6)
        for check in device["checks"]:
            self.assertEqual(check["verdict"], "passed", check)

    def test_the_reference_agrees_with_itself(self):
        output = self.expect_ok(self.run_tool("conformance", "reference", "--sizes", "17", "--filter", "math::*"))
        self.assertIn("reference: ", output)
        self.assertIn("functions of <cmath>", output)
        self.assertNotIn("failed:", output)

    def test_a_filter_chooses_kernels(self):
        report = self.expect_json(self.run_tool("conformance", "cpu", "--sizes", "1", "--filter", "math::sin<*>", "--json"))
        self.assertEqual([kernel["kernel"] for kernel in report["devices"][0]["kernels"]],
                         ["suite::math::sin<double>", "suite::math::sin<float>"])

    def test_the_suite_is_not_in_the_way_elsewhere(self):
        source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "kernels", "saxpy.cpp")
        result = self.run_tool("run", source + ":suite::math::sin<float>")
        self.assertEqual(result.returncode, INPUT, result.stderr)

    def test_errors(self):
        self.expect_error(self.run_tool("conformance", "nowhere:0"), DEVICE, "nowhere:0", "this machine has", "cpu")
        self.expect_error(self.run_tool("conformance", "cpu", "--filter", "sine"), INPUT,
                          "--filter sine: no kernel of the suite has such a name", "math::*")
        self.expect_error(self.run_tool("conformance", "cpu", "--sizes", "many"), USAGE, "many", "conformance --help")


class SuiteLibrary(ToolTest):
    def run_with(self, library, *arguments):
        return subprocess.run([DOTCOMPUTE, "conformance", *arguments], capture_output=True, text=True, timeout=600,
                              env={**os.environ, "DOTCOMPUTE_CONFORMANCE_LIBRARY": library})

    def test_one_that_is_not_there(self):
        self.expect_error(self.run_with("/nowhere/suite.so", "cpu"), INPUT, "/nowhere/suite.so",
                          "install libdotcompute-conformance.so", "DOTCOMPUTE_CONFORMANCE_LIBRARY")

    def test_a_failure_is_the_exit_status(self):
        failing = os.environ["FAILING_SUITE"]
        result = self.run_with(failing, "cpu")
        self.assertEqual(result.returncode, CHECK, result.stderr)
        self.assertIn("suite::wanting: failed: all is wrong", result.stdout)
        report = self.run_with(failing, "cpu", "--json")
        self.assertEqual(report.returncode, CHECK, report.stderr)
        self.assertEqual(json.loads(report.stdout)["devices"][0]["verdict"], "failed")


if __name__ == "__main__":
    unittest.main()
