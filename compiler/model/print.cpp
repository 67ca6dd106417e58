#include "model/print.hpp"

#include <algorithm>
#include <map>

#include <llvm/ADT/StringExtras.h>
#include <llvm/Support/JSON.h>
#include <llvm/Support/raw_ostream.h>

namespace kernelc::model {

namespace {

constexpr std::string_view operator_names[] = {"+", "-", "*",  "/",  "%", "<<", ">>", "&",
                                               "|", "^", "==", "!=", "<", "<=", ">",  ">="};

class Printer {
 public:
  std::string function(const Function& function) {
    out_ += "function " + function.symbol + " -> " + type(*function.result) + "\n";
    for (const Variable* parameter : function.parameters) {
      out_ += "  parameter " + name(parameter) + ": " + type(*parameter->type) + "\n";
    }
    statement(*function.body, 1);
    // Each layout may name further structs.
    for (std::size_t i = 0; i < structs_.size(); ++i) layout(*structs_[i]);
    return std::move(out_);
  }

 private:
  std::string type(const Type& type) {
    const Type* inner = &type;
    while (inner->element != nullptr) inner = inner->element;
    if (inner->kind == TypeKind::structure && std::find(structs_.begin(), structs_.end(), inner) == structs_.end()) {
      structs_.push_back(inner);
    }
    return spelling(type);
  }

  void layout(const Type& source) {
    out_ += "struct " + spelling(source) + " " + std::to_string(source.size) + " " + std::to_string(source.alignment) +
            "\n";
    for (const Field& field : source.structure->fields) {
      line(1, std::to_string(field.offset) + " " + field.name + ": " + type(*field.type));
    }
  }

  std::string name(const Variable* variable) {
    const auto [entry, is_new] = names_.try_emplace(variable, names_.size());
    return "$" + std::to_string(entry->second);
  }

  std::string list(std::string_view head, const std::vector<const Expression*>& items) {
    std::string text = "(" + std::string(head);
    for (const Expression* item : items) text += " " + expression(*item);
    return text + ")";
  }

  std::string expression(const Expression& e) {
    const std::string type = this->type(*e.type);
    return std::visit(
        Overloaded{
            [&](const Literal& n) { return type + ":0x" + llvm::utohexstr(n.bits, true); },
            [&](const Zero&) { return type + ":zero"; },
            [&](const VariableUse& n) { return name(n.variable); },
            [&](const ConstantUse& n) {
              return "(constant " + type + " " + llvm::toHex(n.constant->bytes, true) + ")";
            },
            [&](const Temporary& n) { return list("temporary " + name(n.variable), {n.value}); },
            [&](const Load& n) { return list("load", {n.object}); },
            [&](const AddressOf& n) { return list("address", {n.object}); },
            [&](const Dereference& n) { return list("at", {n.pointer}); },
            [&](const Member& n) { return list("member " + std::to_string(n.field), {n.object}); },
            [&](const PointerAdd& n) { return list(n.subtract ? "back" : "forward", {n.pointer, n.index}); },
            [&](const PointerDifference& n) { return list("distance", {n.left, n.right}); },
            [&](const MakeSpan& n) { return list("span", {n.data, n.size}); },
            [&](const SpanData& n) { return list("data", {n.span}); },
            [&](const SpanSize& n) { return list("size", {n.span}); },
            [&](const Unary& n) {
              constexpr std::string_view names[] = {"negate", "complement", "not"};
              return list(names[static_cast<int>(n.op)], {n.operand});
            },
            [&](const Binary& n) { return list(operator_names[static_cast<int>(n.op)], {n.left, n.right}); },
            [&](const Logical& n) { return list(n.is_and ? "and" : "or", {n.left, n.right}); },
            [&](const Conditional& n) { return list("choose", {n.condition, n.yes, n.no}); },
            [&](const Assign& n) { return list("assign", {n.object, n.value}); },
            [&](const CompoundAssign& n) {
              const std::string op(operator_names[static_cast<int>(n.op)]);
              return list("update " + op + " " + this->type(*n.computation), {n.object, n.value});
            },
            [&](const Step& n) {
              return list(std::string(n.prefix ? "pre-" : "post-") + (n.increment ? "increment" : "decrement"),
                          {n.object});
            },
            [&](const Convert& n) { return list("convert " + type, {n.operand}); },
            [&](const Call& n) { return list("call " + n.callee->symbol, n.arguments); },
            [&](const Construct& n) {
              return list((n.is_zeroed ? "construct zeroed " : "construct ") + n.constructor->symbol, n.arguments);
            },
            [&](const MathCall& n) { return list("math " + n.function, n.arguments); },
            [&](const GridQuery& n) {
              constexpr std::string_view names[] = {"global-id",       "global-size",      "local-id",
                                                    "group-id",        "local-size",       "group-count",
                                                    "local-linear-id", "local-linear-size"};
              return "(" + std::string(names[static_cast<int>(n.query)]) + " " + std::to_string(n.dimension) + ")";
            },
            [&](const Barrier&) { return std::string("(barrier)"); },
            [&](const Atomic& n) {
              std::vector<const Expression*> parts{n.object};
              parts.insert(parts.end(), n.values.begin(), n.values.end());
              return list("atomic " + std::string(model::name(n.op)), parts);
            },
            [&](const Aggregate& n) { return list("aggregate " + type, n.elements); },
            [&](const Sequence& n) { return list("sequence", {n.first, n.second}); },
            [&](const BitCast& n) { return list("bit-cast " + type, {n.operand}); },
        },
        e.node);
  }

  void line(int depth, const std::string& text) {
    out_ += std::string(static_cast<std::size_t>(depth) * 2, ' ') + text + "\n";
  }

  void statement(const Statement& s, int depth) {
    std::visit(
        Overloaded{
            [&](const Block& n) {
              for (const Statement* child : n.body) statement(*child, depth);
            },
            [&](const Declare& n) {
              line(depth, (n.variable->is_shared ? "share " : "declare ") + name(n.variable) + ": " +
                              type(*n.variable->type) + (n.value != nullptr ? " = " + expression(*n.value) : ""));
            },
            [&](const Evaluate& n) { line(depth, expression(*n.expression)); },
            [&](const If& n) {
              line(depth, "if " + expression(*n.condition));
              statement(*n.yes, depth + 1);
              if (n.no == nullptr) return;
              line(depth, "else");
              statement(*n.no, depth + 1);
            },
            [&](const Loop& n) {
              line(depth, std::string(n.tests_last ? "do" : "loop") +
                              (n.condition != nullptr ? " while " + expression(*n.condition) : "") +
                              (n.step != nullptr ? " step " + expression(*n.step) : ""));
              statement(*n.body, depth + 1);
            },
            [&](const Switch& n) {
              line(depth, "switch " + expression(*n.value));
              for (const SwitchCase& label : n.cases) {
                std::string text = label.is_default ? "default" : "case";
                for (const std::uint64_t value : label.values) text += " " + std::to_string(value);
                line(depth, text);
                for (const Statement* child : label.body) statement(*child, depth + 1);
              }
            },
            [&](const Break&) { line(depth, "break"); },
            [&](const Continue&) { line(depth, "continue"); },
            [&](const Return& n) { line(depth, n.value != nullptr ? "return " + expression(*n.value) : "return"); },
        },
        s.node);
  }

  std::string out_;
  std::map<const Variable*, std::size_t> names_;
  std::vector<const Type*> structs_;  // that occur, in order
};

}  // namespace

std::string print(const Function& function) { return Printer().function(function); }

std::string to_json(const Model& model) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  llvm::json::OStream json(stream, 2);
  json.object([&] {
    json.attributeArray("kernels", [&] {
      for (const Kernel& kernel : model.kernels) {
        json.object([&] {
          json.attribute("name", kernel.function->name);
          json.attribute("symbol", kernel.function->symbol);
          json.attribute("file", kernel.file);
          json.attribute("line", kernel.function->line);
          json.attribute("dimensions", kernel.dimensions);
          json.attribute("content_hash", kernel.content_hash);
          json.attributeArray("parameters", [&] {
            for (const Variable* parameter : kernel.function->parameters) {
              json.object([&] {
                json.attribute("name", parameter->name);
                json.attribute("type", spelling(*parameter->type));
              });
            }
          });
          if (kernel.group.any()) {
            json.attributeObject("group", [&] {
              json.attribute("ids", kernel.group.ids);
              json.attribute("barriers", kernel.group.barriers);
              json.attribute("shared_bytes", kernel.group.shared_bytes);
              json.attribute("item_bytes", kernel.item_bytes);
              json.attributeArray("fixed_size", [&] {
                for (const std::uint32_t side : kernel.group.fixed_size) json.value(side);
              });
            });
          }
          if (kernel.atomics.any) {
            json.attributeObject("atomics", [&] { json.attribute("order_dependent", kernel.atomics.order_dependent); });
          }
          json.attributeObject("cost", [&] {
            json.attribute("arithmetic", kernel.cost.arithmetic);
            json.attribute("math_calls", kernel.cost.math_calls);
            json.attribute("loads", kernel.cost.loads);
            json.attribute("stores", kernel.cost.stores);
          });
          json.attributeArray("functions", [&] {
            const auto lines = [&](const Function& function) {
              json.array([&] {
                llvm::SmallVector<llvm::StringRef> parts;
                const std::string printed = print(function);
                llvm::StringRef(printed).split(parts, '\n', -1, false);
                for (const llvm::StringRef part : parts) json.value(part);
              });
            };
            lines(*kernel.function);
            for (const Function* callee : kernel.callees) lines(*callee);
          });
        });
      }
    });
  });
  stream << '\n';
  return text;
}

}  // namespace kernelc::model
