#include "judge.hpp"

#include <algorithm>
#include <exception>
#include <string_view>

#include <fmt/format.h>

#include <dotcompute/base/error.hpp>

#include "isolated.hpp"
#include "running.hpp"

namespace fuzz {

namespace {

/// The error and what caused it.
std::string described(const std::exception& error) {
  std::string text = error.what();
  const auto* const compilation = dynamic_cast<const dotcompute::CompilationError*>(&error);
  if (compilation != nullptr && !compilation->context().cause.empty()) text += "\n" + compilation->context().cause;
  try {
    std::rethrow_if_nested(error);
  } catch (const std::exception& cause) {
    text += "\n" + described(cause);
  }
  return text;
}

std::string first_line(std::string_view text) { return std::string(text.substr(0, text.find('\n'))); }

/// For one run on the host, which takes far less.
constexpr unsigned host_limit_seconds = 60;

/// Why a language may refuse a kernel; whatever else is refused is a finding.
bool is_allowed(dotcompute_language language, std::string_view reason) {
  // The kernel language says so of these two.
  constexpr std::string_view without_generic_pointers[] = {"may refer to a local variable and to",
                                                           "may refer to the kernel's memory and to a shared array"};
  constexpr std::string_view in_metal[] = {"double", "atomic operation on 64 bits"};
  const auto is_among = [&](const auto& parts) {
    return std::any_of(std::begin(parts), std::end(parts),
                       [&](std::string_view part) { return reason.find(part) != std::string_view::npos; });
  };
  if (language == DOTCOMPUTE_LANGUAGE_CUDA_C) return false;
  return is_among(without_generic_pointers) || (language == DOTCOMPUTE_LANGUAGE_MSL && is_among(in_metal));
}

const char* name_of(std::uint32_t language) {
  switch (language) {
    case DOTCOMPUTE_LANGUAGE_CUDA_C: return "cuda";
    case DOTCOMPUTE_LANGUAGE_OPENCL_C: return "opencl";
    case DOTCOMPUTE_LANGUAGE_MSL: return "metal";
    default: return "another language";
  }
}

}  // namespace

bool Finding::is_like(const Finding& other) const {
  if (device != other.device) return false;
  const bool is_difference = what.find(" is ") != std::string::npos && what.find(", not ") != std::string::npos;
  const bool is_other = other.what.find(" is ") != std::string::npos && other.what.find(", not ") != std::string::npos;
  if (is_difference || is_other) return is_difference == is_other;
  // Messages of compilers: the same words, whatever they are about.
  const auto words = [](const std::string& text) {
    std::string kept;
    const std::size_t error = text.find("error");
    for (const char c : first_line(std::string_view(text).substr(error == std::string::npos ? 0 : error))) {
      if (c >= 'a' && c <= 'z') kept += c;
      if (kept.size() == 30) break;
    }
    return kept;
  };
  return words(what) == words(other.what);
}

Judge::Judge(const Devices& devices, dotcompute::CompilerOptions options)
    : devices_(devices), compiler_(std::move(options)) {}

std::vector<std::optional<Finding>> Judge::judge(std::span<const Kernel> kernels) {
  std::vector<std::optional<Finding>> findings(kernels.size());
  std::string source = prelude();
  for (std::size_t k = 0; k < kernels.size(); ++k) source += text(kernels[k], "k" + std::to_string(k));
  try {
    const Running running(kernels.front().seed, "kernelc", Running::long_limit_seconds);
    const dotcompute::LoadedKernels loaded = compiler_.compile({.file = "fuzz.cpp", .text = source});
    const std::vector<dotcompute::KernelDefinition> definitions = loaded.definitions();
    for (std::size_t k = 0; k < kernels.size(); ++k) findings[k] = check(definitions.at(k), kernels[k]);
  } catch (const dotcompute::CompilationError& error) {
    if (kernels.size() == 1) {
      findings[0] = Finding{"kernelc", described(error)};
    } else {
      // One of them is to blame.
      const std::size_t half = kernels.size() / 2;
      findings = judge(kernels.first(half));
      const std::vector<std::optional<Finding>> rest = judge(kernels.subspan(half));
      findings.insert(findings.end(), rest.begin(), rest.end());
    }
  }
  return findings;
}

std::optional<Finding> Judge::judge_text(const std::string& text, const Kernel& launch) {
  try {
    const dotcompute::LoadedKernels loaded = compiler_.compile({.file = "corpus.cpp", .text = text});
    for (const dotcompute::KernelDefinition& definition : loaded.definitions()) {
      if (std::optional<Finding> found = check(definition, launch)) return found;
    }
  } catch (const dotcompute::CompilationError& error) {
    return Finding{"kernelc", described(error)};
  }
  return std::nullopt;
}

std::optional<Finding> Judge::check(const dotcompute::KernelDefinition& definition, const Kernel& kernel) {
  const Arguments inputs(definition, kernel.size, kernel.seed);
  Arguments expected = inputs;
  if (auto found = run_on(devices_.reference(), "reference", true, definition, kernel, expected)) return found;
  ++checked_["reference"];
  for (const Device& device : devices_.tested()) {
    if (kernel.seed % device.every != 0) continue;
    if (device.accelerator->refusal(definition)) {  // why there is no text is looked at with the texts
      ++refusals_[device.name + " does not take the kernel"];
      continue;
    }
    Arguments actual = inputs;
    auto found = run_on(*device.accelerator, device.name, !device.has_threads, definition, kernel, actual);
    if (const std::string said = take_log(device); !found && !said.empty()) found = Finding{device.name, said};
    if (!found) {
      const std::string difference = actual.difference(expected);
      if (difference.empty()) {
        ++checked_[device.name];
        continue;
      }
      found = Finding{device.name, difference};
    }
    found->inputs = inputs.description();
    return found;
  }
  return check_texts(definition);
}

std::optional<Finding> Judge::run_on(dotcompute::Accelerator& device, const std::string& name, bool is_isolated,
                                     const dotcompute::KernelDefinition& definition, const Kernel& kernel,
                                     Arguments& arguments) {
  const Running running(kernel.seed, name.c_str());
  if (!is_isolated) {
    try {
      run(device, definition, kernel, arguments);
    } catch (const std::exception& error) {
      return Finding{name, described(error)};
    }
    return std::nullopt;
  }
  const IsolatedRun outcome = run_isolated(
      [&] {
        try {
          run(device, definition, kernel, arguments);
        } catch (const std::exception& error) {
          return "!" + described(error);
        }
        return "=" + arguments.bytes();
      },
      host_limit_seconds);
  if (!outcome.ended.empty()) return Finding{name, outcome.ended};
  if (outcome.said.starts_with('!')) return Finding{name, outcome.said.substr(1)};
  arguments.set_bytes(std::string_view(outcome.said).substr(1));
  return std::nullopt;
}

std::optional<Finding> Judge::check_texts(const dotcompute::KernelDefinition& definition) {
  for (const dotcompute_source& source : definition.sources()) {
    const char* const language = name_of(source.language);
    if (source.text == nullptr) {
      const std::string reason = first_line(source.refusal);
      if (!is_allowed(static_cast<dotcompute_language>(source.language), reason)) {
        return Finding{language, "refused: " + reason};
      }
      ++refusals_[fmt::format("{} refuses", language)];
    } else if (source.language == DOTCOMPUTE_LANGUAGE_CUDA_C && devices_.cuda_compiler() != nullptr) {
      std::string said = compile_cuda(*devices_.cuda_compiler(), source);
      if (!said.empty()) return Finding{language, std::move(said)};
      ++checked_["nvrtc"];
    }
  }
  return std::nullopt;
}

}  // namespace fuzz
