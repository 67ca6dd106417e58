"""Runs the real `dotcompute` for the tests of this folder."""

import json
import os
import random
import shutil
import subprocess
import tempfile
import unittest

DOTCOMPUTE = os.environ["DOTCOMPUTE"]
KERNELS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "kernels")

OK, USAGE, INPUT, COMPILE, DEVICE, CHECK, OUTPUT = 0, 2, 3, 4, 5, 6, 7


class ToolTest(unittest.TestCase):
    """A test with a scratch directory of its own, a printed seed, and ways to run the tool."""

    def setUp(self):
        self.scratch = tempfile.mkdtemp(prefix="dotcompute-test-")
        self.addCleanup(shutil.rmtree, self.scratch)
        self.seed = int(os.environ.get("DOTCOMPUTE_TEST_SEED", random.SystemRandom().randrange(2**32)))
        self.random = random.Random(self.seed)
        print("%s: seed %d" % (self.id(), self.seed), flush=True)

    def path(self, name):
        return os.path.join(self.scratch, name)

    def run_tool(self, *arguments):
        return subprocess.run([DOTCOMPUTE, *map(str, arguments)], capture_output=True, text=True, timeout=600,
                              stdin=subprocess.DEVNULL)

    def run_kernel(self, source, *arguments):
        """`dotcompute run` on a file of the kernels folder."""
        return self.run_tool("run", os.path.join(KERNELS, source), *arguments)

    def expect_ok(self, result):
        self.assertEqual(result.returncode, OK, result.stdout + result.stderr)
        return result.stdout

    def expect_json(self, result):
        return json.loads(self.expect_ok(result))

    def expect_checked(self, result):
        """A passed `--on all --check --json`: every device is equal to the reference, by the exact rule."""
        report = self.expect_json(result)
        self.assertEqual(report["check"], "passed")
        self.assertEqual([device["device"] for device in report["devices"]], ["reference", "cpu"])
        self.assertEqual(report["devices"][0]["verdict"], "reference")
        self.assertEqual(report["devices"][1]["verdict"], "equal")
        self.assertEqual(report["devices"][1]["rule"], "exact")
        self.assertEqual(report["devices"][1]["largest_difference"], 0)
        self.assertEqual(report["devices"][1].get("largest_ulp", 0), 0)
        return report

    def expect_error(self, result, status, *parts):
        """The status, and each part in the one message on stderr; nothing on stdout."""
        self.assertEqual(result.returncode, status, result.stdout + result.stderr)
        self.assertTrue(result.stderr.startswith("dotcompute: "), result.stderr)
        for part in parts:
            self.assertIn(part, result.stderr)
        self.assertEqual(result.stdout, "")
