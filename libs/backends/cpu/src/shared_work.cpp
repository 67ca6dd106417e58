#include "shared_work.hpp"

#include <algorithm>
#include <exception>

#include <dotcompute/device/item_boxes.hpp>
#include <dotcompute/device/launch.hpp>

#include "job.hpp"

namespace dotcompute::cpu {

namespace {

/// What a thread takes at once: huge pages as a whole, which come to lie where they are first touched.
constexpr std::uint64_t chunk_bytes = std::uint64_t{2} << 20;
/// What one thread writes in a time; a guess that tells large from small.
constexpr double bytes_per_ns = 10;

void run_box(const void* arguments, const dotcompute_grid*, const dotcompute_box* box) {
  const auto& work = *static_cast<const HostWork*>(arguments);
  work.run(work.context, box->begin[0], box->end[0]);
}

}  // namespace

bool SharedWork::share(const HostWork& work) noexcept {
  const std::uint64_t bytes = work.count * work.element_bytes;
  if (bytes < (team_.may_divide() ? least_bytes_on_nodes : least_bytes)) return false;
  const Company company = team_.company_for(static_cast<double>(bytes) / bytes_per_ns);
  if (company == Company::none) return false;
  LaunchDescription launch;
  launch.arguments = reinterpret_cast<const std::byte*>(&work);
  launch.grid = {{work.count, 1, 1}};
  const std::uint64_t per_chunk = std::max(chunk_bytes / work.element_bytes, std::uint64_t{1});
  Job job(&run_box, launch, ItemBoxes(launch.grid, per_chunk), nullptr);
  try {
    team_.run(job, company);
  } catch (const std::exception&) {
    return false;  // No thread could be started, and none has worked.
  }
  return true;
}

}  // namespace dotcompute::cpu
