#pragma once

/// Stores past the caches.

#include <cstdint>

#include <llvm/IR/Function.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/PassManager.h>

#include "lanes/item_loop.hpp"

namespace kernelc::lanes {

/// Of each loop over items (found by its "dotcompute.items" mark) that does nothing but read and write in a row:
/// results that it does not read, and that are too many to stay in a cache, are written past it by non-temporal stores.
/// A line that they fill need not be read from memory first, and displaces none in the cache. The items from the first
/// line on are a loop of their own, whose stores are marked as `is_streamed` says, if the grid is that large and all
/// results begin their lines with the same item; the others are in a copy of the loop.
void stream_results(llvm::Function& function, llvm::FunctionAnalysisManager& analyses);

/// Whether a store of an item is one to be made past the caches where it becomes whole vectors.
[[nodiscard]] bool is_streamed(const llvm::StoreInst& store);
/// Whether there are such in the loop.
[[nodiscard]] bool has_streams(const ItemLoop& items);
/// Makes them plain stores, where whole vectors were written elsewhere.
void stream_no_more(const ItemLoop& items);

/// Of a cache; each streamed vector begins one.
inline constexpr std::uint64_t line_bytes = 64;
/// The items of a loop with streams whose results fill lines.
[[nodiscard]] unsigned lanes_of_line(const ItemLoop& items);

}  // namespace kernelc::lanes
