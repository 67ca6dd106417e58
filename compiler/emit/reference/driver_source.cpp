#include "emit/reference/driver_source.hpp"

#include <algorithm>

namespace kernelc::reference {

namespace {

// Reads the argument block as libs/kernel/include/dotcompute/kernel/abi.h lays it out and runs the items of a box in
// order, or its groups one by one, each item of a group on a fiber. The grid and the box are passed as plain words, so
// that this needs no header.
constexpr const char* preamble = R"cpp(
  namespace dotcompute::detail::reference {
  template <class T>
  struct Argument {
    static constexpr unsigned long size = sizeof(T), alignment = alignof(T);
    static const T& get(const char* place) { return *reinterpret_cast<const T*>(place); }
  };
  template <class T>
  struct Argument<std::span<T>> {
    static constexpr unsigned long size = 16, alignment = 8;
    static std::span<T> get(const char* place) {
      return std::span<T>(*reinterpret_cast<T* const*>(place), *reinterpret_cast<const unsigned long*>(place + 8));
    }
  };
  template <class... P>
  constexpr unsigned long offset(unsigned long index) {
    const unsigned long sizes[] = {Argument<P>::size..., 0}, alignments[] = {Argument<P>::alignment..., 1};
    unsigned long at = 0;
    for (unsigned long i = 0; i < index; ++i) {
      at = (at + alignments[i] - 1) / alignments[i] * alignments[i] + sizes[i];
    }
    return (at + alignments[index] - 1) / alignments[index] * alignments[index];
  }
  template <class, unsigned long... I>
  struct Sequence {};
  template <class... P, unsigned long... I>
  void run(void (*kernel)(P...), Sequence<unsigned long, I...>, const char* block, const unsigned long* grid,
           const unsigned long* box) {
    Item& item = current_item;
    for (int d = 0; d < 3; ++d) item.grid[d] = grid[d];
    for (unsigned long z = box[2]; z < box[5]; ++z) {
      item.id[2] = z;
      for (unsigned long y = box[1]; y < box[4]; ++y) {
        item.id[1] = y;
        for (unsigned long x = box[0]; x < box[3]; ++x) {
          item.id[0] = x;
          kernel(Argument<P>::get(block + offset<P...>(I))...);
        }
      }
    }
  }
  template <class... P>
  void run(void (*kernel)(P...), const void* block, const void* grid, const void* box) {
    run(kernel, __make_integer_seq<Sequence, unsigned long, sizeof...(P)>{}, static_cast<const char*>(block),
        static_cast<const unsigned long*>(grid), static_cast<const unsigned long*>(box));
  }
  struct Fibers {
    void* context;
    int (*run)(void*, unsigned long, void (*)(void*, unsigned long), void*);
    void (*wait)(void*, unsigned) noexcept;
  };
  struct GroupGrid {
    unsigned long grid[3], group[3];
    char* memory;
    const Fibers* fibers;
  };
  template <class... P>
  struct Group {
    void (*kernel)(P...);
    const char* block;
    const GroupGrid& grid;
    unsigned long first[3];
    template <unsigned long... I>
    void item(unsigned long index, Sequence<unsigned long, I...>) {
      Item& item = current_item;
      for (int d = 0; d < 3; ++d) {
        item.local[d] = index % grid.group[d];
        index /= grid.group[d];
        item.id[d] = first[d] + item.local[d];
        item.grid[d] = grid.grid[d];
        item.group_size[d] = grid.group[d];
      }
      item.wait = grid.fibers->wait;
      item.fibers = grid.fibers->context;
      item.published = reinterpret_cast<unsigned long long*>(grid.memory);
      item.shared = grid.memory + 8192;
      kernel(Argument<P>::get(block + offset<P...>(I))...);
    }
    static void run_item(void* self, unsigned long index) {
      static_cast<Group*>(self)->item(index, __make_integer_seq<Sequence, unsigned long, sizeof...(P)>{});
    }
  };
  template <class... P>
  void run_groups(void (*kernel)(P...), const void* block, const void* grid, const void* box) {
    const GroupGrid& all = *static_cast<const GroupGrid*>(grid);
    const unsigned long* items = static_cast<const unsigned long*>(box);
    const unsigned long count = all.group[0] * all.group[1] * all.group[2];
    for (unsigned long z = items[2]; z < items[5]; z += all.group[2]) {
      for (unsigned long y = items[1]; y < items[4]; y += all.group[1]) {
        for (unsigned long x = items[0]; x < items[3]; x += all.group[0]) {
          Group<P...> group{kernel, static_cast<const char*>(block), all, {x, y, z}};
          if (all.fibers->run(all.fibers->context, count, Group<P...>::run_item, &group) != 0) return;
        }
      }
    }
  }
  }  // namespace dotcompute::detail::reference
)cpp";

}  // namespace

std::string entry_symbol(std::size_t kernel_index) { return "dotcompute_reference_" + std::to_string(kernel_index); }

std::string group_entry_symbol(std::size_t kernel_index) {
  return "dotcompute_reference_groups_" + std::to_string(kernel_index);
}

std::string driver_source(const std::vector<std::string>& kernels) {
  // Without a kernel nothing need be included, so that even the preamble could not be parsed.
  if (std::all_of(kernels.begin(), kernels.end(), [](const std::string& kernel) { return kernel.empty(); })) return {};
  std::string text = preamble;
  for (std::size_t i = 0; i < kernels.size(); ++i) {
    if (kernels[i].empty()) continue;
    // Which of the two is needed is known when the whole file is translated.
    const auto entry = [&](const std::string& symbol, const char* run) {
      text += "extern \"C\" void " + symbol +
              "(const void* block, const void* grid, const void* box) {\n  ::dotcompute::detail::reference::" + run +
              "(&::" + kernels[i] + ", block, grid, box);\n}\n";
    };
    entry(entry_symbol(i), "run");
    entry(group_entry_symbol(i), "run_groups");
  }
  return text;
}

}  // namespace kernelc::reference
