#include "image_memory.hpp"

#include <deque>
#include <mutex>
#include <string>
#include <utility>

namespace dotcompute::detail {

namespace {

constexpr std::size_t most_bytes = std::size_t{64} << 20;

/// The entry's name is in the image and not in the content's hash.
struct Key {
  std::string content_hash;
  std::string mangled_name;
  std::string driver;
  bool operator==(const Key&) const = default;
};

struct KnownImage {
  Key key;
  Image image;
};

struct ImageMemory {
  std::mutex mutex;
  std::deque<KnownImage> images;  ///< The oldest first.
  std::size_t bytes = 0;
};

ImageMemory& memory() {
  static ImageMemory& images = *new ImageMemory;  // For ever: a runtime may be destroyed after all static objects.
  return images;
}

Image find(const Key& key) {
  ImageMemory& known = memory();
  const std::lock_guard lock(known.mutex);
  for (const KnownImage& each : known.images) {
    if (each.key == key) return each.image;
  }
  return nullptr;
}

void remember(Key key, const Image& image) {
  ImageMemory& known = memory();
  const std::lock_guard lock(known.mutex);
  known.images.push_back({std::move(key), image});
  known.bytes += image->size();
  while (known.bytes > most_bytes) {
    known.bytes -= known.images.front().image->size();
    known.images.pop_front();
  }
}

}  // namespace

Image image_for(const KernelDefinition& kernel, DeviceAccelerator& accelerator) {
  Key key{std::string(kernel.content_hash()), std::string(kernel.mangled_name()), accelerator.info().driver};
  if (Image known = find(key)) return known;
  // Without the lock: a vendor's compiler takes long. Two that build the same at once make the same.
  auto image = std::make_shared<const std::vector<std::byte>>(accelerator.build(kernel));
  remember(std::move(key), image);
  return image;
}

}  // namespace dotcompute::detail
