#include <fmt/format.h>

#include <charconv>
#include <cstdlib>
#include <string_view>

#include <dotcompute/base/error.hpp>
#include <dotcompute/cpu/cpu_accelerator.hpp>

#include "instruction_set.hpp"
#include "worker_team.hpp"

namespace dotcompute {

namespace {

std::string_view variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? std::string_view() : value;
}

[[noreturn]] void refuse(const std::string& message) {
  ErrorContext context;
  context.device = "cpu";
  throw DeviceError(Remedy::fix_input, message, std::move(context));
}

}  // namespace

CpuOptions cpu_options_from_environment() {
  CpuOptions options;
  if (const std::string_view text = variable("DOTCOMPUTE_CPU_TARGET"); !text.empty()) {
    options.isa = cpu::find_isa(text);
    if (!options.isa) {
      refuse(fmt::format("DOTCOMPUTE_CPU_TARGET is '{}'; give v2, v3, v4 or aarch64, or unset it", text));
    }
  }
  if (const std::string_view text = variable("DOTCOMPUTE_CPU_THREADS"); !text.empty()) {
    const char* const begin = text.begin();
    const char* const end = text.end();
    const auto [stopped_at, error] = std::from_chars(begin, end, options.threads);
    if (error != std::errc() || stopped_at != end || options.threads < 1 || options.threads > cpu::most_threads) {
      refuse(fmt::format("DOTCOMPUTE_CPU_THREADS is '{}'; give a number from 1 to {}, or unset it", text,
                         cpu::most_threads));
    }
  }
  if (const std::string_view text = variable("DOTCOMPUTE_CPU_BINDING"); !text.empty()) {
    if (text != "on" && text != "off") {
      refuse(fmt::format("DOTCOMPUTE_CPU_BINDING is '{}'; give on or off, or unset it", text));
    }
    options.binds_threads = text == "on";
  }
  options.topology = variable("DOTCOMPUTE_CPU_TOPOLOGY");
  return options;
}

}  // namespace dotcompute
