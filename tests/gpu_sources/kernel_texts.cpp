#include "kernel_texts.hpp"

#include <algorithm>
#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include <dotcompute/kernel/registry.hpp>

namespace gpu_sources {

std::vector<KernelText> texts(dotcompute_language language) {
  std::vector<KernelText> result;
  for (const dotcompute::KernelDefinition& kernel : dotcompute::KernelRegistry::instance().definitions()) {
    const dotcompute_source* source = kernel.source(language);
    if (source == nullptr) {
      ADD_FAILURE() << kernel.name() << " has neither a text nor a refusal";
    } else if (source->text == nullptr) {
      EXPECT_NE(source->refusal, nullptr) << kernel.name();
    } else {
      result.push_back({kernel, source->text, source->entry});
    }
  }
  return result;
}

bool calls_no_math(const dotcompute::KernelDefinition& kernel) { return kernel.record().cost.math_calls == 0; }

std::string for_each_text(const std::vector<KernelText>& all,
                          const std::function<std::string(const KernelText&)>& check) {
  std::vector<std::string> found(all.size());
  std::atomic<std::size_t> next = 0;
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < std::clamp(std::thread::hardware_concurrency(), 1u, 4u); ++i) {
    threads.emplace_back([&] {
      for (std::size_t at = next++; at < all.size(); at = next++) found[at] = check(all[at]);
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::string report;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!found[i].empty()) report += std::string(all[i].kernel.name()) + ": " + found[i] + "\n";
  }
  return report;
}

}  // namespace gpu_sources
