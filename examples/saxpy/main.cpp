// main.cpp
#include <dotcompute/dotcompute.hpp>

#include <cstdio>
#include <vector>

namespace demo {
void saxpy(float a, std::span<const float> x, std::span<float> y);  // or from a header
}

int main() {
  auto runtime = dotcompute::Runtime::create();
  std::vector<float> x(1000, 3.0f), y(1000, 1.0f);

  // By function: the arguments are checked when this is compiled.
  const auto report = runtime.run(demo::saxpy, 2.0f, x, y);
  std::printf("%s\n", to_string(report).c_str());

  // By name: the argument that is missing is the result, and is allocated.
  using dotcompute::arg;
  const auto sum = runtime.run<std::vector<float>>("demo::vector_add", arg("a", x), arg("b", y));
  std::printf("%s\n", to_string(sum.report).c_str());

  std::printf("2 * 3 + 1 = %g, 3 + 7 = %g\n", y[999], sum.value[999]);
  return y[999] == 7.0f && sum.value[999] == 10.0f ? 0 : 1;
}
