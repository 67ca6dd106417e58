#include <dotcompute/kernel/protocol.hpp>

#include <algorithm>
#include <initializer_list>
#include <stdexcept>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace dotcompute::protocol {

namespace {

constexpr std::string_view magic = "dckernel";
constexpr std::size_t count_size_bytes = 4;
constexpr std::size_t smallest_field_bytes = 12;  // Its two sizes.

template <class Number>
void append_number(std::vector<char>& bytes, Number number) {
  for (std::size_t i = 0; i < sizeof(Number); ++i) bytes.push_back(static_cast<char>((number >> (8 * i)) & 0xff));
}

/// `bytes` holds at least sizeof(Number).
template <class Number>
Number number_at_front(std::span<const char> bytes) {
  Number number = 0;
  for (std::size_t i = 0; i < sizeof(Number); ++i) {
    number |= static_cast<Number>(static_cast<unsigned char>(bytes[i])) << (8 * i);
  }
  return number;
}

/// Writes the fields of one payload.
class FieldWriter {
 public:
  void add(std::string_view name, std::span<const char> value) {
    if (value.size() > max_payload_bytes - bytes_.size()) {
      throw std::length_error(fmt::format("a message to or from kernelc holds more than {} bytes", max_payload_bytes));
    }
    append_number(bytes_, static_cast<std::uint32_t>(name.size()));
    bytes_.insert(bytes_.end(), name.begin(), name.end());
    append_number(bytes_, static_cast<std::uint64_t>(value.size()));
    bytes_.insert(bytes_.end(), value.begin(), value.end());
    ++count_;
  }
  void add_unless_empty(std::string_view name, std::span<const char> value) {
    if (!value.empty()) add(name, value);
  }
  void add_each(std::string_view name, const std::vector<std::string>& values) {
    for (const std::string& value : values) add(name, value);
  }

  [[nodiscard]] std::vector<char> frame(MessageType type, std::uint32_t as_version) const {
    const std::uint64_t size = count_size_bytes + bytes_.size();
    if (size > max_payload_bytes) {
      throw std::length_error(fmt::format("a message to or from kernelc holds more than {} bytes", max_payload_bytes));
    }
    std::vector<char> frame(magic.begin(), magic.end());
    frame.reserve(header_size_bytes + size);
    append_number(frame, as_version);
    append_number(frame, static_cast<std::uint32_t>(type));
    append_number(frame, size);
    append_number(frame, count_);
    frame.insert(frame.end(), bytes_.begin(), bytes_.end());
    return frame;
  }

 private:
  std::vector<char> bytes_;
  std::uint32_t count_ = 0;
};

/// A field of a payload, inside of it.
struct Field {
  std::string_view name;
  std::string_view value;
};

/// Takes the fields off a payload one by one, without keeping them.
class FieldReader {
 public:
  explicit FieldReader(std::span<const char> payload) : rest_(payload.data(), payload.size()) {
    if (payload.size() < count_size_bytes) {
      problem_ = fmt::format("a payload of {} bytes has no room for the number of its fields", payload.size());
      return;
    }
    count_ = number_at_front<std::uint32_t>(payload);
    rest_.remove_prefix(count_size_bytes);
    if (count_ > rest_.size() / smallest_field_bytes) {
      problem_ = fmt::format("{} fields cannot lie in {} bytes", count_, rest_.size());
    }
  }

  /// The next field; nothing at the end and where the payload is malformed.
  std::optional<Field> next() {
    if (!problem_.empty()) return std::nullopt;
    if (taken_ == count_) {
      if (!rest_.empty()) problem_ = fmt::format("{} bytes follow the last field", rest_.size());
      return std::nullopt;
    }
    Field field;
    if (!take<std::uint32_t>("name", field.name) || !take<std::uint64_t>("value", field.value)) return std::nullopt;
    ++taken_;
    return field;
  }

  [[nodiscard]] const std::string& problem() const noexcept { return problem_; }

 private:
  template <class Size>
  bool take(std::string_view what, std::string_view& text) {
    if (rest_.size() < sizeof(Size)) {
      problem_ = fmt::format("the payload ends inside the size of the {} of field {}", what, taken_ + 1);
      return false;
    }
    const Size size = number_at_front<Size>(rest_);
    rest_.remove_prefix(sizeof(Size));
    if (size > rest_.size()) {
      problem_ =
          fmt::format("the {} of field {} claims {} bytes where {} are left", what, taken_ + 1, size, rest_.size());
      return false;
    }
    text = rest_.substr(0, static_cast<std::size_t>(size));
    rest_.remove_prefix(static_cast<std::size_t>(size));
    return true;
  }

  std::string_view rest_;
  std::uint32_t count_ = 0;
  std::uint32_t taken_ = 0;
  std::string problem_;
};

/// A field that a message holds at most once.
struct Single {
  std::string_view name;
  bool is_required;
  std::optional<std::string> value{};
};

/// The fields that a kind of message may hold.
struct Form {
  std::vector<Single> singles;
  std::string_view list_name{};  ///< Of the field that may occur any number of times; empty for none.
  std::vector<std::string> list{};
  bool ignores_unknown = false;

  std::string take(std::size_t index) { return std::move(singles[index].value).value_or(std::string()); }
};

/// Messages come from another process: what is shown of them is short and printable.
std::string shown(std::string_view text) {
  constexpr std::size_t longest = 32;
  std::string result;
  for (const char c : text.substr(0, longest)) result += c >= ' ' && c <= '~' ? c : '?';
  return text.size() > longest ? result + "..." : result;
}

/// Fills the form; the problem, or nothing.
std::string fill(Form& form, std::span<const char> payload) {
  FieldReader fields(payload);
  while (const std::optional<Field> field = fields.next()) {
    if (!form.list_name.empty() && field->name == form.list_name) {
      form.list.emplace_back(field->value);
      continue;
    }
    const auto single = std::find_if(form.singles.begin(), form.singles.end(),
                                     [&](const Single& candidate) { return candidate.name == field->name; });
    if (single == form.singles.end()) {
      if (form.ignores_unknown) continue;
      return fmt::format("the field '{}' is not known", shown(field->name));
    }
    if (single->value) return fmt::format("the field '{}' occurs twice", single->name);
    single->value.emplace(field->value);
  }
  if (!fields.problem().empty()) return fields.problem();
  for (const Single& single : form.singles) {
    if (single.is_required && !single.value) return fmt::format("the field '{}' is missing", single.name);
  }
  return {};
}

constexpr bool required = true;
constexpr bool optional = false;

Decoded<Message> problem_in(std::string_view what, const std::string& problem) {
  return {std::nullopt, fmt::format("{}: {}", what, problem)};
}

Decoded<Message> decode_hello(std::span<const char> payload) {
  Form form{{{"program", required}, {"version", required}}};
  form.ignores_unknown = true;
  if (const std::string problem = fill(form, payload); !problem.empty()) return problem_in("hello", problem);
  return {Hello{form.take(0), form.take(1)}, {}};
}

Decoded<Message> decode_request(std::span<const char> payload) {
  Form form{{{"file", required},
             {"text", optional},
             {"emit", required},
             {"directory", optional},
             {"host", optional},
             {"gcc_install_dir", optional}}};
  form.list_name = "option";
  if (const std::string problem = fill(form, payload); !problem.empty()) return problem_in("compile request", problem);
  CompileRequest request;
  request.file = form.take(0);
  request.text = std::move(form.singles[1].value);
  request.emit = form.take(2);
  request.directory = form.take(3);
  request.host = form.take(4);
  request.gcc_install_dir = form.take(5);
  request.options = std::move(form.list);
  return {std::move(request), {}};
}

Decoded<Message> decode_response(std::span<const char> payload) {
  Form form{{{"ok", required}, {"diagnostics", optional}, {"output", optional}}};
  form.list_name = "dependency";
  if (const std::string problem = fill(form, payload); !problem.empty()) return problem_in("compile response", problem);
  CompileResponse response;
  const std::string ok = form.take(0);
  if (ok != "0" && ok != "1") {
    return problem_in("compile response", fmt::format("the field 'ok' is '{}', neither 0 nor 1", shown(ok)));
  }
  response.ok = ok == "1";
  response.diagnostics = form.take(1);
  const std::string output = form.take(2);
  response.output.assign(output.begin(), output.end());
  response.dependencies = std::move(form.list);
  return {std::move(response), {}};
}

Decoded<Message> decode_failure(std::span<const char> payload) {
  Form form{{{"message", required}}};
  if (const std::string problem = fill(form, payload); !problem.empty()) return problem_in("failure", problem);
  return {Failure{form.take(0)}, {}};
}

struct Encoder {
  std::uint32_t as_version;

  std::vector<char> operator()(const Hello& hello) const {
    FieldWriter fields;
    fields.add("program", hello.program);
    fields.add("version", hello.version);
    return fields.frame(MessageType::hello, as_version);
  }
  std::vector<char> operator()(const CompileRequest& request) const {
    FieldWriter fields;
    fields.add("file", request.file);
    if (request.text) fields.add("text", *request.text);
    fields.add("emit", request.emit);
    fields.add_unless_empty("directory", request.directory);
    fields.add_unless_empty("host", request.host);
    fields.add_unless_empty("gcc_install_dir", request.gcc_install_dir);
    fields.add_each("option", request.options);
    return fields.frame(MessageType::compile_request, as_version);
  }
  std::vector<char> operator()(const CompileResponse& response) const {
    FieldWriter fields;
    fields.add("ok", std::string_view(response.ok ? "1" : "0"));
    fields.add_unless_empty("diagnostics", response.diagnostics);
    fields.add_unless_empty("output", response.output);
    fields.add_each("dependency", response.dependencies);
    return fields.frame(MessageType::compile_response, as_version);
  }
  std::vector<char> operator()(const Failure& failure) const {
    FieldWriter fields;
    fields.add("message", failure.message);
    return fields.frame(MessageType::failure, as_version);
  }
};

}  // namespace

std::vector<char> encode(const Message& message, std::uint32_t as_version) {
  return std::visit(Encoder{as_version}, message);
}

Decoded<Header> decode_header(std::span<const char> bytes) {
  if (bytes.size() < header_size_bytes) {
    return {std::nullopt, fmt::format("a header has {} bytes, not {}", header_size_bytes, bytes.size())};
  }
  const std::string_view start(bytes.data(), magic.size());
  if (start != magic) return {std::nullopt, fmt::format("a message starts with '{}', not '{}'", magic, shown(start))};
  Header header;
  header.version = number_at_front<std::uint32_t>(bytes.subspan(8));
  const auto type = number_at_front<std::uint32_t>(bytes.subspan(12));
  header.payload_size_bytes = number_at_front<std::uint64_t>(bytes.subspan(16));
  if (type < static_cast<std::uint32_t>(MessageType::hello) ||
      type > static_cast<std::uint32_t>(MessageType::failure)) {
    return {std::nullopt, fmt::format("a message is of type {}, which is not known", type)};
  }
  header.type = static_cast<MessageType>(type);
  if (header.payload_size_bytes > max_payload_bytes) {
    return {std::nullopt, fmt::format("a message claims {} bytes; at most {} are allowed", header.payload_size_bytes,
                                      max_payload_bytes)};
  }
  return {header, {}};
}

Decoded<Message> decode_payload(MessageType type, std::span<const char> payload) {
  switch (type) {
    case MessageType::hello: return decode_hello(payload);
    case MessageType::compile_request: return decode_request(payload);
    case MessageType::compile_response: return decode_response(payload);
    case MessageType::failure: return decode_failure(payload);
  }
  return {std::nullopt, "a message is of a type that is not known"};
}

}  // namespace dotcompute::protocol
