"""Everything that can be wrong with what the user gives, with its message and exit status."""

import json
import os
import stat
import sys
import unittest

from arrays import npy_header, write_npy, write_png
from tool import COMPILE, DEVICE, INPUT, KERNELS, OUTPUT, USAGE, ToolTest


class BadInput(ToolTest):
    def setUp(self):
        super().setUp()
        write_npy(self.path("x.npy"), "float32", (4,), [1, 2, 3, 4])

    def saxpy(self, *arguments, a="a=2", x="x=x.npy", y="y=x.npy"):
        given = []
        for argument in (a, x, y):
            if argument is None:
                continue
            name, value = argument.split("=", 1)
            is_own_file = value.endswith((".npy", ".png", ".txt")) and not os.path.isabs(value)
            given += ["--arg", "%s=%s" % (name, self.path(value) if is_own_file else value)]
        return self.run_kernel("saxpy.cpp:demo::saxpy", *given, *arguments)


class Usage(BadInput):
    def test_the_command_line_itself(self):
        source = os.path.join(KERNELS, "saxpy.cpp")
        for arguments, part in (
                ((), "a command is required: devices, kernels, run or conformance"),
                (("fly",), "fly"),
                (("run",), "source"),
                (("run", source, "--frob"), "--frob"),
                (("run", source, "--arg"), "--arg"),
                (("run", source, "--arg", "a"), "--arg 'a': write it like --arg NAME=..."),
                (("run", source, "--out", "=f.npy"), "--out '=f.npy': write it like --out NAME=..."),
                (("run", source, "--over", "4x"),
                 "--over: '4x' is not a size; write it like 1024, 640x480 or 64x64x64"),
                (("run", source, "--over", "1x1x1x1"), "more than three dimensions"),
                (("run", source, "--group", "0"), "--group 0: a group has at least one work-item"),
                (("run", source, "--check", "--tolerance", "4"),
                 "--tolerance: '4' is no limit; write it like abs=1e-6"),
                (("run", source, "--tolerance", "ulp=4"), "--tolerance is what a check allows; add --check"),
                (("run", source + ":demo::saxpy", "--arg", "a=1", "--arg", "a=2"),
                 "--arg a=... is given twice; give it once"),
                (("kernels",), "source")):
            with self.subTest(arguments=arguments):
                self.expect_error(self.run_tool(*arguments), USAGE, part)

    def test_errors_as_json(self):
        for arguments, status, kind in ((("run", "--json"), USAGE, "usage"),
                                        (("kernels", self.path("none.cpp"), "--json"), INPUT, "input"),
                                        (("kernels", os.path.join(KERNELS, "does_not_compile.cpp"), "--json"), COMPILE,
                                         "compile")):
            result = self.run_tool(*arguments)
            self.assertEqual(result.returncode, status, result.stdout + result.stderr)
            error = json.loads(result.stdout)["error"]
            self.assertEqual((error["kind"], error["status"]), (kind, status))
            self.assertIn(error["message"], result.stderr)


class Kernels(BadInput):
    def test_a_kernel_that_does_not_exist(self):
        self.expect_error(self.run_kernel("saxpy.cpp:demo::sapxy"), INPUT,
                          "has no kernel 'demo::sapxy'; nearest: demo::saxpy, demo::vector_add")
        self.expect_error(self.run_kernel("saxpy.cpp:vector_add"), INPUT, "nearest: demo::vector_add, demo::saxpy")

    def test_a_kernel_that_is_not_named(self):
        self.expect_error(self.run_kernel("saxpy.cpp"), INPUT, "has 2 kernels; name one: ", "saxpy.cpp:demo::saxpy, ",
                          "saxpy.cpp:demo::vector_add")

    def test_a_source_that_does_not_compile(self):
        result = self.run_kernel("does_not_compile.cpp", "--arg", "values=" + self.path("x.npy"))
        self.expect_error(result, COMPILE, "does_not_compile.cpp:3:", "undeclared_name", "^")

    def test_a_source_that_is_not_kernel_language(self):
        result = self.run_kernel("rejected.cpp", "--arg", "values=" + self.path("x.npy"))
        self.expect_error(result, COMPILE, "rejected.cpp:4:", "^")

    def test_a_source_with_no_kernel(self):
        self.expect_error(self.run_tool("kernels", os.path.join(KERNELS, "no_kernel.cpp")), COMPILE,
                          "DOTCOMPUTE_KERNEL")

    def test_a_source_that_is_missing(self):
        self.expect_error(self.run_tool("run", self.path("no.cpp")), INPUT, "no.cpp': No such file or directory")


class Arguments(BadInput):
    def test_missing(self):
        self.expect_error(self.saxpy(a=None, x=None, y=None), INPUT,
                          "kernel demo::saxpy is called without 'a' (float): --arg a=VALUE, "
                          "'x' (std::span<const float>): --arg x=FILE, "
                          "'y' (std::span<float>): --arg y=FILE or --out y=FILE")

    def test_extra(self):
        self.expect_error(self.saxpy("--arg", "z=1"), INPUT,
                          "--arg z=...: kernel demo::saxpy has no parameter 'z'; its parameters are: a, x, y")
        self.expect_error(self.saxpy("--out", "z=f.npy"), INPUT, "--out z=...: kernel demo::saxpy has no parameter 'z'")
        self.expect_error(self.saxpy("--shape", "z=3"), INPUT, "--shape z=...: kernel demo::saxpy has no parameter 'z'")

    def test_values_of_the_wrong_type(self):
        self.expect_error(self.saxpy(a="a=two"), INPUT,
                          "argument 'a' of kernel demo::saxpy: 'two' is not a number (float32); write it like 2.5")
        self.expect_error(self.saxpy(a="a=1e99"), INPUT, "'1e99' is out of range for float32")
        self.expect_error(self.run_kernel("types.cpp:types::twice_plus<signed char>", "--arg", "offset=128"), INPUT,
                          "'in'")
        write_npy(self.path("b.npy"), "int8", (1,), [1])
        self.expect_error(self.run_kernel("types.cpp:types::twice_plus<signed char>", "--arg", "offset=128", "--arg",
                                          "in=" + self.path("b.npy"), "--out", "out=" + self.path("o.npy")),
                          INPUT, "argument 'offset' of kernel types::twice_plus<signed char>: '128' is out of range "
                                 "for int8: -128 to 127")
        self.expect_error(self.run_kernel("types.cpp:types::flip", "--arg", "unless=1", "--arg",
                                          "in=" + self.path("b.npy"),
                                          "--out", "out=" + self.path("o.npy")), INPUT, "'1' is not a bool; write "
                                                                                        "true or false")

    def test_a_value_for_an_array_and_an_array_for_a_value(self):
        self.expect_error(self.saxpy(x="x=3"), INPUT,
                          "argument 'x' of kernel demo::saxpy is an array (std::span<const float>): give a .npy or "
                          ".png file, not '3'")
        self.expect_error(self.saxpy(a="a=x.npy"), INPUT, "argument 'a' of kernel demo::saxpy is one float, but '",
                          "has shape (4,); save a 0-dimensional array")

    def test_elements_of_the_wrong_type(self):
        write_npy(self.path("d.npy"), "float64", (4,), [1, 2, 3, 4])
        self.expect_error(self.saxpy(x="x=d.npy"), INPUT,
                          "argument 'x' of kernel demo::saxpy takes float32 (std::span<const float>), but '",
                          "holds float64", "convert the file: numpy.save('", "array.astype('float32'))")
        write_png(self.path("p.png"), 2, 2, 1, b"abcd")
        self.expect_error(self.saxpy(x="x=p.png"), INPUT, "holds uint8",
                          "convert it in a kernel that takes std::span<const std::uint8_t>")
        write_npy(self.path("u.npy"), "uint8", (1,), [1])
        self.expect_error(self.run_kernel("types.cpp:types::flip", "--arg", "unless=true", "--arg",
                                          "in=" + self.path("u.npy"),
                                          "--out", "out=" + self.path("o.npy")), INPUT, "takes bool", "holds uint8")

    def test_structs_of_another_kind(self):
        def fall(field, particles):
            return self.run_kernel("structs.cpp", "--arg", "field=" + field, "--arg", "particles=" + particles)

        def save(name, descr, shape, size):
            with open(self.path(name), "wb") as file:
                file.write(npy_header(descr, shape) + bytes(size))
            return self.path(name)

        good_field = save("f.npy", "[('gravity', '<f4', (3,)), ('steps', '<i2')]", (), 14)
        good_particles = save("p.npy", "[('fixed', '|b1'), ('position', '<f4', (3,)), ('mass', '<f8')]", (1,), 21)
        self.expect_ok(fall(good_field, good_particles))
        self.expect_error(fall("3", good_particles), INPUT,
                          "argument 'field' of kernel physics::fall is a struct (physics::Field): "
                          "give a 0-dimensional .npy file, not '3'")
        self.expect_error(fall(save("f1.npy", "[('gravity', '<f4', (3,)), ('steps', '<i2')]", (1,), 14),
                               good_particles), INPUT,
                          "is one physics::Field, but '", "has shape (1,); save a 0-dimensional array")
        self.expect_error(fall(save("f2.npy", "[('gravity', '<f4', (2,)), ('steps', '<i2')]", (), 10), good_particles),
                          INPUT,
                          "its field 'gravity' is float32[2] in the file and float32[3] in the kernel")
        self.expect_error(fall(save("f3.npy", "[('gravity', '<f4', (3,))]", (), 12), good_particles), INPUT,
                          "the file has no field 'steps' (int16 in the kernel)")
        self.expect_error(fall(save("f4.npy", "[('gravity', '<f4', (3,)), ('steps', '<i2'), ('x', '|u1')]", (), 15),
                               good_particles), INPUT,
                          "the file has a field 'x' that the kernel's struct has not")
        self.expect_error(fall(good_field, self.path("x.npy")), INPUT,
                          "it is float32 in the file and struct {fixed: bool, ")

    def test_sizes_that_do_not_agree(self):
        self.expect_error(self.saxpy("--shape", "y=5", "--out", "y=" + self.path("o.npy")), INPUT,
                          "--shape y=5: the sizes do not agree: the file given for 'y' has shape (4,)")
        self.expect_error(self.saxpy("--shape", "a=5"), INPUT,
                          "parameter 'a' of kernel demo::saxpy is a single value and has no shape")
        self.expect_error(self.saxpy("--shape", "y=4:float64"), INPUT,
                          "--shape y=4:float64: parameter 'y' of kernel demo::saxpy has "
                          "elements of float32, not float64")
        self.expect_error(self.saxpy("--shape", "y=4xq"), USAGE, "--shape y=...: '4xq' is not a size")

    def test_a_grid_of_another_dimension(self):
        self.expect_error(self.saxpy("--over", "4x2"), INPUT, "the sizes do not agree")

    def test_arrays_smaller_than_the_grid(self):
        for device in ("cpu", "reference"):
            result = self.run_kernel("unguarded.cpp", "--arg", "values=" + self.path("x.npy"), "--over", "100000",
                                     "--on", device)
            self.expect_error(result, DEVICE,
                              "kernel unguarded on %s reached memory outside of its arrays; check its indices" % device)

    def test_a_grid_that_cannot_be_guessed(self):
        self.expect_error(self.run_kernel("grids.cpp:grids::coordinates", "--out", "out=" + self.path("o.npy")), INPUT,
                          "kernel grids::coordinates is given no array whose length could be the grid; add --over "
                          "WxHxD or the --shape")
        write_npy(self.path("i.npy"), "int32", (6,), range(6))
        self.expect_error(self.run_kernel("grids.cpp:grids::transpose", "--arg", "in=" + self.path("i.npy"), "--out",
                                          "out=" + self.path("o.npy")), INPUT,
                          "kernel grids::transpose works on a 2-D grid, but its longest array 'in' has 1 axis; add "
                          "--over WxH")

    def test_more_memory_than_there_is(self):
        self.expect_error(self.run_kernel("grids.cpp:grids::coordinates", "--shape", "out=1000000x1000000x1000",
                                          "--out",
                                          "out=" + self.path("o.npy")), INPUT,
                          "output 'out' of shape (1000, 1000000, 1000000) needs 4000000000000000 bytes of memory, "
                          "and this machine has")


class Files(BadInput):
    def write(self, name, content):
        with open(self.path(name), "wb") as file:
            file.write(content)

    def test_missing(self):
        self.expect_error(self.saxpy(x="x=none.npy"), INPUT, "cannot read '",
                          "none.npy': No such file or directory; check the path")
        os.mkdir(self.path("d.npy"))
        self.expect_error(self.saxpy(x="x=d.npy"), INPUT, "it is not a regular file")

    def test_truncated(self):
        with open(self.path("x.npy"), "rb") as file:
            whole = file.read()
        self.write("t.npy", whole[:-1])
        self.expect_error(self.saxpy(x="x=t.npy"), INPUT,
                          "t.npy' is truncated: its header announces shape (4,) of float32, 16 bytes, "
                          "but 15 bytes follow")
        for size in (3, 9, 40):
            self.write("t.npy", whole[:size])
            self.expect_error(self.saxpy(x="x=t.npy"), INPUT, "is truncated")
        write_png(self.path("p.png"), 20, 20, 3, bytes(1200))
        with open(self.path("p.png"), "rb") as file:
            whole = file.read()
        for size in (5, 20, len(whole) - 13, len(whole) - 1):
            self.write("p.png", whole[:size])
            self.expect_error(self.run_kernel("image.cpp:image::invert", "--arg", "samples=" + self.path("p.png")),
                              INPUT,
                              "p.png' is truncated: the picture goes on after its")

    def test_of_the_wrong_type(self):
        self.write("t.txt", b"1 2 3 4\n")
        self.expect_error(self.saxpy(x="x=t.txt"), INPUT,
                          "t.txt' is neither a .npy nor a .png file (judged by its first bytes)")
        self.write("e.npy", b"")
        self.expect_error(self.saxpy(x="x=e.npy"), INPUT, "e.npy' is neither a .npy nor a .png file: it is empty")
        self.write("c.npy", npy_header("'<c8'", (4,)) + bytes(32))
        self.expect_error(self.saxpy(x="x=c.npy"), INPUT,
                          "element type '<c8' (complex) is none that kernels compute with; convert to")
        self.write("g.npy", b"\x93NUMPY\x01\x00\x04\x00oops")
        self.expect_error(self.saxpy(x="x=g.npy"), INPUT, "has a .npy header that cannot be used")


class Outputs(BadInput):
    def test_that_cannot_be_written(self):
        self.expect_error(self.saxpy("--out", "y=" + self.path("none/y.npy")), OUTPUT, "cannot write '",
                          "none': No such file or directory; create it first")
        self.expect_error(self.saxpy("--out", "y=/proc/y.npy"), OUTPUT,
                          "cannot write '/proc/y.npy': no file can be made in '/proc'")
        os.mkdir(self.path("d.npy"))
        self.expect_error(self.saxpy("--out", "y=" + self.path("d.npy")), OUTPUT, "it exists and is not a regular file")

    @unittest.skipIf(not os.path.exists("/dev/full"), "no /dev/full")
    def test_that_is_a_device(self):
        self.expect_error(self.saxpy("--out", "y=/dev/full.npy/y.npy"), OUTPUT, "No such file or directory")

    def test_that_make_no_sense(self):
        self.expect_error(self.saxpy("--out", "x=" + self.path("o.npy")), INPUT,
                          "--out x=...: kernel demo::saxpy only reads parameter 'x' (std::span<const float>), so it "
                          "has no output")
        self.expect_error(self.saxpy("--out", "y=" + self.path("o.txt")), INPUT, "the name must end in .npy or .png")
        self.expect_error(self.saxpy("--out", "y=" + self.path("o.png")), INPUT,
                          "a .png holds uint8 or uint16, not float32; write .npy, or convert to uint8 in the kernel")
        write_npy(self.path("u.npy"), "uint8", (6,), range(6))
        self.expect_error(self.run_kernel("image.cpp:image::invert", "--arg", "samples=" + self.path("u.npy"), "--out",
                                          "samples=" + self.path("o.png")), INPUT,
                          "a .png needs shape (height, width) or (height, width, 1 to 4), not (6,); give --shape "
                          "NAME=WxH")

    def test_nothing_is_left_behind(self):
        before = sorted(os.listdir(self.scratch))
        self.assertNotEqual(self.saxpy("--out", "y=" + self.path("o.npy"), a="a=two").returncode, 0)
        self.assertEqual(sorted(os.listdir(self.scratch)), before)


class Devices(BadInput):
    def test_that_is_absent(self):
        self.expect_error(self.saxpy("--on", "cuda:7"), DEVICE,
                          "--on cuda:7: there is no such device: ", "hidden.so", "; this machine has cpu, reference")


FAKE_KERNELC = """#!%(python)s
# Says hello as kernelc does, with the version it is given, and dies when it is asked to compile.
import os, signal, struct, sys
def read_frame():
    header = os.read(0, 24)
    size = struct.unpack("<8sIIQ", header)[3] if header else 0
    while size > 0:
        size -= len(os.read(0, size))
    return header
def field(name, value):
    return struct.pack("<I", len(name)) + name + struct.pack("<Q", len(value)) + value
read_frame()
payload = struct.pack("<I", 2) + field(b"program", b"kernelc") + field(b"version", b"%(version)s")
os.write(1, struct.pack("<8sIIQ", b"dckernel", 1, 1, len(payload)) + payload)
if read_frame():
    os.kill(os.getpid(), signal.SIGKILL)
"""


class Compilers(BadInput):
    """The compiler is a child process; --kernelc names another one."""

    def kernels(self, script):
        with open(self.path("kernelc"), "w", encoding="utf-8") as file:
            file.write(script)
        os.chmod(self.path("kernelc"), stat.S_IRWXU)
        return self.run_tool("kernels", os.path.join(KERNELS, "saxpy.cpp"), "--kernelc", self.path("kernelc"))

    def test_that_is_killed_at_once(self):
        self.expect_error(self.kernels("#!/bin/sh\nkill -9 $$\n"), COMPILE, "the kernel compiler '",
                          "was killed by signal 9")

    def test_that_is_killed_while_it_compiles(self):
        version = self.expect_ok(self.run_tool("--version")).split()[1]
        result = self.kernels(FAKE_KERNELC % {"python": sys.executable, "version": version})
        self.expect_error(result, COMPILE, "was killed by signal 9", "while it compiled '", "saxpy.cpp'")

    def test_of_another_version(self):
        result = self.kernels(FAKE_KERNELC % {"python": sys.executable, "version": "9.8.7"})
        self.expect_error(result, COMPILE, "is of version 9.8.7", "and this library is of version")

    def test_that_is_missing(self):
        result = self.run_tool("kernels", os.path.join(KERNELS, "saxpy.cpp"), "--kernelc", self.path("none"))
        self.expect_error(result, COMPILE, "the kernel compiler '%s'" % self.path("none"), "does not exist")

    def test_that_is_something_else(self):
        self.expect_error(self.kernels("#!/bin/sh\nhead -c 100 /dev/zero\n"), COMPILE,
                          "does not speak kernelc's protocol")
        self.expect_error(self.kernels("#!/bin/sh\nexit 0\n"), COMPILE, "ended with exit status 0")


if __name__ == "__main__":
    unittest.main(verbosity=2)
