#include "check.hpp"

#include <cstdio>
#include <vector>

#include <dotcompute/dotcompute.hpp>

namespace {

using dotcompute::arg;

int failures = 0;

dotcompute::Runtime& runtime() {
  static dotcompute::Runtime instance = dotcompute::Runtime::create();
  return instance;
}

constexpr const char* devices[] = {"reference", "cpu"};

template <class T>
std::vector<T> numbers() {
  std::vector<T> values(1000);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<T>(i) / T{8};
  return values;
}

template <class T>
void expect_shifted(const std::vector<T>& values, T shift, const std::string& what) {
  const std::vector<T> before = numbers<T>();
  bool equal = values.size() == before.size();
  for (std::size_t i = 0; equal && i < values.size(); ++i) equal = values[i] == before[i] + shift;
  expect(equal, what + ": wrong results");
}

template <class T>
void check_one(void (*kernel)(std::span<T>), T shift, const std::string& name, const char* device) {
  std::vector<T> data = numbers<T>();
  const dotcompute::LaunchReport report = runtime().on(device).run(kernel, data);
  const std::string what = name + " by function on " + device;
  expect(report.kernel == name, what + ": found " + std::string(report.kernel));
  expect(report.accelerator == device, what + ": ran on " + std::string(report.accelerator));
  expect_shifted(data, shift, what);
}

template <class T>
void check_one(T shift, const std::string& name, const char* device) {
  std::vector<T> data = numbers<T>();
  const dotcompute::LaunchReport report = runtime().on(device).run(name, arg("data", data));
  const std::string what = name + " by name on " + device;
  expect(report.kernel == name, what + ": found " + std::string(report.kernel));
  expect_shifted(data, shift, what);
}

void expect_scaled(const std::vector<float>& out, float offset, const std::string& what) {
  const std::vector<float> in = numbers<float>();
  bool equal = true;
  for (std::size_t i = 0; equal && i < in.size(); ++i) equal = out[i] == 2.0f * in[i] + offset;
  expect(equal, what + ": wrong results");
}

template <class Call>
std::string error_of(Call call) {
  try {
    call();
  } catch (const dotcompute::ComputeError& error) {
    return error.what();
  }
  return {};
}

}  // namespace

void expect(bool holds, const std::string& what) {
  if (holds) return;
  ++failures;
  std::printf("failed: %s\n", what.c_str());
}

void check_by_function(const demo::Kernels& kernels, float offset) {
  for (const char* device : devices) {
    const std::string what = std::string("by function on ") + device;
    const std::string error = error_of([&] {
      const std::vector<float> in = numbers<float>();
      std::vector<float> out(in.size());
      runtime().on(device).run(kernels.scale, 2.0f, in, out);
      expect_scaled(out, offset, "demo::scale " + what);
      check_one<float>(kernels.twin_a, 3.0f, "demo::twin_a", device);
      check_one<float>(kernels.twin_b, 3.0f, "demo::twin_b", device);
      check_one<float>(kernels.add_one_float, 1.0f, "demo::add_one<float>", device);
      check_one<double>(kernels.add_one_double, 1.0, "demo::add_one<double>", device);
    });
    expect(error.empty(), what + ": " + error);
  }
}

void check_by_name(float offset) {
  for (const char* device : devices) {
    const std::string what = std::string("by name on ") + device;
    const std::string error = error_of([&] {
      const std::vector<float> in = numbers<float>();
      std::vector<float> out(in.size());
      runtime().on(device).run("demo::scale", arg("factor", 2.0f), arg("in", in), arg("out", out));
      expect_scaled(out, offset, "demo::scale " + what);
      check_one<float>(3.0f, "demo::twin_a", device);
      check_one<float>(3.0f, "demo::twin_b", device);
      check_one<float>(1.0f, "demo::add_one<float>", device);
      check_one<double>(1.0, "demo::add_one<double>", device);
    });
    expect(error.empty(), what + ": " + error);
  }
}

std::string error_of_scale_by_name() {
  return error_of([] {
    std::vector<float> in(8);
    std::vector<float> out(8);
    runtime().run("demo::scale", arg("factor", 2.0f), arg("in", in), arg("out", out));
  });
}

std::string error_of_scale_by_function(const demo::Kernels& kernels) {
  return error_of([&] {
    std::vector<float> in(8);
    std::vector<float> out(8);
    runtime().run(kernels.scale, 2.0f, in, out);
  });
}

int finish() {
  if (failures == 0) std::puts("ok");
  return failures == 0 ? 0 : 1;
}
