#include "bind.hpp"

#include <algorithm>
#include <cstring>
#include <span>
#include <stdexcept>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "file.hpp"
#include "grid.hpp"
#include "layout.hpp"
#include "npy_file.hpp"
#include "png_file.hpp"
#include "tool_error.hpp"

namespace dotcompute::tool {

namespace {

bool ends_with_extension(std::string_view path, std::string_view extension) {
  if (path.size() <= extension.size()) return false;
  const std::string_view end = path.substr(path.size() - extension.size());
  return std::equal(end.begin(), end.end(), extension.begin(),
                    [](char a, char b) { return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b; });
}

std::span<const dotcompute_parameter> parameters_of(const dotcompute_kernel& kernel) {
  return {kernel.parameters, kernel.parameter_count};
}

bool is_span(const dotcompute_parameter& parameter) { return parameter.kind == DOTCOMPUTE_PARAMETER_SPAN; }

const NamedText* find_named(const std::vector<NamedText>& list, std::string_view name) {
  const auto found = std::find_if(list.begin(), list.end(), [&](const NamedText& item) { return item.name == name; });
  return found == list.end() ? nullptr : &*found;
}

/// Every name is a parameter's and occurs once.
void check_names(const dotcompute_kernel& kernel, std::string_view option, const std::vector<NamedText>& list) {
  for (const NamedText& item : list) {
    std::vector<std::string> names;
    for (const dotcompute_parameter& parameter : parameters_of(kernel)) names.push_back(parameter.name);
    if (std::find(names.begin(), names.end(), item.name) == names.end()) {
      throw input_error(fmt::format("{} {}=...: kernel {} has no parameter '{}'; its parameters are: {}", option,
                                    item.name, kernel.name, item.name,
                                    names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "))));
    }
    if (find_named(list, item.name) != &item) {
      throw usage_error(fmt::format("{} {}=... is given twice; give it once", option, item.name));
    }
  }
}

void check_outputs(const dotcompute_kernel& kernel, const RunOptions& options) {
  for (const dotcompute_parameter& parameter : parameters_of(kernel)) {
    const NamedText* const output = find_named(options.outputs, parameter.name);
    if (output == nullptr) continue;
    if (parameter.written == 0) {
      throw input_error(fmt::format("--out {}=...: kernel {} only reads parameter '{}' ({}), so it has no output",
                                    parameter.name, kernel.name, parameter.name, describe_parameter(parameter)));
    }
    if (!ends_with_extension(output->text, ".npy") && !ends_with_extension(output->text, ".png")) {
      throw input_error(fmt::format("--out {}={}: the name must end in .npy or .png", parameter.name, output->text));
    }
    require_writable(output->text);
  }
  for (const NamedText& first : options.outputs) {
    for (const NamedText& second : options.outputs) {
      if (&first != &second && first.text == second.text) {
        throw usage_error(fmt::format("--out {}=... and --out {}=... both name '{}'; give each a file of its own",
                                      first.name, second.name, first.text));
      }
    }
  }
}

/// All that is missing is named at once.
void check_complete(const dotcompute_kernel& kernel, const RunOptions& options) {
  std::vector<std::string> missing;
  for (const dotcompute_parameter& parameter : parameters_of(kernel)) {
    const std::string_view name = parameter.name;
    if (find_named(options.arguments, name) != nullptr) continue;
    const bool is_output = parameter.written != 0 && (find_named(options.outputs, name) != nullptr ||
                                                      find_named(options.shapes, name) != nullptr);
    if (is_output) continue;
    const char* const fix = !is_span(parameter)      ? "--arg {0}=VALUE"
                            : parameter.written == 0 ? "--arg {0}=FILE"
                                                     : "--arg {0}=FILE or --out {0}=FILE";
    missing.push_back(
        fmt::format("'{}' ({}): {}", name, describe_parameter(parameter), fmt::format(fmt::runtime(fix), name)));
  }
  if (!missing.empty()) {
    throw input_error(fmt::format("kernel {} is called without {}", kernel.name, fmt::join(missing, ", ")));
  }
}

Array read_array(const std::string& path) {
  const InputFile file(path);
  if (is_npy(file)) return read_npy(file);
  if (is_png(file)) return read_png(file);
  throw input_error(fmt::format("'{}' is neither a .npy nor a .png file{}", path,
                                file.size() == 0 ? ": it is empty" : " (judged by its first bytes)"));
}

/// The array in the parameter's own layout.
Array fit(Array array, const dotcompute_kernel& kernel, const dotcompute_parameter& parameter,
          const std::string& path) {
  const ElementType wanted = element_type_of(*parameter.type);
  if (const auto reason = mismatch(array.type, wanted)) {
    std::string fix = "save it with a dtype of those fields";
    if (wanted.kind == ElementType::Kind::scalar) {
      fix = array.is_image
                ? fmt::format("convert it in a kernel that takes std::span<const std::{}_t>", describe(array.type))
                : fmt::format("convert the file: numpy.save('{}', array.astype('{}'))", path, describe(wanted));
    }
    throw input_error(fmt::format("argument '{}' of kernel {} takes {} ({}), but '{}' holds {}: {}; {}", parameter.name,
                                  kernel.name, describe(wanted), describe_parameter(parameter), path,
                                  describe(array.type), *reason, fix));
  }
  const LayoutCopy conversion(array.type, wanted);
  if (!conversion.is_identity()) {
    const std::uint64_t count = array.count();
    std::uint64_t size = 0;
    if (__builtin_mul_overflow(count, wanted.size_bytes, &size)) size = ~std::uint64_t{0};
    Bytes bytes(size, fmt::format("converting '{}'", path));
    conversion.copy(array.bytes.data(), bytes.data(), count);
    array.bytes = std::move(bytes);
  }
  array.type = wanted;
  return array;
}

Array read_value(const dotcompute_kernel& kernel, const dotcompute_parameter& parameter, const std::string& text) {
  const ElementType wanted = element_type_of(*parameter.type);
  const bool is_scalar = wanted.kind == ElementType::Kind::scalar;
  if (!is_scalar || ends_with_extension(text, ".npy")) {
    if (!is_scalar && !ends_with_extension(text, ".npy")) {
      throw input_error(
          fmt::format("argument '{}' of kernel {} is a struct ({}): give a 0-dimensional .npy file, not '{}'",
                      parameter.name, kernel.name, parameter.type->name, text));
    }
    Array array = fit(read_array(text), kernel, parameter, text);
    if (!array.shape.empty()) {
      throw input_error(
          fmt::format("argument '{}' of kernel {} is one {}, but '{}' has shape {}; save a 0-dimensional array",
                      parameter.name, kernel.name, parameter.type->name, text, describe_shape(array.shape)));
    }
    return array;
  }
  Array array;
  array.type = wanted;
  try {
    const ScalarBytes value = wanted.is_half ? parse_half(text) : parse_scalar(text, wanted.scalar);
    array.bytes = Bytes(array.type.size_bytes, "a value");
    std::memcpy(array.bytes.data(), value.data(), array.type.size_bytes);
  } catch (const std::invalid_argument& error) {
    throw input_error(fmt::format("argument '{}' of kernel {}: {}", parameter.name, kernel.name, error.what()));
  }
  return array;
}

Array read_span(const dotcompute_kernel& kernel, const dotcompute_parameter& parameter, const std::string& text) {
  if (!ends_with_extension(text, ".npy") && !ends_with_extension(text, ".png") && text.find('/') == std::string::npos &&
      text.find('.') == std::string::npos) {
    throw input_error(fmt::format("argument '{}' of kernel {} is an array ({}): give a .npy or .png file, not '{}'",
                                  parameter.name, kernel.name, describe_parameter(parameter), text));
  }
  return fit(read_array(text), kernel, parameter, text);
}

Array allocate(const dotcompute_parameter& parameter, std::vector<std::uint64_t> shape, bool is_image) {
  Array array;
  array.type = element_type_of(*parameter.type);
  array.shape = std::move(shape);
  array.is_image = is_image;
  std::uint64_t size = 0;
  if (!multiply(array.shape, size) || __builtin_mul_overflow(size, array.type.size_bytes, &size))
    size = ~std::uint64_t{0};
  array.bytes = Bytes(size, fmt::format("output '{}' of shape {}", parameter.name, describe_shape(array.shape)));
  array.bytes.touch();
  return array;
}

/// Sizes of --shape as an array's shape. A picture is WxHxC; any other array lists x, the fastest axis, first.
std::vector<std::uint64_t> shape_of_sizes(const std::vector<std::uint64_t>& sizes, bool is_picture) {
  if (is_picture && sizes.size() == 3) return {sizes[1], sizes[0], sizes[2]};
  return {sizes.rbegin(), sizes.rend()};
}

/// Gives the parameter the shape of its --shape: a new array, or the one read seen in another shape.
void apply_shape(const dotcompute_kernel& kernel, const dotcompute_parameter& parameter, const std::string& text,
                 BoundParameter& bound, bool is_given) {
  if (!is_span(parameter)) {
    throw input_error(fmt::format("--shape {}=...: parameter '{}' of kernel {} is a single value and has no shape",
                                  parameter.name, parameter.name, kernel.name));
  }
  ShapeText shape;
  try {
    shape = parse_shape(text);
  } catch (const std::invalid_argument& error) {
    throw usage_error(fmt::format("--shape {}=...: {}", parameter.name, error.what()));
  }
  const std::string type = describe(element_type_of(*parameter.type));
  if (!shape.type.empty() && shape.type != type && shape.type != parameter.type->name) {
    throw input_error(fmt::format("--shape {}={}: parameter '{}' of kernel {} has elements of {}, not {}",
                                  parameter.name, text, parameter.name, kernel.name, type, shape.type));
  }
  const bool is_picture =
      bound.array.is_image || (bound.output_path && ends_with_extension(*bound.output_path, ".png"));
  std::vector<std::uint64_t> lengths = shape_of_sizes(shape.sizes, is_picture);
  const bool is_image = is_picture && lengths.size() == 3;
  if (!is_given) {
    bound.array = allocate(parameter, std::move(lengths), is_image);
    return;
  }
  std::uint64_t count = 0;
  if (!multiply(lengths, count) || count != bound.array.count()) {
    throw input_error(fmt::format("--shape {}={}: the sizes do not agree: the file given for '{}' has shape {}",
                                  parameter.name, text, parameter.name, describe_shape(bound.array.shape)));
  }
  bound.array.shape = std::move(lengths);
  bound.array.is_image = is_image;
}

std::vector<std::uint64_t> shape_of_grid(const Extent& grid, std::uint32_t kernel_dimensions) {
  const int dimensions = std::max(grid.dimensions(), static_cast<int>(kernel_dimensions));
  if (dimensions == 1) return {grid.x};
  if (dimensions == 2) return {grid.y, grid.x};
  return {grid.z, grid.y, grid.x};
}

void check_picture(const BoundParameter& parameter) {
  if (!parameter.output_path || !ends_with_extension(*parameter.output_path, ".png")) return;
  if (const auto reason = png_refusal(parameter.array.type, parameter.array.shape)) {
    throw input_error(fmt::format("--out {}={}: {}", parameter.name, *parameter.output_path, *reason));
  }
}

}  // namespace

BoundLaunch bind(const dotcompute_kernel& kernel, const RunOptions& options) {
  check_names(kernel, "--arg", options.arguments);
  check_names(kernel, "--out", options.outputs);
  check_names(kernel, "--shape", options.shapes);
  check_complete(kernel, options);
  check_outputs(kernel, options);

  BoundLaunch launch;
  std::vector<std::size_t> sized_by_grid;
  for (const dotcompute_parameter& parameter : parameters_of(kernel)) {
    BoundParameter bound;
    bound.name = parameter.name;
    bound.is_span = is_span(parameter);
    bound.is_written = parameter.written != 0;
    if (const NamedText* output = find_named(options.outputs, bound.name)) bound.output_path = output->text;
    const NamedText* const given = find_named(options.arguments, bound.name);
    const NamedText* const shape = find_named(options.shapes, bound.name);
    if (given != nullptr) {
      bound.array =
          bound.is_span ? read_span(kernel, parameter, given->text) : read_value(kernel, parameter, given->text);
    }
    if (shape != nullptr) apply_shape(kernel, parameter, shape->text, bound, given != nullptr);
    if (given == nullptr && shape == nullptr) sized_by_grid.push_back(launch.parameters.size());
    launch.parameters.push_back(std::move(bound));
  }

  std::vector<SizedArray> arrays;
  for (std::size_t i = 0; i < launch.parameters.size(); ++i) {
    const BoundParameter& parameter = launch.parameters[i];
    const bool is_sized = std::find(sized_by_grid.begin(), sized_by_grid.end(), i) == sized_by_grid.end();
    if (parameter.is_span && is_sized) {
      arrays.push_back({parameter.name, parameter.array.count(), parameter.array.grid_shape()});
    }
  }
  launch.grid = options.over ? *options.over : grid_of(kernel, arrays);
  for (const std::size_t i : sized_by_grid) {
    launch.parameters[i].array = allocate(kernel.parameters[i], shape_of_grid(launch.grid, kernel.dimensions), false);
  }
  for (const BoundParameter& parameter : launch.parameters) check_picture(parameter);
  return launch;
}

void write_output(const Array& array, const std::string& path) {
  OutputFile file(path);
  if (ends_with_extension(path, ".png")) {
    write_png(file, array);
  } else {
    clear_padding(array.type, array.bytes.data(), array.count());
    write_npy(file, array);
  }
  file.commit();
}

std::string describe_parameter(const dotcompute_parameter& parameter) {
  if (!is_span(parameter)) return parameter.type->name;
  return fmt::format("std::span<{}{}>", parameter.written != 0 ? "" : "const ", parameter.type->name);
}

}  // namespace dotcompute::tool
