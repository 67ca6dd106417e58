#include <dotcompute/memory/dlpack.hpp>

#include <charconv>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <dlpack/dlpack.h>
#include <fmt/format.h>

#include <dotcompute/base/error.hpp>

#include "tensor_layout.hpp"

namespace dotcompute::detail {

namespace {

/// A tensor that was given away, with what it keeps alive.
struct ExportedTensor {
  DLManagedTensor tensor{};
  StorageHold storage;
  std::optional<Access> mapped;
  std::vector<std::int64_t> shape;
};

void delete_exported(DLManagedTensor* tensor) {
  auto* const exported = static_cast<ExportedTensor*>(tensor->manager_ctx);
  if (exported->mapped && exported->storage.storage() != nullptr) {
    unmap_part(*exported->storage.storage(), *exported->mapped);
  }
  delete exported;
}

/// Everything but where its elements are.
std::unique_ptr<ExportedTensor> make_exported(const ElementCount& elements, const TensorElement& element,
                                              TensorShape shape) {
  auto exported = std::make_unique<ExportedTensor>();
  if (shape.empty()) {
    exported->shape = {static_cast<std::int64_t>(elements.count)};
  } else {
    check_shape(shape, elements);
    exported->shape.assign(shape.begin(), shape.end());
  }
  DLTensor& tensor = exported->tensor.dl_tensor;
  tensor.ndim = static_cast<int>(exported->shape.size());
  tensor.dtype = type_of(element);
  tensor.shape = exported->shape.data();
  exported->tensor.manager_ctx = exported.get();
  exported->tensor.deleter = &delete_exported;
  return exported;
}

std::string describe(const DLDevice& device) {
  switch (device.device_type) {
    case kDLCPU: return "the host";
    case kDLCUDA: return fmt::format("cuda:{}", device.device_id);
    case kDLCUDAHost: return "the host, pinned for CUDA";
    case kDLOpenCL: return fmt::format("opencl:{}", device.device_id);
    default: return fmt::format("a device of DLPack's type {}", static_cast<int>(device.device_type));
  }
}

/// The device as DLPack names it. Throws MemoryError if it cannot.
DLDevice device_of(const Accelerator& accelerator) {
  const std::string& id = accelerator.info().id;
  const std::size_t colon = id.find(':');
  int number = 0;
  if (accelerator.info().backend != "cuda" || colon == std::string::npos ||
      std::from_chars(id.data() + colon + 1, id.data() + id.size(), number).ec != std::errc()) {
    throw MemoryError(
        Remedy::fix_input,
        fmt::format("DLPack exchanges memory of the host and of CUDA devices, not of {}; leave the accelerator "
                    "out, or exchange native handles",
                    id),
        {.kernel = {}, .device = id, .source = {}, .cause = {}});
  }
  return {kDLCUDA, number};
}

/// For when the buffer made of it goes.
Release deletion_of(DLManagedTensor* tensor) noexcept {
  return {[](void* given) noexcept {
            auto* const adopted = static_cast<DLManagedTensor*>(given);
            if (adopted->deleter != nullptr) adopted->deleter(adopted);
          },
          tensor};
}

void check_given(const DLManagedTensor* tensor) {
  if (tensor == nullptr) throw MemoryError(Remedy::fix_input, "a null tensor was given; pass one that is there");
}

}  // namespace

DLManagedTensor* export_on_host(const BufferPart& part, Access access, const TensorElement& element,
                                TensorShape shape) {
  const std::uint64_t element_size_bytes = element.bits / 8;
  auto exported = make_exported({part.range.size() / element_size_bytes, element_size_bytes}, element, shape);
  map_part(part, access);
  exported->mapped = access;
  if (part.storage != nullptr) {
    part.storage->retain();
    exported->storage = StorageHold(part.storage);
  }
  exported->tensor.dl_tensor.data = part.data();
  exported->tensor.dl_tensor.device = {kDLCPU, 0};
  return &exported.release()->tensor;
}

ImportedTensor import_from_host(DLManagedTensor* tensor, const TensorElement& element,
                                const std::source_location& where) {
  check_given(tensor);
  const DLTensor& elements = tensor->dl_tensor;
  if (elements.device.device_type != kDLCPU && elements.device.device_type != kDLCUDAHost) {
    throw MemoryError(Remedy::fix_input,
                      fmt::format("a tensor on {} cannot be a buffer on the host; pass the accelerator that it is on",
                                  describe(elements.device)));
  }
  const std::uint64_t count = count_elements(elements, element);
  auto* const first = static_cast<std::byte*>(elements.data) + elements.byte_offset;
  const AdoptedMemory memory{first, count, element.bits / 8u, element.bits / 8u, where};
  return {adopt_memory(memory, deletion_of(tensor)), count};
}

DLManagedTensor* export_on_device(StorageHold storage, const Accelerator& accelerator, const TensorElement& element,
                                  TensorShape shape) {
  const DLDevice device = device_of(accelerator);
  const std::uint64_t element_size_bytes = element.bits / 8;
  const std::uint64_t size_bytes = storage.storage() == nullptr ? 0 : storage.storage()->size_bytes();
  auto exported = make_exported({size_bytes / element_size_bytes, element_size_bytes}, element, shape);
  const std::uintptr_t handle = native_handle_of({storage.storage(), {0, size_bytes}}, accelerator, Access::read_write);
  exported->storage = std::move(storage);
  exported->tensor.dl_tensor.data = reinterpret_cast<void*>(handle);
  exported->tensor.dl_tensor.device = device;
  return &exported.release()->tensor;
}

ImportedTensor import_from_device(DLManagedTensor* tensor, const Accelerator& accelerator, const TensorElement& element,
                                  const std::source_location& where) {
  check_given(tensor);
  const DLTensor& elements = tensor->dl_tensor;
  const DLDevice wanted = device_of(accelerator);
  if (elements.device.device_type != wanted.device_type || elements.device.device_id != wanted.device_id) {
    throw MemoryError(Remedy::fix_input,
                      fmt::format("a tensor on {} cannot be a buffer on {}; pass the accelerator that "
                                  "it is on, or none for the host",
                                  describe(elements.device), accelerator.info().id));
  }
  const std::uint64_t count = count_elements(elements, element);
  const std::uintptr_t first = reinterpret_cast<std::uintptr_t>(elements.data) + elements.byte_offset;
  const NativeMemory memory{elements.data == nullptr ? 0 : first, count, element.bits / 8u, Ownership::borrowed, where};
  return {adopt_native(accelerator, memory, deletion_of(tensor)), count};
}

}  // namespace dotcompute::detail
