#include <algorithm>

#include "emit/source/function_spaces.hpp"

namespace kernelc::source {

using model::Expression;

namespace {

/// The slots of an interface by class: for each class the indices of its slots.
std::vector<std::vector<std::size_t>> members(const Summary& summary) {
  std::vector<std::vector<std::size_t>> result(summary.facts.size());
  for (std::size_t i = 0; i < summary.classes.size(); ++i) result[summary.classes[i]].push_back(i);
  return result;
}

}  // namespace

Summary FunctionSpaces::summary() {
  Slots interface;
  for (const model::Variable* parameter : function_.parameters) {
    const Slots& slots = variables_.at(parameter);
    interface.insert(interface.end(), slots.begin(), slots.end());
  }
  interface.insert(interface.end(), result_.begin(), result_.end());

  Summary result;
  std::map<Slot, std::size_t> numbers;
  for (const Slot slot : interface) {
    const auto [entry, is_new] = numbers.try_emplace(partition_.find(slot), result.facts.size());
    result.classes.push_back(entry->second);
    if (!is_new) continue;
    const SpaceFacts& facts = partition_.facts(slot);
    result.facts.push_back({.space = facts.space, .is_walked = facts.is_walked});
  }
  return result;
}

/// For each slot of the interface the argument that a copy could replace there, or null.
std::vector<const Expression*> FunctionSpaces::copyable_arguments(const CallSite& site) {
  std::vector<const Expression*> result;
  for (const Expression* argument : site.arguments) {
    const std::size_t slots = program_.slots.count(*argument->type);
    const auto* address = std::get_if<model::AddressOf>(&argument->node);
    const bool is_whole = address != nullptr && slots == 1 && address->object->type == argument->type->element;
    for (std::size_t i = 0; i < slots; ++i) result.push_back(is_whole ? argument : nullptr);
  }
  result.resize(site.interface.size(), nullptr);
  return result;
}

/// Whether the call would mean the same with any of its arguments copied, where the callee makes one class of several.
bool FunctionSpaces::can_copy(const CallSite& site, const Summary& summary) {
  const std::vector<const Expression*> arguments = copyable_arguments(site);
  const std::size_t result_slots = program_.slots.count(*site.callee->result);
  const std::size_t result_begin = site.interface.size() - result_slots;
  bool has_choice = false;
  const auto classes = members(summary);
  for (std::size_t i = 0; i < classes.size(); ++i) {
    const auto end_of_arguments =
        std::find_if(classes[i].begin(), classes[i].end(), [&](std::size_t slot) { return slot >= result_begin; });
    const auto argument_count = end_of_arguments - classes[i].begin();
    const SpaceFacts& facts = summary.facts[i];
    if (argument_count == 0 || (argument_count == 1 && !facts.space)) continue;
    if (facts.is_walked || (facts.space && *facts.space != Space::automatic)) return false;
    for (const std::size_t slot : classes[i]) {
      if (slot < result_begin ? arguments[slot] == nullptr : result_slots != 1) return false;
    }
    has_choice = true;
  }
  return has_choice;
}

/// The call forces on its arguments and result what the callee forces on its interface.
void FunctionSpaces::bind(const CallSite& site, const Summary& summary) {
  called_ = site.callee;
  const auto classes = members(summary);
  for (std::size_t i = 0; i < classes.size(); ++i) {
    const Slot first = site.interface[classes[i].front()];
    for (const std::size_t slot : classes[i]) unify(first, site.interface[slot]);
    if (summary.facts[i].space) restrict_to(first, *summary.facts[i].space);
    if (summary.facts[i].is_walked) partition_.mark_walked(first);
  }
  called_ = nullptr;
}

void FunctionSpaces::copy_where_spaces_differ(CallSite& site, const Summary& summary, FunctionClone& clone,
                                              std::deque<model::Variable>& copied) {
  const std::vector<const Expression*> arguments = copyable_arguments(site);
  for (const std::vector<std::size_t>& slots : members(summary)) {
    std::vector<Space> found;
    bool is_walked = false;
    for (const std::size_t slot : slots) {
      const SpaceFacts& facts = partition_.facts(site.interface[slot]);
      if (facts.space) found.push_back(*facts.space);
      // What the caller does with the result: it wants more than the one object.
      is_walked = is_walked || (arguments[slot] == nullptr && facts.is_walked);
    }
    const std::size_t forced = summary.classes[slots.front()];
    if (summary.facts[forced].space) found.push_back(*summary.facts[forced].space);
    const bool differ = std::adjacent_find(found.begin(), found.end(), std::not_equal_to<>()) != found.end();
    if (!differ || is_walked) continue;
    for (const std::size_t slot : slots) {
      const Expression* argument = arguments[slot];
      if (argument == nullptr ||
          partition_.facts(site.interface[slot]).space.value_or(Space::automatic) == Space::automatic)
        continue;
      const auto id = static_cast<std::uint32_t>(copied.size());
      const model::Variable& copy = copied.emplace_back(model::Variable{"copy", argument->type->element, id});
      clone.copies[argument] = &copy;
      site.interface[slot] = place_in(Space::automatic);
      expressions_[argument] = {site.interface[slot]};
    }
  }
}

FunctionClone FunctionSpaces::resolve(const std::vector<Spaces>& parameters, const Spaces& result,
                                      std::deque<model::Variable>& copied) {
  FunctionClone clone;
  clone.function = &function_;
  clone.parameters = parameters;
  clone.result = result;
  const auto give = [&](const Slots& slots, const Spaces& spaces) {
    for (std::size_t i = 0; i < slots.size(); ++i) restrict_to(slots[i], spaces.at(i));
  };
  for (std::size_t i = 0; i < parameters.size(); ++i) give(variables_.at(function_.parameters[i]), parameters[i]);
  give(result_, result);
  for (const std::size_t index : deferred_) {
    CallSite& site = calls_[index];
    const Summary& summary = program_.summaries.at(site.callee);
    line_ = site.call->line;
    copy_where_spaces_differ(site, summary, clone, copied);
    bind(site, summary);
  }
  for (const auto& [variable, slots] : variables_) {
    if (!slots.empty()) clone.variables[variable] = spaces(slots);
  }
  for (const auto& [expression, slots] : expressions_) {
    if (!slots.empty()) clone.expressions[expression] = spaces(slots);
  }
  return clone;
}

Spaces FunctionSpaces::spaces(std::span<const Slot> slots) {
  Spaces result;
  for (const Slot slot : slots) result.push_back(partition_.facts(slot).space.value_or(Space::automatic));
  return result;
}

}  // namespace kernelc::source
