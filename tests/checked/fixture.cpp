#include "fixture.hpp"

#include <fstream>

#include <dotcompute/base/error.hpp>

namespace checked {

std::string place_of(const std::string& text) {
  std::ifstream file(FAULTY_KERNELS);
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    if (line.find(text) != std::string::npos) return "faulty_kernels.cpp:" + std::to_string(number);
  }
  return "nowhere";
}

std::string fault_of(const std::function<void()>& launch) {
  try {
    launch();
  } catch (const dotcompute::ExecutionError& error) {
    EXPECT_EQ(error.remedy(), dotcompute::Remedy::fix_input);
    std::string message = error.what();
    const std::size_t name = message.find("faulty_kernels.cpp");
    const std::size_t begin = message.rfind('(', name);
    if (name != std::string::npos) message.erase(begin + 1, name - begin - 1);
    return message;
  }
  return "no fault";
}

void Checked::SetUp() {
  if (devices().all.empty()) GTEST_SKIP() << devices().reason;
}

std::string Checked::message(const std::string& kernel, const std::string& what, const std::string& text,
                             const std::string& item) {
  return "kernel faulty::" + kernel + ": " + what + " (" + place_of(text) + "), in work-item " + item;
}

void Checked::expect(const std::string& kernel, const std::string& what, const std::string& text,
                     const std::string& item, const std::function<void(const dotcompute::Launcher&)>& launch) {
  for (const Device& device : devices().all) {
    EXPECT_EQ(fault_of([&] { launch(device.on); }), message(kernel, what, text, item)) << device.id;
  }
}

}  // namespace checked
