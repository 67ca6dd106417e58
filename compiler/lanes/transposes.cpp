#include "lanes/transposes.hpp"

#include <algorithm>
#include <compare>
#include <map>
#include <tuple>
#include <vector>

#include <llvm/ADT/DenseSet.h>
#include <llvm/ADT/STLExtras.h>
#include <llvm/ADT/SmallPtrSet.h>
#include <llvm/Analysis/TargetTransformInfo.h>
#include <llvm/Analysis/ValueTracking.h>
#include <llvm/Analysis/VectorUtils.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/IntrinsicInst.h>
#include <llvm/IR/PatternMatch.h>
#include <llvm/IR/ValueHandle.h>
#include <llvm/Transforms/Utils/Local.h>

namespace kernelc::lanes {

namespace {

using llvm::Value;

/// Where lanes read: at base + index * scale + offset. Base and index are each one for all lanes or a vector.
struct Place {
  Value* base = nullptr;
  Value* index = nullptr;  // null: none
  std::uint64_t scale = 1;
  std::int64_t offset = 0;  // bytes
};

/// What is left of an index without a constant that is added to it, null if it is one, and the constant.
std::pair<Value*, std::int64_t> split(Value* index) {
  using namespace llvm::PatternMatch;
  const llvm::APInt* constant = nullptr;
  Value* rest = nullptr;
  if (match(index, m_APInt(constant))) return {nullptr, constant->getSExtValue()};
  const bool may_wrap = index->getType()->getScalarSizeInBits() < 64;
  if (!may_wrap && match(index, m_AddLike(m_Value(rest), m_APInt(constant)))) return {rest, constant->getSExtValue()};
  return {index, 0};
}

Place place_of(Value* pointers, const llvm::DataLayout& layout) {
  Place place{.base = pointers};
  while (const auto* address = llvm::dyn_cast<llvm::GEPOperator>(place.base)) {
    if (address->getNumIndices() != 1) break;
    const std::uint64_t scale = layout.getTypeAllocSize(address->getSourceElementType()).getFixedValue();
    const auto [rest, constant] = split(address->getOperand(1));
    if (rest != nullptr && place.index != nullptr) break;
    place.offset += constant * static_cast<std::int64_t>(scale);
    place.base = const_cast<Value*>(address->getPointerOperand());
    if (rest != nullptr) {
      place.index = rest;
      place.scale = scale;
    }
  }
  Value* one = place.base->getType()->isVectorTy() ? llvm::getSplatValue(place.base) : place.base;
  if (one != nullptr && place.index != nullptr && place.index->getType()->isVectorTy()) {
    llvm::APInt offset(64, 0);
    place.base = one->stripAndAccumulateConstantOffsets(layout, offset, /*AllowNonInbounds=*/true);
    place.offset += offset.getSExtValue();
  }
  return place;
}

struct Gather {
  llvm::IntrinsicInst* call;
  std::int64_t offset;  ///< As in its place.
};

/// Gathers in one block, of the same lanes and of elements of one size, without a write in between that they may see.
using Gathers = std::vector<Gather>;

class Transposer {
 public:
  Transposer(llvm::Function& function, unsigned register_bytes)
      : function_(function),
        layout_(function.getDataLayout()),
        builder_(function.getContext()),
        register_bytes_(register_bytes) {}

  void run() {
    find_own_addresses();
    for (llvm::BasicBlock& block : function_) {
      for (llvm::Instruction& each : block) {
        if (auto* call = llvm::dyn_cast<llvm::IntrinsicInst>(&each);
            call != nullptr && call->getIntrinsicID() == llvm::Intrinsic::masked_gather) {
          add(*call);
        } else if (each.mayWriteToMemory()) {
          finish(is_to_own_array(each) ? Seen::own_arrays : Seen::everything);
        }
      }
      finish(Seen::everything);
    }
    for (const llvm::WeakTrackingVH& each : replaced_) {
      if (each != nullptr) llvm::RecursivelyDeleteTriviallyDeadInstructions(each);
    }
  }

 private:
  /// What a write changes.
  enum class Seen { own_arrays, everything };
  struct Key {
    Value* base;
    Value* index;
    std::uint64_t scale;
    Value* mask;
    llvm::Type* type;
    auto operator<=>(const Key&) const = default;
  };

  void add(llvm::IntrinsicInst& call) {
    const std::uint64_t bytes = layout_.getTypeStoreSize(call.getType()->getScalarType()).getFixedValue();
    if ((bytes != 4 && bytes != 8) || call.getType()->getScalarSizeInBits() != 8 * bytes) return;
    const Place place = place_of(call.getArgOperand(0), layout_);
    const bool is_vector =
        place.base->getType()->isVectorTy() || (place.index != nullptr && place.index->getType()->isVectorTy());
    if (!is_vector) return;  // one place for all lanes
    const Key key{place.base, place.index, place.scale, call.getArgOperand(2), call.getType()};
    if (!open_.contains(key)) order_.push_back(key);
    open_[key].push_back({&call, place.offset});
  }

  /// Whether an instruction writes to an array of the item's own, or to nothing.
  [[nodiscard]] bool is_to_own_array(const llvm::Instruction& write) const {
    const Value* pointer = llvm::getLoadStorePointerOperand(&write);
    if (const auto* call = llvm::dyn_cast<llvm::IntrinsicInst>(&write)) {
      if (call->isAssumeLikeIntrinsic()) return true;
      if (call->getIntrinsicID() == llvm::Intrinsic::masked_store) pointer = call->getArgOperand(1);
    }
    if (pointer == nullptr) return false;
    llvm::SmallVector<const Value*, 4> objects;
    llvm::getUnderlyingObjects(pointer, objects, nullptr, /*MaxLookup=*/0);
    return llvm::all_of(objects, [this](const Value* each) {
      return llvm::isa<llvm::AllocaInst>(each) && own_addresses_.contains(each);
    });
  }

  /// Finds the arrays of the item's own: those whose address is stored nowhere, so that all that may point into them
  /// is made of it.
  void find_own_addresses() {
    for (const llvm::Instruction& each : function_.getEntryBlock()) {
      if (!llvm::isa<llvm::AllocaInst>(each)) continue;
      llvm::SmallPtrSet<const Value*, 32> found{&each};
      if (follow(each, found)) own_addresses_.insert(found.begin(), found.end());
    }
  }

  /// Whether all that is made of an address can be found.
  static bool follow(const Value& pointer, llvm::SmallPtrSet<const Value*, 32>& found) {
    return llvm::all_of(pointer.users(), [&](const llvm::User* user) {
      if (const auto* call = llvm::dyn_cast<llvm::CallBase>(user)) {
        const auto* known = llvm::dyn_cast<llvm::IntrinsicInst>(call);
        return known != nullptr && !keeps(*known, pointer);
      }
      if (const auto* store = llvm::dyn_cast<llvm::StoreInst>(user)) return store->getValueOperand() != &pointer;
      if (llvm::isa<llvm::LoadInst>(user) || llvm::isa<llvm::CmpInst>(user)) return true;
      if (!user->getType()->isPtrOrPtrVectorTy()) return false;
      return !found.insert(user).second || follow(*user, found);
    });
  }

  /// Whether a pointer is what a store of some lanes writes, or goes where it cannot be followed.
  static bool keeps(const llvm::IntrinsicInst& call, const Value& pointer) {
    switch (call.getIntrinsicID()) {
      case llvm::Intrinsic::masked_load:
      case llvm::Intrinsic::masked_gather: return call.getArgOperand(0) != &pointer;
      case llvm::Intrinsic::masked_store:
      case llvm::Intrinsic::masked_scatter: return call.getArgOperand(0) == &pointer;
      default: return !call.isAssumeLikeIntrinsic();
    }
  }

  void finish(Seen seen) {
    const auto ends = [&](const Key& key) { return seen == Seen::everything || own_addresses_.contains(key.base); };
    for (const Key& key : order_) {
      if (!ends(key)) continue;
      replace(open_.at(key));
      open_.erase(key);
    }
    llvm::erase_if(order_, ends);
  }

  /// Takes the elements that follow each other together, as many at a time as fill a register.
  void replace(Gathers& gathers) {
    const auto type = llvm::cast<llvm::FixedVectorType>(gathers.front().call->getType());
    const auto bytes = static_cast<unsigned>(layout_.getTypeStoreSize(type->getElementType()).getFixedValue());
    const unsigned lanes = std::min(type->getNumElements(), register_bytes_ / bytes);
    const unsigned least = 16 / bytes;
    if (lanes < least || !llvm::isPowerOf2_32(type->getNumElements())) return;
    llvm::IntrinsicInst& first = *gathers.front().call;  // in the order of the block
    std::stable_sort(gathers.begin(), gathers.end(),
                     [](const Gather& a, const Gather& b) { return a.offset < b.offset; });
    for (std::size_t begin = 0; begin < gathers.size();) {
      std::size_t end = begin + 1;
      while (end < gathers.size() && gathers[end].offset == gathers[end - 1].offset + bytes) ++end;
      for (unsigned count = lanes; count >= least; count /= 2) {
        for (; end - begin >= count; begin += count) {
          transpose(llvm::ArrayRef(gathers).slice(begin, count), first, lanes, bytes);
        }
      }
      begin = end;
    }
  }

  void transpose(llvm::ArrayRef<Gather> gathers, llvm::IntrinsicInst& at, unsigned lanes, unsigned bytes) {
    builder_.SetInsertPoint(&at);
    const auto type = llvm::cast<llvm::FixedVectorType>(at.getType());
    const auto count = static_cast<unsigned>(gathers.size());
    const std::vector<Value*> rows = read_rows(gathers.front(), count);
    std::vector<std::vector<Value*>> parts(count);  // of each element's vector, register by register
    for (unsigned from = 0; from < type->getNumElements(); from += lanes) {
      std::vector<Value*> vectors;
      for (unsigned i = 0; i < count; ++i) {
        std::vector<Value*> of_vector;
        for (unsigned row = from + i; row < from + lanes; row += count) of_vector.push_back(rows[row]);
        vectors.push_back(llvm::concatenateVectors(builder_, of_vector));
      }
      exchange(vectors, 16 / bytes);
      for (unsigned i = 0; i < count; ++i) parts[i].push_back(vectors[i]);
    }
    for (unsigned i = 0; i < count; ++i) {
      llvm::IntrinsicInst& call = *gathers[i].call;
      Value* made = llvm::concatenateVectors(builder_, parts[i]);
      if (!llvm::isa<llvm::UndefValue>(call.getArgOperand(3))) {
        llvm::IRBuilder<> behind(&call);
        made = behind.CreateSelect(call.getArgOperand(2), made, call.getArgOperand(3));
      }
      call.replaceAllUsesWith(made);
      replaced_.emplace_back(&call);
    }
  }

  /// Each lane's elements. Lanes that do not read get something too, which nobody looks at.
  std::vector<Value*> read_rows(const Gather& gather, unsigned count) {
    const auto* type = llvm::cast<llvm::FixedVectorType>(gather.call->getType());
    auto* row = llvm::FixedVectorType::get(type->getElementType(), count);
    const Place place = place_of(gather.call->getArgOperand(0), layout_);  // of which a part may have been replaced
    Value* const mask = gather.call->getArgOperand(2);
    const auto* all = llvm::dyn_cast<llvm::Constant>(mask);
    const llvm::Align align = llvm::cast<llvm::ConstantInt>(gather.call->getArgOperand(1))->getAlignValue();
    Value* pointers = nullptr;
    if (all == nullptr || !all->isAllOnesValue()) {
      Value* const anything = builder_.CreateVectorSplat(type->getElementCount(), zeros());
      pointers = builder_.CreateSelect(mask, address(place.base, place), anything);
    }
    std::vector<Value*> rows;
    for (unsigned lane = 0; lane < type->getNumElements(); ++lane) {
      Value* from = nullptr;
      if (pointers != nullptr) {
        from = builder_.CreateExtractElement(pointers, lane);
      } else {
        Place one = place;
        one.index = of_lane(place.index, lane);
        from = address(of_lane(place.base, lane), one);
      }
      rows.push_back(builder_.CreateAlignedLoad(row, from, align));
    }
    return rows;
  }

  Value* address(Value* base, const Place& place) {
    if (place.index != nullptr) {
      llvm::Type* word = place.index->getType()->getWithNewBitWidth(64);
      Value* const index = builder_.CreateSExtOrTrunc(place.index, word);
      base = builder_.CreateGEP(builder_.getInt8Ty(), base,
                                builder_.CreateMul(index, llvm::ConstantInt::get(word, place.scale)));
    }
    return builder_.CreateGEP(builder_.getInt8Ty(), base, builder_.getInt64(static_cast<std::uint64_t>(place.offset)));
  }

  Value* of_lane(Value* value, unsigned lane) {
    if (value == nullptr || !value->getType()->isVectorTy()) return value;
    if (const auto* constant = llvm::dyn_cast<llvm::Constant>(value)) return constant->getAggregateElement(lane);
    if (Value* one = llvm::getSplatValue(value)) return one;
    return builder_.CreateExtractElement(value, lane);
  }

  /// As many zeros as any row has bytes.
  llvm::Constant* zeros() {
    if (zeros_ != nullptr) return zeros_;
    auto* type = llvm::ArrayType::get(builder_.getInt8Ty(), register_bytes_);
    llvm::Constant* const value = llvm::ConstantAggregateZero::get(type);
    auto* global =
        new llvm::GlobalVariable(*function_.getParent(), type, true, llvm::GlobalValue::PrivateLinkage, value, "zeros");
    global->setAlignment(llvm::Align(register_bytes_));
    zeros_ = global;
    return zeros_;
  }

  /// Transposes the square blocks that the vectors make, of as many elements as there are vectors. Vectors first change
  /// elements within 16 bytes, as unpack instructions do, and then 16 bytes at a time.
  void exchange(std::vector<Value*>& vectors, unsigned in_16_bytes) {
    const auto count = static_cast<unsigned>(vectors.size());
    for (unsigned i = 0; i < count; i += in_16_bytes) {
      Value** const v = &vectors[i];
      if (in_16_bytes == 2) {
        std::tie(v[0], v[1]) = std::pair(unpacked(v[0], v[1], 2, 0, 1), unpacked(v[0], v[1], 2, 1, 1));
        continue;
      }
      Value* const low[2] = {unpacked(v[0], v[1], 4, 0, 1), unpacked(v[2], v[3], 4, 0, 1)};
      Value* const high[2] = {unpacked(v[0], v[1], 4, 2, 1), unpacked(v[2], v[3], 4, 2, 1)};
      v[0] = unpacked(low[0], low[1], 4, 0, 2);
      v[1] = unpacked(low[0], low[1], 4, 2, 2);
      v[2] = unpacked(high[0], high[1], 4, 0, 2);
      v[3] = unpacked(high[0], high[1], 4, 2, 2);
    }
    for (unsigned distance = in_16_bytes; distance < count; distance *= 2) {
      for (unsigned i = 0; i < count; ++i) {
        if ((i & distance) != 0) continue;
        Value* const a = vectors[i];
        Value* const b = vectors[i + distance];
        vectors[i] = exchanged(a, b, distance, 0);
        vectors[i + distance] = exchanged(a, b, distance, distance);
      }
    }
  }

  static unsigned size_of(const Value* vector) {
    return llvm::cast<llvm::FixedVectorType>(vector->getType())->getNumElements();
  }

  /// From each 16 bytes of both vectors in turn, `together` elements at a time, those from `from` on.
  Value* unpacked(Value* a, Value* b, unsigned in_16_bytes, unsigned from, unsigned together) {
    const unsigned size = size_of(a);
    std::vector<int> mask;
    for (unsigned base = 0; base < size; base += in_16_bytes) {
      for (unsigned k = from; k < from + in_16_bytes / 2; k += together) {
        for (unsigned e = 0; e < together; ++e) mask.push_back(static_cast<int>(base + k + e));
        for (unsigned e = 0; e < together; ++e) mask.push_back(static_cast<int>(size + base + k + e));
      }
    }
    return builder_.CreateShuffleVector(a, b, mask);
  }

  /// The blocks of `distance` elements at `from` of each pair of blocks, one of either vector in turn.
  Value* exchanged(Value* a, Value* b, unsigned distance, unsigned from) {
    const unsigned size = size_of(a);
    std::vector<int> mask;
    for (unsigned j = 0; j < size; ++j) {
      const unsigned in_pair = j & ~distance;
      mask.push_back(static_cast<int>((j & distance) == 0 ? in_pair + from : size + in_pair + from));
    }
    return builder_.CreateShuffleVector(a, b, mask);
  }

  llvm::Function& function_;
  const llvm::DataLayout& layout_;
  llvm::IRBuilder<> builder_;
  unsigned register_bytes_;
  llvm::DenseSet<const Value*> own_addresses_;
  std::map<Key, Gathers> open_;
  std::vector<Key> order_;                      // so that the same code comes of the same kernel
  std::vector<llvm::WeakTrackingVH> replaced_;  // one may be a part of another's addresses
  llvm::Constant* zeros_ = nullptr;
};

}  // namespace

void transpose_gathers(llvm::Function& function, llvm::TargetMachine& machine) {
  const auto costs = machine.getTargetTransformInfo(function);
  const auto bits = costs.getRegisterBitWidth(llvm::TargetTransformInfo::RGK_FixedWidthVector).getFixedValue();
  Transposer(function, static_cast<unsigned>(bits / 8)).run();
}

}  // namespace kernelc::lanes
