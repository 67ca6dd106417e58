#include "source_kernels.hpp"

#include <filesystem>
#include <utility>

namespace dotcompute {

std::vector<KernelDefinition> SourceKernels::add(const KernelSource& source) {
  return compile(source.name, {.file = source.name, .text = source.text, .options = source.options});
}

std::vector<KernelDefinition> SourceKernels::add_file(const std::string& file,
                                                      const std::vector<std::string>& options) {
  return compile(std::filesystem::absolute(file).lexically_normal().string(),
                 {.file = file, .text = {}, .options = options});
}

KernelDefinition SourceKernels::add(const DeviceSource& source) {
  const std::lock_guard lock(mutex_);
  DeclaredKernel& added = declared_.emplace_back(source);
  for (DeclaredKernel& other : declared_) {
    if (&other != &added && other.definition().name() == source.name) other.unregister();
  }
  return added.definition();
}

std::vector<KernelDefinition> SourceKernels::compile(const std::string& identity, const CompileRequest& request) {
  // A source that is rejected leaves what was there before.
  LoadedKernels kernels = compiler_.compile(request);
  std::vector<KernelDefinition> definitions = kernels.definitions();
  const std::lock_guard lock(mutex_);
  LoadedKernels& place = current_[identity];
  place.unregister();
  replaced_.push_back(std::exchange(place, std::move(kernels)));
  return definitions;
}

}  // namespace dotcompute
