// seed 52 size 3133 grid 57 55 1 groups 1 16 16 1
// Tiles with a row for each vector: rows that lie inside of everything, that begin or end at an edge, and that lie
// outside; with what stands in for the elements beyond, and without.
#include <cstdint>

#include <dotcompute/kernel.hpp>

namespace rows_of_tiles {
DOTCOMPUTE_KERNEL void kernel(std::span<const std::uint32_t> in0, std::span<const float> in1,
                              std::span<std::uint32_t> out0, std::span<float> out1, std::span<std::uint8_t> out2) {
  constexpr std::size_t tile = 16;
  dotcompute::SharedArray<std::uint32_t, tile * tile> a;
  dotcompute::SharedArray<float, tile * tile> b;
  const std::size_t width = 57;
  const std::size_t height = in0.size() / width;
  const std::size_t x = dotcompute::local_id<0>();
  const std::size_t y = dotcompute::local_id<1>();
  const std::size_t column = dotcompute::global_id<0>();
  const std::size_t row = dotcompute::global_id<1>();
  std::uint32_t sum = 0;
  float floats = 0;
  for (std::size_t first = 0; first < width; first += tile) {
    a[y * tile + x] = row < height && first + x < width ? in0[row * width + first + x] : 77u;
    if (first + y < height && column < width) b[y * tile + x] = in1[(first + y) * width + column];
    if (first + y >= height || column >= width) b[y * tile + x] = -1;
    dotcompute::barrier();
    for (std::size_t k = 0; k < tile; ++k) {
      sum = sum * 3 + a[y * tile + k];
      floats += b[k * tile + x] * 0.5f;
    }
    dotcompute::barrier();
  }
  const std::size_t to = row * width + column;
  if (row < height && column < width && to < out0.size()) out0[to] = sum;
  if (column <= 40 && to < out1.size() && row < height) out1[to] = floats;
  if (column != 33 && column < width && row < height && to < out2.size())
    out2[to] = static_cast<std::uint8_t>(sum >> 3);
}
}  // namespace rows_of_tiles
