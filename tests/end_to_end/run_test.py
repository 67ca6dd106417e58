"""`dotcompute run` on files that nobody prepared: every element type, 1-D to 3-D, empty arrays, structs, pictures."""

import json
import math
import os
import struct
import unittest

from arrays import CODES, npy_header, read_npy, read_png, read_values, write_npy, write_png
from tool import CHECK, KERNELS, ToolTest

CHECKED = ("--on", "all", "--check", "--json")
CPP_NAMES = {"int8": "signed char", "int16": "short", "int32": "int", "int64": "std::int64_t", "uint8": "std::uint8_t",
             "uint16": "unsigned short", "uint32": "unsigned int", "uint64": "unsigned long", "float32": "float",
             "float64": "double"}


def to_float32(value):
    return struct.unpack("<f", struct.pack("<f", value))[0]


class ElementTypes(ToolTest):
    def random_values(self, type_name, count):
        _, code = CODES[type_name]
        size = struct.calcsize(code)
        if type_name.startswith("float"):
            # Sums of these are exact, so that Python's answer is the only right one.
            return [float(self.random.randrange(-1000, 1000)) for _ in range(count)]
        return list(struct.unpack("<%d%s" % (count, code), self.random.randbytes(count * size)))

    def wrapped(self, type_name, value):
        if type_name.startswith("float"):
            return value
        bits = 8 * struct.calcsize(CODES[type_name][1])
        value &= (1 << bits) - 1
        return value - (1 << bits) if type_name.startswith("int") and value >> (bits - 1) else value

    def test_every_arithmetic_type(self):
        for type_name, cpp_name in CPP_NAMES.items():
            for count in (1, 17, 1003):
                with self.subTest(type=type_name, count=count):
                    values = self.random_values(type_name, count)
                    write_npy(self.path("in.npy"), type_name, (count,), values)
                    self.expect_checked(self.run_kernel(
                        "types.cpp:types::twice_plus<%s>" % cpp_name, "--arg", "offset=7", "--arg",
                        "in=" + self.path("in.npy"), "--out", "out=" + self.path("out.npy"), *CHECKED))
                    shape, result = read_values(self.path("out.npy"), type_name)
                    self.assertEqual(shape, (count,))
                    self.assertEqual(result, [self.wrapped(type_name, 2 * value + 7) for value in values])

    def test_bool(self):
        values = [bool(self.random.randrange(2)) for _ in range(100)]
        write_npy(self.path("in.npy"), "bool", (100,), values)
        self.expect_checked(self.run_kernel("types.cpp:types::flip", "--arg", "unless=false", "--arg",
                                            "in=" + self.path("in.npy"), "--out", "out=" + self.path("out.npy"),
                                            *CHECKED))
        self.assertEqual(read_values(self.path("out.npy"), "bool")[1], [not value for value in values])

    def test_big_endian_and_fortran_order_are_read(self):
        with open(self.path("in.npy"), "wb") as file:
            file.write(npy_header("'>i4'", (2, 3), fortran_order=True) + struct.pack(">6i", 1, 4, 2, 5, 3, 6))
        self.expect_ok(self.run_kernel("types.cpp:types::twice_plus<int>", "--arg", "offset=0", "--arg",
                                       "in=" + self.path("in.npy"),
                                       "--out", "out=" + self.path("out.npy")))
        self.assertEqual(read_values(self.path("out.npy"), "int32"), ((6,), [2, 4, 6, 8, 10, 12]))

    def test_nan_equals_nan_and_infinities_pass(self):
        values = [-1.0, 4.0, math.inf, -math.inf, math.nan, -0.0]
        write_npy(self.path("in.npy"), "float64", (6,), values)
        self.expect_checked(self.run_kernel("special_values.cpp", "--arg", "in=" + self.path("in.npy"),
                                            "--out", "out=" + self.path("out.npy"), *CHECKED))
        result = read_values(self.path("out.npy"), "float64")[1]
        self.assertEqual([result[1], result[2]], [2.0, math.inf])
        self.assertTrue(all(math.isnan(result[i]) for i in (0, 3, 4)))


class Sizes(ToolTest):
    def test_empty_arrays_are_a_success(self):
        write_npy(self.path("e.npy"), "float32", (0,), [])
        report = self.expect_checked(self.run_kernel("saxpy.cpp:demo::vector_add", "--arg", "a=" + self.path("e.npy"),
                                                     "--arg",
                                                     "b=" + self.path("e.npy"), "--out", "sum=" + self.path("o.npy"),
                                                     *CHECKED))
        self.assertEqual(report["grid"], [0, 1, 1])
        self.assertEqual(read_values(self.path("o.npy"), "float32"), ((0,), []))

    def test_two_empty_dimensions(self):
        write_npy(self.path("e.npy"), "int32", (0, 5), [])
        report = self.expect_checked(self.run_kernel("grids.cpp:grids::transpose", "--arg", "in=" + self.path("e.npy"),
                                                     "--out", "out=" + self.path("o.npy"), *CHECKED))
        self.assertEqual(report["grid"], [5, 0, 1])
        self.assertEqual(read_values(self.path("o.npy"), "int32"), ((0, 5), []))

    def test_two_dimensions_follow_the_shape(self):
        values = [self.random.randrange(-2**31, 2**31) for _ in range(6 * 7)]
        write_npy(self.path("in.npy"), "int32", (6, 7), values)
        report = self.expect_checked(self.run_kernel(
            "grids.cpp:grids::transpose", "--arg", "in=" + self.path("in.npy"), "--out", "out=" + self.path("out.npy"),
            "--shape", "out=6x7:int32", *CHECKED))
        self.assertEqual(report["grid"], [7, 6, 1])
        self.assertEqual(read_values(self.path("out.npy"), "int32"), ((7, 6),
                                                                      [values[y * 7 + x]
                                                                       for x in range(7) for y in range(6)]))

    def test_three_dimensions_from_over(self):
        report = self.expect_checked(self.run_kernel("grids.cpp:grids::coordinates", "--over", "5x4x3", "--out",
                                                     "out=" + self.path("out.npy"), "--group", "2x2", *CHECKED))
        self.assertEqual(report["grid"], [5, 4, 3])
        expected = [x + 100 * y + 10000 * z for z in range(3) for y in range(4) for x in range(5)]
        self.assertEqual(read_values(self.path("out.npy"), "int32"), ((3, 4, 5), expected))

    def test_three_dimensions_from_a_shape(self):
        report = self.expect_json(self.run_kernel("grids.cpp:grids::coordinates", "--shape", "out=2x3x4", "--out",
                                                  "out=" + self.path("out.npy"), "--json"))
        self.assertEqual(report["grid"], [2, 3, 4])

    def test_an_argument_may_be_in_and_out(self):
        write_npy(self.path("x.npy"), "float32", (3,), [1, 2, 3])
        write_npy(self.path("y.npy"), "float32", (3,), [10, 20, 30])
        for device in ("reference", "cpu", "auto"):
            self.expect_ok(self.run_kernel("saxpy.cpp:demo::saxpy", "--arg", "a=2", "--arg", "x=" + self.path("x.npy"),
                                           "--arg",
                                           "y=" + self.path("y.npy"), "--out", "y=" + self.path("out.npy"), "--on",
                                           device))
            self.assertEqual(read_values(self.path("out.npy"), "float32"), ((3,), [12, 24, 36]))
            self.assertEqual(read_values(self.path("y.npy"), "float32"), ((3,), [10, 20, 30]))

    def test_an_output_may_replace_its_input(self):
        write_npy(self.path("y.npy"), "float32", (2,), [1, 2])
        self.expect_ok(self.run_kernel("saxpy.cpp:demo::saxpy", "--arg", "a=1", "--arg", "x=" + self.path("y.npy"),
                                       "--arg",
                                       "y=" + self.path("y.npy"), "--out", "y=" + self.path("y.npy")))
        self.assertEqual(read_values(self.path("y.npy"), "float32"), ((2,), [2, 4]))
        self.assertEqual(os.listdir(self.scratch), ["y.npy"])

    def test_a_value_may_be_a_file(self):
        write_npy(self.path("a.npy"), "float32", (), [3])
        write_npy(self.path("x.npy"), "float32", (1,), [5])
        self.expect_ok(self.run_kernel("saxpy.cpp:demo::saxpy", "--arg", "a=" + self.path("a.npy"), "--arg",
                                       "x=" + self.path("x.npy"), "--out", "y=" + self.path("y.npy")))
        self.assertEqual(read_values(self.path("y.npy"), "float32"), ((1,), [15]))


class Structs(ToolTest):
    """physics::Particle is {bool fixed; float position[3]; double mass;}: 24 bytes with 3 of padding."""

    def field(self, steps):
        with open(self.path("field.npy"), "wb") as file:
            file.write(npy_header("[('gravity', '<f4', (3,)), ('steps', '<i2')]", ()))
            file.write(struct.pack("<3fh", 0.5, -1.0, 2.0, steps))
        return "field=" + self.path("field.npy")

    def particles(self, descr, layout, order):
        with open(self.path("particles.npy"), "wb") as file:
            file.write(npy_header(descr, (2,)))
            for fixed in (False, True):
                values = {"fixed": (fixed,), "position": (1.0, 2.0, 3.0), "mass": (1.5,)}
                file.write(struct.pack(layout, *[value for name in order for value in values[name]]))
        return "particles=" + self.path("particles.npy")

    def check_result(self):
        descr, shape, data = read_npy(self.path("out.npy"))
        self.assertEqual(descr, [("fixed", "|b1"), ("", "|V3"), ("position", "<f4", (3,)), ("mass", "<f8")])
        self.assertEqual(shape, (2,))
        self.assertEqual(data, struct.pack("<?3x3fd?3x3fd", False, 2.0, 0.0, 7.0, 3.0, True, 1.0, 2.0, 3.0, 1.5))

    def test_as_cpp_lays_it_out(self):
        particles = self.particles("[('fixed', '|b1'), ('', '|V3'), ('position', '<f4', (3,)), ('mass', '<f8')]",
                                   "<?3x3fd",
                                   ("fixed", "position", "mass"))
        self.expect_checked(self.run_kernel("structs.cpp", "--arg", self.field(2), "--arg", particles, "--out",
                                            "particles=" + self.path("out.npy"), *CHECKED))
        self.check_result()

    def test_packed_big_endian_and_in_another_order(self):
        particles = self.particles("[('mass', '>f8'), ('fixed', '|b1'), ('position', '>f4', (3,))]", ">d?3f",
                                   ("mass", "fixed", "position"))
        self.expect_checked(self.run_kernel("structs.cpp", "--arg", self.field(2), "--arg", particles, "--out",
                                            "particles=" + self.path("out.npy"), *CHECKED))
        self.check_result()


class Names(ToolTest):
    def test_template_instantiations_are_named_as_cpp_spells_them(self):
        write_npy(self.path("a.npy"), "float64", (3,), [1, 5, 3])
        write_npy(self.path("b.npy"), "float64", (3,), [2, 4, 6])
        for kernel, expected in (("sorting::merge<double, true>", [2, 5, 6]), ("sorting::merge<double,false>", [1, 4,
                                                                                                                3])):
            self.expect_checked(self.run_kernel("templates.cpp:" + kernel, "--arg", "a=" + self.path("a.npy"), "--arg",
                                                "b=" + self.path("b.npy"), "--out", "larger=" + self.path("o.npy"),
                                                *CHECKED))
            self.assertEqual(read_values(self.path("o.npy"), "float64")[1], expected)

    def test_compile_options_reach_the_compiler(self):
        write_npy(self.path("v.npy"), "float32", (2,), [1, 2])
        include = os.path.join(KERNELS, "include")
        for options in (("-DFACTOR=3.0f", "-I", include), ("--option", "-DFACTOR=3.0f", "--option", "-I" + include)):
            self.expect_ok(self.run_kernel("macros.cpp", *options, "--arg", "values=" + self.path("v.npy"), "--out",
                                           "values=" + self.path("o.npy")))
            self.assertEqual(read_values(self.path("o.npy"), "float32")[1], [30, 60])


class Pictures(ToolTest):
    def test_odd_sizes_and_every_number_of_channels(self):
        for width, height, channels in ((1, 1, 3), (7, 5, 3), (17, 31, 4), (255, 3, 1), (33, 1, 2), (641, 479, 3)):
            with self.subTest(width=width, height=height, channels=channels):
                samples = self.random.randbytes(width * height * channels)
                write_png(self.path("in.png"), width, height, channels, samples)
                report = self.expect_checked(self.run_kernel(
                    "image.cpp:image::grey", "--arg", "colours=" + self.path("in.png"), "--out",
                    "out=" + self.path("out.png"), *CHECKED))
                self.assertEqual(report["grid"], [width, height, 1])
                expected = bytes(sum(samples[i:i + channels]) // channels for i in range(0, len(samples), channels))
                self.assertEqual(read_png(self.path("out.png")), (width, height, 1, expected))

    def test_in_place(self):
        samples = self.random.randbytes(9 * 4 * 3)
        write_png(self.path("in.png"), 9, 4, 3, samples)
        self.expect_checked(self.run_kernel("image.cpp:image::invert", "--arg", "samples=" + self.path("in.png"),
                                            "--out",
                                            "samples=" + self.path("out.png"), *CHECKED))
        self.assertEqual(read_png(self.path("out.png")), (9, 4, 3, bytes(255 - sample for sample in samples)))

    def test_between_npy_and_png(self):
        samples = self.random.randbytes(6 * 5)
        write_npy(self.path("in.npy"), "uint8", (30,), list(samples))
        self.expect_ok(self.run_kernel("image.cpp:image::invert", "--arg", "samples=" + self.path("in.npy"), "--out",
                                       "samples=" + self.path("out.png"), "--shape", "samples=6x5"))
        self.assertEqual(read_png(self.path("out.png")), (6, 5, 1, bytes(255 - sample for sample in samples)))
        self.expect_ok(self.run_kernel("image.cpp:image::invert", "--arg", "samples=" + self.path("in.npy"), "--out",
                                       "samples=" + self.path("out.png"), "--shape", "samples=2x5x3"))
        self.assertEqual(read_png(self.path("out.png"))[:3], (2, 5, 3))
        self.expect_ok(self.run_kernel("image.cpp:image::invert", "--arg", "samples=" + self.path("out.png"), "--out",
                                       "samples=" + self.path("back.npy")))
        self.assertEqual(read_values(self.path("back.npy"), "uint8"), ((5, 2, 3), list(samples)))

    def test_floats_of_a_picture_go_to_npy(self):
        write_png(self.path("in.png"), 2, 2, 1, bytes((0, 51, 102, 255)))
        self.expect_ok(self.run_kernel("image.cpp:image::brightness", "--arg", "grey=" + self.path("in.png"), "--out",
                                       "out=" + self.path("out.npy")))
        self.assertEqual(read_values(self.path("out.npy"), "float32"),
                         ((2, 2), [to_float32(to_float32(value) / 255) for value in (0, 51, 102, 255)]))


class Reports(ToolTest):
    def saxpy(self, *arguments):
        write_npy(self.path("x.npy"), "float32", (5,), [1, 2, 3, 4, 5])
        return self.run_kernel("saxpy.cpp:demo::saxpy", "--arg", "a=2", "--arg", "x=" + self.path("x.npy"), "--arg",
                               "y=" + self.path("x.npy"), *arguments)

    def test_the_table(self):
        lines = self.expect_ok(self.saxpy("--on", "all", "--check", "--out", "y=" + self.path("y.npy"))).splitlines()
        self.assertEqual(lines[0], "demo::saxpy: 5 work-items")
        self.assertEqual(lines[1].split(), ["device", "time", "largest", "difference", "verdict", "rule"])
        self.assertRegex(lines[2], r"^reference +[0-9.]+ (ns|us|ms|s) +- +reference +-$")
        self.assertRegex(lines[3], r"^cpu +[0-9.]+ (ns|us|ms|s) +0 +equal +exact$")
        self.assertEqual(lines[4], "wrote %s: float32 (5,)" % self.path("y.npy"))

    def test_a_check_that_fails(self):
        arguments = ("order_dependent.cpp", "--shape", "counts=1000000", "--out", "counts=" + self.path("o.npy"),
                     "--check")
        result = self.run_kernel(*arguments)
        self.assertEqual(result.returncode, CHECK)
        self.assertRegex(result.stdout, r"(?m)^cpu +.* +[0-9]+ +differs in [0-9]+ values? +exact$")
        self.assertRegex(result.stdout, r"(?m)^cpu: counts\[[0-9]+\] is [0-9]+, and [0-9]+ on the reference$")
        self.assertIn("not written because the check failed: ", result.stdout)
        self.assertEqual(os.listdir(self.scratch), [])
        result = self.run_kernel(*arguments, "--json")
        self.assertEqual(result.returncode, CHECK)
        report = json.loads(result.stdout)
        self.assertEqual(report["check"], "failed")
        self.assertEqual(report["devices"][1]["verdict"], "differs")
        self.expect_ok(self.run_kernel(*arguments, "--tolerance", "abs=1e9"))

    def test_the_rule_is_printed(self):
        output = self.expect_ok(self.saxpy("--check", "--tolerance", "abs=1e-6,ulp=4"))
        self.assertIn("<= 1e-06 absolute or <= 4 ULP", output)

    def test_one_device(self):
        self.assertRegex(self.expect_ok(self.saxpy()), r"^demo::saxpy on cpu \(.*\): 5 work-items, [0-9.]+ ")
        self.assertRegex(self.expect_ok(self.saxpy("--on", "reference")), r"^demo::saxpy on reference \(asked for\)")

    def test_times_of_every_step(self):
        output = self.expect_ok(self.saxpy("--time"))
        self.assertRegex(output, r"(?m)^device +find +select +prepare +bind +launch +total$")
        report = self.expect_json(self.saxpy("--time", "--json", "--on", "all"))
        for device in report["devices"]:
            self.assertEqual(set(device["times_ns"]), {"find", "select", "prepare", "bind", "launch", "total"})
            self.assertGreater(device["times_ns"]["total"], 0)
            self.assertNotIn("verdict", device)

    def test_devices(self):
        self.assertRegex(self.expect_ok(self.run_tool("devices")), r"(?m)^cpu +[0-9]+ ")
        devices = self.expect_json(self.run_tool("devices", "--json"))
        self.assertEqual([device["device"] for device in devices if device["available"]].count("reference"), 1)
        self.assertEqual([device["device"] for device in devices if device.get("default")], ["cpu"])

    def test_kernels(self):
        source = os.path.join(KERNELS, "saxpy.cpp")
        output = self.expect_ok(self.run_tool("kernels", source))
        self.assertIn("demo::saxpy  (", output)
        self.assertRegex(output, r"(?m)^ +x +std::span<const float> +read$")
        self.assertRegex(output, r"(?m)^ +on cpu +can run it \(code for ")
        kernels = self.expect_json(self.run_tool("kernels", source, "--json"))
        self.assertEqual([kernel["name"] for kernel in kernels], ["demo::saxpy", "demo::vector_add"])
        self.assertEqual(kernels[0]["line"], 5)
        self.assertEqual([parameter["access"] for parameter in kernels[0]["parameters"]], ["value", "read",
                                                                                           "read and written"])
        self.assertTrue(all(device["runs"] for device in kernels[0]["devices"]))

    def test_progress_is_shown_only_when_asked_for_or_on_a_terminal(self):
        self.assertEqual(self.saxpy().stderr, "")

    def test_help_names_the_exit_statuses(self):
        for command in ((), ("run",)):
            output = self.expect_ok(self.run_tool(*command, "--help"))
            self.assertIn("Exit status:", output)
            self.assertIn("6   the check found a difference", output)


if __name__ == "__main__":
    unittest.main(verbosity=2)
