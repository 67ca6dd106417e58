#include "program.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include "error_name.hpp"

namespace dotcompute::opencl {

namespace {

/// What an image begins with, so that a driver is never given bytes of somebody else. A checksum of the driver's binary
/// follows, then the binary: drivers crash on damaged ones.
constexpr std::string_view image_mark = "dotcompute opencl 2\n";
constexpr std::size_t header_bytes = image_mark.size() + sizeof(std::uint64_t);

/// FNV-1a, 64 bits (Fowler, Noll, Vo): against damage, not against malice.
std::uint64_t checksum_of(std::span<const std::byte> bytes) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const std::byte byte : bytes) hash = (hash ^ std::to_integer<std::uint64_t>(byte)) * 0x100000001b3;
  return hash;
}

/// The binary of a whole image; empty if it is none or damaged.
std::span<const std::byte> binary_of(std::span<const std::byte> image) {
  if (image.size() <= header_bytes || std::memcmp(image.data(), image_mark.data(), image_mark.size()) != 0) return {};
  std::uint64_t checksum = 0;
  std::memcpy(&checksum, image.data() + image_mark.size(), sizeof checksum);
  const std::span<const std::byte> binary = image.subspan(header_bytes);
  return checksum == checksum_of(binary) ? binary : std::span<const std::byte>();
}

ErrorContext context_of(const Device& device, const KernelDefinition& kernel) {
  ErrorContext context;
  context.kernel = kernel.name();
  context.device = device.info().id;
  context.source = fmt::format("{}:{}", kernel.source_file(), kernel.source_line());
  return context;
}

std::string build_log(Device& device, cl_program program) {
  const Library& library = device.api();
  std::size_t size = 0;
  if (library.clGetProgramBuildInfo(program, device.id(), CL_PROGRAM_BUILD_LOG, 0, nullptr, &size) != CL_SUCCESS ||
      size == 0) {
    return {};
  }
  std::string log(size, '\0');
  if (library.clGetProgramBuildInfo(program, device.id(), CL_PROGRAM_BUILD_LOG, size, log.data(), nullptr) !=
      CL_SUCCESS) {
    return {};
  }
  log.resize(std::min(log.find('\0'), log.size()));
  return log;
}

/// The line of a log that says what is wrong: the first with the word "error", else the first with any.
std::string_view telling_line(std::string_view log) {
  std::string_view first;
  while (!log.empty()) {
    const std::string_view line = log.substr(0, log.find('\n'));
    if (line.find("error") != std::string_view::npos) return line;
    if (first.empty()) first = line;
    log.remove_prefix(std::min(line.size() + 1, log.size()));
  }
  return first.empty() ? "it gave no reason" : first;
}

const char* remedy_for(bool raw) {
  return raw ? "correct the source"
             : "run it on another device, and report it: the text is kernelc's translation, and should compile";
}

[[noreturn]] void throw_rejected(Device& device, const KernelDefinition& kernel, std::string log) {
  const bool raw = is_raw(kernel);
  ErrorContext context = context_of(device, kernel);
  const std::string message =
      fmt::format("the vendor's compiler of {} rejected kernel '{}' ({}): {}; {}", device.label(), kernel.name(),
                  context.source, telling_line(log), remedy_for(raw));
  context.cause = std::move(log);
  throw CompilationError(raw ? Remedy::fix_input : Remedy::fall_back, message, std::move(context));
}

/// The names of the program's kernels, separated by semicolons.
std::string kernel_names(Device& device, const KernelDefinition& kernel, cl_program program) {
  const Library& library = device.api();
  std::size_t size = 0;
  device.require(library.clGetProgramInfo(program, CL_PROGRAM_KERNEL_NAMES, 0, nullptr, &size), "clGetProgramInfo",
                 "listing the kernels of a program", kernel.name());
  std::string names(size, '\0');
  device.require(library.clGetProgramInfo(program, CL_PROGRAM_KERNEL_NAMES, size, names.data(), nullptr),
                 "clGetProgramInfo", "listing the kernels of a program", kernel.name());
  names.resize(std::min(names.find('\0'), names.size()));
  return names;
}

void require_entry(Device& device, const KernelDefinition& kernel, cl_program program) {
  const std::string_view entry = opencl_source(kernel).entry;
  const std::string names = kernel_names(device, kernel, program);
  std::string listed;
  for (std::string_view rest = names; !rest.empty();) {
    const std::string_view name = rest.substr(0, rest.find(';'));
    if (name == entry) return;
    listed += fmt::format("{}'{}'", listed.empty() ? "" : ", ", name);
    rest.remove_prefix(std::min(name.size() + 1, rest.size()));
  }
  ErrorContext context = context_of(device, kernel);
  const std::string message = fmt::format(
      "the OpenCL C source of kernel '{}' ({}) has no kernel function '{}' for {}; it has {}; name one of its __kernel "
      "functions as the entry",
      kernel.name(), context.source, entry, device.label(), listed.empty() ? "none" : listed);
  throw CompilationError(is_raw(kernel) ? Remedy::fix_input : Remedy::report_bug, message, std::move(context));
}

std::string options_for(const Device& device, const KernelDefinition& kernel, IndexWidth width) {
  const bool is_fast = (opencl_source(kernel).features & DOTCOMPUTE_FEATURE_FAST_MATH) != 0;
  std::string options = build_options(device.traits(), is_fast ? Arithmetic::fast : Arithmetic::strict);
  // A source that the user wrote may be in any version of the language that the driver takes by default.
  if (!is_raw(kernel))
    options += fmt::format(" -cl-std=CL1.2 -DDOTCOMPUTE_NARROW={}", width == IndexWidth::narrow ? 1 : 0);
  return options;
}

[[noreturn]] void throw_not_an_image(const Device& device, const KernelDefinition& kernel, std::size_t size_bytes,
                                     std::string_view reason) {
  throw DeviceError(
      Remedy::fix_input,
      fmt::format("the image of kernel '{}' ({} bytes) is none that {} can load: {}; build the kernel for "
                  "this device again",
                  kernel.name(), size_bytes, device.label(), reason),
      context_of(device, kernel));
}

/// Whether a code speaks of the image, not of the device.
bool blames_image(cl_int code) {
  return code == CL_INVALID_BINARY || code == CL_INVALID_VALUE || code == CL_INVALID_PROGRAM ||
         code == CL_BUILD_PROGRAM_FAILURE || code == CL_LINK_PROGRAM_FAILURE || code == CL_INVALID_BUILD_OPTIONS;
}

}  // namespace

const dotcompute_source& opencl_source(const KernelDefinition& kernel) {
  return *kernel.source(DOTCOMPUTE_LANGUAGE_OPENCL_C);
}

bool is_raw(const KernelDefinition& kernel) { return (opencl_source(kernel).features & DOTCOMPUTE_FEATURE_RAW) != 0; }

Handle<cl_program> build_program(Device& device, const KernelDefinition& kernel, IndexWidth width) {
  const Library& library = device.api();
  const char* text = opencl_source(kernel).text;
  const std::string doing = fmt::format("building kernel '{}'", kernel.name());
  cl_int code = CL_SUCCESS;
  Handle program(library.clCreateProgramWithSource(device.context(), 1, &text, nullptr, &code),
                 library.clReleaseProgram);
  device.require(code, "clCreateProgramWithSource", doing, kernel.name());

  const std::string options = options_for(device, kernel, width);
  const cl_device_id id = device.id();
  code = library.clBuildProgram(program.get(), 1, &id, options.c_str(), nullptr, nullptr);
  if (code == CL_BUILD_PROGRAM_FAILURE) throw_rejected(device, kernel, build_log(device, program.get()));
  device.require(code, "clBuildProgram", doing, kernel.name());
  require_entry(device, kernel, program.get());
  return program;
}

std::vector<std::byte> image_of(Device& device, const KernelDefinition& kernel, cl_program program) {
  const Library& library = device.api();
  const std::string doing = fmt::format("reading the binary of kernel '{}'", kernel.name());
  const auto ask = [&](cl_program_info what, std::size_t room_bytes, void* to, std::size_t* needed_bytes) {
    device.require(library.clGetProgramInfo(program, what, room_bytes, to, needed_bytes), "clGetProgramInfo", doing,
                   kernel.name());
  };
  // The program was built for this one of the context's devices, and so has one binary: at the device's place in the
  // list that OpenCL describes, or alone in one that leaves out the others.
  std::size_t listed_bytes = 0;
  ask(CL_PROGRAM_BINARY_SIZES, 0, nullptr, &listed_bytes);
  std::vector<std::size_t> sizes(listed_bytes / sizeof(std::size_t));
  ask(CL_PROGRAM_BINARY_SIZES, listed_bytes, sizes.data(), nullptr);
  const auto own =
      static_cast<std::size_t>(std::ranges::find_if(sizes, [](std::size_t each) { return each != 0; }) - sizes.begin());
  const std::size_t size = own == sizes.size() ? 0 : sizes[own];
  if (size == 0) {
    throw DeviceError(Remedy::fall_back,
                      fmt::format("{} gives no binary of kernel '{}'; install a newer driver, or run on another device",
                                  device.label(), kernel.name()),
                      context_of(device, kernel));
  }
  std::vector<std::byte> image(header_bytes + size);
  // The driver passes over those without a place for theirs.
  std::vector<unsigned char*> binaries(sizes.size());
  binaries[own] = reinterpret_cast<unsigned char*>(image.data() + header_bytes);
  ask(CL_PROGRAM_BINARIES, binaries.size() * sizeof binaries[0], binaries.data(), nullptr);
  const std::uint64_t checksum = checksum_of(std::span(image).subspan(header_bytes));
  std::memcpy(image.data(), image_mark.data(), image_mark.size());
  std::memcpy(image.data() + image_mark.size(), &checksum, sizeof checksum);
  return image;
}

Handle<cl_program> load_program(Device& device, const KernelDefinition& kernel, std::span<const std::byte> image) {
  const std::span<const std::byte> checked = binary_of(image);
  if (checked.empty()) {
    throw_not_an_image(device, kernel, image.size(),
                       "it is not one that this version's opencl backend built, or it is damaged");
  }
  const Library& library = device.api();
  const std::string doing = fmt::format("loading kernel '{}'", kernel.name());
  const cl_device_id id = device.id();
  const std::size_t size = checked.size();
  const unsigned char* binary = reinterpret_cast<const unsigned char*>(checked.data());

  cl_int code = CL_SUCCESS;
  const char* call = "clCreateProgramWithBinary";
  Handle program(library.clCreateProgramWithBinary(device.context(), 1, &id, &size, &binary, nullptr, &code),
                 library.clReleaseProgram);
  if (code == CL_SUCCESS) {
    call = "clBuildProgram";
    code = library.clBuildProgram(program.get(), 1, &id, "", nullptr, nullptr);
  }
  if (blames_image(code)) {
    throw_not_an_image(device, kernel, image.size(), fmt::format("{} gave {}", call, error_name(code)));
  }
  device.require(code, call, doing, kernel.name());
  return program;
}

}  // namespace dotcompute::opencl
