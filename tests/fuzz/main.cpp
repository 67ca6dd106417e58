// kernel_fuzz: random kernels, run on every device that there is and compared with the reference.

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "corpus.hpp"
#include "devices.hpp"
#include "generate.hpp"
#include "judge.hpp"
#include "running.hpp"
#include "shrink.hpp"

namespace {

using Clock = std::chrono::steady_clock;

struct Options {
  std::uint64_t count = 100;
  double minutes = 0;
  std::uint64_t seed = 0;
  std::size_t batch = 25;
  int shrink_seconds = 300;
  std::string kernelc;
  std::string corpus;
  std::string save;
  bool prints_text = false;
  bool stops_at_first = false;
  fuzz::Features features;
  fuzz::DeviceChoice devices;
};

/// What happened, for people; and the kernel as a file of the corpus.
void report(const fuzz::Shrunk& shrunk, const std::string& directory) {
  const fuzz::Kernel& kernel = shrunk.kernel;
  const std::string text = fuzz::corpus_text(kernel, shrunk.finding.device + ": " + shrunk.finding.what);
  std::printf("FOUND seed %llu on %s: %s\n%s\n%s\n", static_cast<unsigned long long>(kernel.seed),
              shrunk.finding.device.c_str(), shrunk.finding.what.c_str(), shrunk.finding.inputs.c_str(), text.c_str());
  if (directory.empty()) return;
  std::filesystem::create_directories(directory);
  std::ofstream(fmt::format("{}/seed_{}.cpp", directory, kernel.seed)) << text;
}

std::uint64_t run_random(const Options& options, const fuzz::Devices& devices, fuzz::Judge& judge) {
  const Clock::time_point begin = Clock::now();
  const auto elapsed_s = [&] { return std::chrono::duration<double>(Clock::now() - begin).count(); };
  std::uint64_t found = 0;
  std::uint64_t done = 0;
  double last_said_s = 0;
  while (options.minutes > 0 ? elapsed_s() < options.minutes * 60 : done < options.count) {
    std::vector<fuzz::Kernel> kernels;
    for (std::size_t k = 0; k < options.batch && (options.minutes > 0 || done + k < options.count); ++k) {
      kernels.push_back(fuzz::generate(options.seed + done + k, options.features));
    }
    const auto findings = judge.judge(kernels);
    for (std::size_t k = 0; k < kernels.size(); ++k) {
      if (!findings[k]) continue;
      ++found;
      std::printf("seed %llu fails on %s: %s\n", static_cast<unsigned long long>(kernels[k].seed),
                  findings[k]->device.c_str(), findings[k]->what.c_str());
      std::fflush(stdout);
      // A judge of its own: what it tries is not counted.
      fuzz::Judge of_smaller(devices, {.kernelc_path = options.kernelc});
      report(fuzz::shrink(kernels[k], *findings[k], of_smaller,
                          Clock::now() + std::chrono::seconds(options.shrink_seconds)),
             options.save);
      std::fflush(stdout);
      if (options.stops_at_first) return found;
    }
    done += kernels.size();
    if (elapsed_s() - last_said_s > 60) {
      last_said_s = elapsed_s();
      std::printf("%llu kernels in %.0f s, %llu found\n", static_cast<unsigned long long>(done), last_said_s,
                  static_cast<unsigned long long>(found));
      std::fflush(stdout);
    }
  }
  std::printf("%llu kernels from seed %llu in %.0f s: %llu found\n", static_cast<unsigned long long>(done),
              static_cast<unsigned long long>(options.seed), elapsed_s(), static_cast<unsigned long long>(found));
  for (const auto& [device, count] : judge.checked()) {
    std::printf("  %s: %llu kernels\n", device.c_str(), static_cast<unsigned long long>(count));
  }
  for (const auto& [reason, count] : judge.refusals()) {
    std::printf("  %s: %llu\n", reason.c_str(), static_cast<unsigned long long>(count));
  }
  return found;
}

int run(const Options& options) {
  if (options.prints_text) {
    const fuzz::Kernel kernel = fuzz::generate(options.seed, options.features);
    std::printf("%s", fuzz::corpus_text(kernel, "").c_str());
    return 0;
  }
  const fuzz::Devices devices(options.devices);
  for (const fuzz::Device& each : devices.tested()) {
    std::printf("device %s: %s\n", each.name.c_str(), each.accelerator->info().name.c_str());
  }
  if (devices.cuda_compiler() != nullptr) std::printf("nvrtc %s\n", devices.cuda_compiler()->version().c_str());
  for (const std::string& each : devices.absent()) std::printf("skipped: %s\n", each.c_str());
  fuzz::Judge judge(devices, {.kernelc_path = options.kernelc});
  if (!options.corpus.empty()) {
    const std::vector<fuzz::CorpusFile> files = fuzz::read_corpus(options.corpus);
    std::uint64_t found = 0;
    for (const fuzz::CorpusFile& file : files) {
      if (const auto finding = judge.judge_text(file.text, file.launch)) {
        ++found;
        std::printf("FOUND %s on %s: %s\n%s\n", file.path.c_str(), finding->device.c_str(), finding->what.c_str(),
                    finding->inputs.c_str());
      }
    }
    std::printf("%zu files of the corpus: %llu found\n", files.size(), static_cast<unsigned long long>(found));
    return found == 0 && !files.empty() ? 0 : 1;
  }
  std::printf("first seed: --seed %llu\n", static_cast<unsigned long long>(options.seed));
  std::fflush(stdout);
  return run_random(options, devices, judge) == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  options.seed = std::random_device{}();
  CLI::App app("Random kernels, run on every device and compared with the reference.");
  app.add_option("--count", options.count, "how many kernels");
  app.add_option("--minutes", options.minutes, "for how long, instead of --count");
  app.add_option("--seed", options.seed, "of the first kernel; each next one has the next seed");
  app.add_option("--batch", options.batch, "kernels in one source")->check(CLI::PositiveNumber);
  app.add_option("--shrink-seconds", options.shrink_seconds, "how long a kernel that fails is made smaller");
  app.add_option("--kernelc", options.kernelc, "the compiler");
  app.add_option("--corpus", options.corpus, "runs the kernels of this directory instead");
  app.add_option("--save", options.save, "a directory for kernels that fail");
  app.add_flag("--text", options.prints_text, "prints the kernel of --seed");
  app.add_flag("--stop-at-first", options.stops_at_first, "ends after one kernel that fails");
  bool no_groups = false;
  bool no_doubles = false;
  bool no_atomics = false;
  bool no_halves = false;
  bool no_nvrtc = false;
  app.add_flag("--no-groups", no_groups, "kernels without barriers, shared arrays and ids in groups");
  app.add_flag("--no-doubles", no_doubles, "kernels without double");
  app.add_flag("--no-atomics", no_atomics, "kernels without atomic operations");
  app.add_option("--opencl-every", options.devices.opencl_every, "on OpenCL where the seed is a multiple; 0: never")
      ->take_last();
  app.add_option("--msl-every", options.devices.msl_every, "Metal's texts on the host, the same")->take_last();
  app.add_option("--oclgrind", options.devices.oclgrind, "this library of oclgrind takes the OpenCL driver's place");
  app.add_flag("!--no-cpu", options.devices.cpu, "not on the CPU");
  app.add_flag("--no-halves", no_halves, "kernels without half precision");
  app.add_flag("--no-nvrtc", no_nvrtc, "not through NVRTC");
  CLI11_PARSE(app, argc, argv);
  options.features = {.groups = !no_groups, .doubles = !no_doubles, .atomics = !no_atomics, .halves = !no_halves};
  options.devices.cuda_compiler = !no_nvrtc;
  fuzz::report_crashes();
  try {
    return run(options);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "kernel_fuzz: %s\n", error.what());
    return 2;
  }
}
