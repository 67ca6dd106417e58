#include "emit/source/address_spaces.hpp"

#include <span>
#include <tuple>

#include "emit/source/function_spaces.hpp"
#include "model/walk.hpp"

namespace kernelc::source {

namespace {

using model::Function;

/// Makes the clones of a kernel, callees first.
class Cloning {
 public:
  explicit Cloning(bool is_generic) { program_.is_generic = is_generic; }

  AddressSpaces run(const model::Kernel& kernel) {
    program_.file = kernel.function->file;
    summarise_callees(*kernel.function->body);
    FunctionSpaces spaces(program_, *kernel.function, true);
    std::vector<Spaces> parameters;
    for (const model::Variable* parameter : kernel.function->parameters) {
      const Space space = program_.is_generic ? Space::automatic : Space::global;
      parameters.emplace_back(program_.slots.count(*parameter->type), space);
    }
    add(spaces, parameters, {});
    return std::move(result_);
  }

 private:
  using Key = std::tuple<const Function*, std::vector<Spaces>, Spaces>;

  void summarise(const Function& function) {
    if (program_.summaries.contains(&function)) return;
    summarise_callees(*function.body);
    program_.summaries[&function] = FunctionSpaces(program_, function, false).summary();
  }

  void summarise_callees(const model::Statement& statement) {
    model::for_each_child(
        statement, [&](const model::Statement& child) { summarise_callees(child); },
        [&](const model::Expression& e) { summarise_callees(e); });
  }

  void summarise_callees(const model::Expression& expression) {
    if (!visited_.insert(&expression).second) return;
    if (const auto* call = std::get_if<model::Call>(&expression.node)) summarise(*call->callee);
    if (const auto* construct = std::get_if<model::Construct>(&expression.node)) summarise(*construct->constructor);
    model::for_each_operand(expression, [&](const model::Expression& operand) { summarise_callees(operand); });
  }

  std::size_t add(FunctionSpaces& spaces, const std::vector<Spaces>& parameters, const Spaces& result) {
    FunctionClone clone = spaces.resolve(parameters, result, result_.copied);
    for (const CallSite& site : spaces.calls()) {
      std::span<const Slot> interface = site.interface;
      std::vector<Spaces> arguments;
      for (const model::Variable* parameter : site.callee->parameters) {
        const std::size_t slots = program_.slots.count(*parameter->type);
        arguments.push_back(spaces.spaces(interface.first(slots)));
        interface = interface.subspan(slots);
      }
      clone.callees[site.call] = find_or_add(*site.callee, arguments, spaces.spaces(interface));
    }
    result_.clones.push_back(std::move(clone));
    return result_.clones.size() - 1;
  }

  std::size_t find_or_add(const Function& function, const std::vector<Spaces>& parameters, const Spaces& result) {
    const Key key{&function, parameters, result};
    if (const auto known = known_.find(key); known != known_.end()) return known->second;
    FunctionSpaces spaces(program_, function, false);
    return known_[key] = add(spaces, parameters, result);
  }

  Program program_;
  std::set<const model::Expression*> visited_;
  std::map<Key, std::size_t> known_;
  AddressSpaces result_;
};

AddressSpaces find(const model::Kernel& kernel, bool is_generic) {
  AddressSpaces failed;
  try {
    return Cloning(is_generic).run(kernel);
  } catch (const Conflict& conflict) {
    failed.conflict = conflict.reason;
  } catch (const EndlessType& endless) {
    failed.conflict = "the kernel (line " + std::to_string(kernel.function->line) + ") uses '" +
                      model::spelling(*endless.type) +
                      "', which holds pointers to itself or thousands of pointers: use an index";
  }
  return failed;
}

}  // namespace

AddressSpaces find_address_spaces(const model::Kernel& kernel) { return find(kernel, false); }

AddressSpaces generic_address_space(const model::Kernel& kernel) { return find(kernel, true); }

}  // namespace kernelc::source
