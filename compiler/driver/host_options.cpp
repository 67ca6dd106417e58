#include "driver/host_options.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

namespace kernelc {

namespace {

constexpr int oldest_gnu = 11;
constexpr int newest_gnu = 14;
constexpr int oldest_clang = 16;
constexpr int newest_clang = 19;

// Their value is the next argument.
constexpr auto forwarded_pairs = std::to_array<std::string_view>(
    {"-I", "-D", "-U", "-isystem", "-iquote", "-idirafter", "-include", "-imacros", "-isysroot"});

// So is theirs, and it concerns the dependencies of the host's own compilation.
constexpr auto ignored_pairs = std::to_array<std::string_view>({"-MF", "-MT", "-MQ"});

// They change what the source means, and Clang means the same by them.
constexpr auto forwarded_prefixes =
    std::to_array<std::string_view>({"-std=", "-I", "-D", "-U", "-isystem", "-iquote", "-include",
                                     "-stdlib=", "--sysroot=", "-ftemplate-depth=", "-fconstexpr-depth=", "-Wp,",
                                     "-fconstexpr-steps=", "-fconstexpr-loop-limit="});
constexpr auto forwarded_flags = std::to_array<std::string_view>(
    {"-fsigned-char", "-funsigned-char", "-fexceptions", "-fno-exceptions", "-frtti", "-fno-rtti", "-fshort-enums",
     "-fno-short-enums", "-fchar8_t", "-fno-char8_t", "-nostdinc", "-nostdinc++", "-fsized-deallocation",
     "-faligned-new", "-pthread", "-m64"});

// They decide how the user's object is optimised, instrumented, warned about and linked; kernelc decides these itself.
constexpr auto ignored_prefixes = std::to_array<std::string_view>({"-O",
                                                                   "-g",
                                                                   "-W",
                                                                   "-march=",
                                                                   "-mtune=",
                                                                   "-mcpu=",
                                                                   "-mavx",
                                                                   "-mno-avx",
                                                                   "-msse",
                                                                   "-mno-sse",
                                                                   "-mfma",
                                                                   "-mno-fma",
                                                                   "-mbmi",
                                                                   "-mf16c",
                                                                   "-mpopcnt",
                                                                   "-mprefer-vector-width",
                                                                   "-fvisibility",
                                                                   "-flto",
                                                                   "-fno-lto",
                                                                   "-ffat-lto",
                                                                   "-fno-fat-lto",
                                                                   "-fsanitize",
                                                                   "-fno-sanitize",
                                                                   "-fstack-",
                                                                   "-fno-stack-",
                                                                   "-fdiagnostics",
                                                                   "-fno-diagnostics",
                                                                   "-fcolor-",
                                                                   "-fno-color-",
                                                                   "-ftree",
                                                                   "-fno-tree",
                                                                   "-funroll",
                                                                   "-fno-unroll",
                                                                   "-fprofile",
                                                                   "-fno-profile",
                                                                   "-fcoverage",
                                                                   "-fopenmp",
                                                                   "-ffp-",
                                                                   "-fmax-errors",
                                                                   "-ferror-limit",
                                                                   "-fdebug-",
                                                                   "-ffile-prefix-map",
                                                                   "-fmacro-prefix-map",
                                                                   "-fcf-protection",
                                                                   "-fvect",
                                                                   "-fno-vect",
                                                                   "-fslp",
                                                                   "-fno-slp",
                                                                   "-fdata-",
                                                                   "-ffunction-",
                                                                   "-fno-data-",
                                                                   "-fno-function-",
                                                                   "-fuse-ld",
                                                                   "-M",
                                                                   "-pedantic",
                                                                   "-falign-",
                                                                   "-fno-align-",
                                                                   "-fmodules-ts",
                                                                   "-fipa",
                                                                   "-fno-ipa",
                                                                   "-finline",
                                                                   "-fno-inline"});
constexpr auto ignored_flags = std::to_array<std::string_view>({"-w",
                                                                "-c",
                                                                "-pipe",
                                                                "-fpic",
                                                                "-fPIC",
                                                                "-fno-pic",
                                                                "-fno-PIC",
                                                                "-fpie",
                                                                "-fPIE",
                                                                "-fno-pie",
                                                                "-fno-PIE",
                                                                "-pie",
                                                                "-no-pie",
                                                                "-ffast-math",
                                                                "-fno-fast-math",
                                                                "-funsafe-math-optimizations",
                                                                "-fno-math-errno",
                                                                "-fmath-errno",
                                                                "-fno-trapping-math",
                                                                "-ftrapping-math",
                                                                "-ffinite-math-only",
                                                                "-fassociative-math",
                                                                "-freciprocal-math",
                                                                "-fno-signed-zeros",
                                                                "-frounding-math",
                                                                "-fwrapv",
                                                                "-fno-wrapv",
                                                                "-ftrapv",
                                                                "-fno-strict-aliasing",
                                                                "-fstrict-aliasing",
                                                                "-fomit-frame-pointer",
                                                                "-fno-omit-frame-pointer",
                                                                "-fno-semantic-interposition",
                                                                "-fsemantic-interposition",
                                                                "-fno-plt",
                                                                "-fplt",
                                                                "-fasynchronous-unwind-tables",
                                                                "-fno-asynchronous-unwind-tables",
                                                                "-funwind-tables",
                                                                "-fcommon",
                                                                "-fno-common",
                                                                "-fcoroutines",
                                                                "-fconcepts",
                                                                "-fno-delete-null-pointer-checks",
                                                                "-fno-builtin",
                                                                "-fno-lifetime-dse",
                                                                "-Winvalid-pch",
                                                                "-fpch-preprocess"});

template <class Table>
bool starts_with_one_of(const Table& table, std::string_view text) {
  return std::any_of(table.begin(), table.end(), [&](std::string_view prefix) { return text.starts_with(prefix); });
}

template <class Table>
bool is_one_of(const Table& table, std::string_view text) {
  return std::find(table.begin(), table.end(), text) != table.end();
}

bool is_cpp20(std::string_view standard) {
  return is_one_of(std::to_array<std::string_view>({"c++20", "gnu++20", "c++2a", "gnu++2a", "c++23", "gnu++23", "c++2b",
                                                    "gnu++2b", "c++26", "gnu++26", "c++2c", "gnu++2c"}),
                   standard);
}

/// Clang's option for the host's way of mangling and passing; the error if the host is none we know.
std::optional<std::string> match_compiler(const std::string& host, std::vector<std::string>& forwarded) {
  if (host.empty()) return std::nullopt;
  const std::size_t dash = host.find('-');
  const std::string id = host.substr(0, dash);
  int major = 0;
  if (dash != std::string::npos) std::from_chars(host.data() + dash + 1, host.data() + host.size(), major);
  const auto refuse = [&](const std::string& range) {
    return "the host compiler '" + host + "' is not one that kernelc can match: use " + range;
  };
  if (id == "GNU") {
    if (major < oldest_gnu || major > newest_gnu) {
      return refuse("g++ " + std::to_string(oldest_gnu) + " to " + std::to_string(newest_gnu));
    }
    // Constrained templates are mangled differently since Clang 18; g++ does so since 14.
    if (major < 14) forwarded.emplace_back("-fclang-abi-compat=17");
    return std::nullopt;
  }
  if (id == "Clang") {
    if (major < oldest_clang || major > newest_clang) {
      return refuse("clang++ " + std::to_string(oldest_clang) + " to " + std::to_string(newest_clang));
    }
    if (major < newest_clang) forwarded.push_back("-fclang-abi-compat=" + std::to_string(major));
    return std::nullopt;
  }
  return refuse("g++ " + std::to_string(oldest_gnu) + " to " + std::to_string(newest_gnu) + " or clang++ " +
                std::to_string(oldest_clang) + " to " + std::to_string(newest_clang));
}

}  // namespace

bool takes_value(const std::string& option) {
  return is_one_of(forwarded_pairs, option) || is_one_of(ignored_pairs, option);
}

HostOptions match_host(const std::string& host, const std::vector<std::string>& options) {
  HostOptions result;
  result.error = match_compiler(host, result.forwarded);
  if (result.error) return result;
  bool has_standard = false;
  for (std::size_t i = 0; i < options.size(); ++i) {
    const std::string& option = options[i];
    if (option.empty()) continue;
    if (option.starts_with("-std=")) {
      has_standard = true;
      if (!is_cpp20(std::string_view(option).substr(5))) {
        result.error = "'" + option + "' is older than kernels need: compile the file as C++20 or newer";
        return result;
      }
    }
    if (takes_value(option)) {
      if (i + 1 == options.size()) {
        result.error = "'" + option + "' is the last option and has no value";
        return result;
      }
      ++i;
      if (is_one_of(ignored_pairs, option)) continue;
      result.forwarded.push_back(option);
      result.forwarded.push_back(options[i]);
    } else if (is_one_of(forwarded_flags, option) || starts_with_one_of(forwarded_prefixes, option)) {
      result.forwarded.push_back(option);
    } else if (!is_one_of(ignored_flags, option) && !starts_with_one_of(ignored_prefixes, option)) {
      result.error = "the host compiler's option '" + option +
                     "' is not one that kernelc can match: remove it for the files that hold kernels";
      return result;
    }
  }
  if (!has_standard) result.forwarded.insert(result.forwarded.begin(), "-std=c++20");
  return result;
}

}  // namespace kernelc
