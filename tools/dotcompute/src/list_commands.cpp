#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "bind.hpp"
#include "commands.hpp"
#include "isa.hpp"
#include "session.hpp"
#include "table.hpp"

namespace dotcompute::tool {

namespace {

using Json = nlohmann::ordered_json;

std::string describe_access(const dotcompute_parameter& parameter) {
  if (parameter.kind != DOTCOMPUTE_PARAMETER_SPAN) return "value";
  return parameter.written != 0 ? "read and written" : "read";
}

Json to_json(const KernelDefinition& kernel, const Session& session) {
  Json parameters = Json::array();
  for (const dotcompute_parameter& parameter : kernel.parameters()) {
    parameters.push_back({{"name", parameter.name},
                          {"type", describe_parameter(parameter)},
                          {"element", describe(element_type_of(*parameter.type))},
                          {"access", describe_access(parameter)}});
  }
  Json devices = Json::array();
  for (const AcceleratorInfo& device : session.devices()) {
    const auto refusal = session.refusal(device.id, kernel);
    devices.push_back({{"device", device.id}, {"runs", !refusal}, {"reason", refusal ? Json(*refusal) : Json()}});
  }
  Json isas = Json::array();
  for (const dotcompute_cpu_code& code : kernel.cpu_code()) isas.push_back(isa_name(code.isa));
  return {{"name", kernel.name()},
          {"source", kernel.source_file()},
          {"line", kernel.source_line()},
          {"dimensions", kernel.dimensions()},
          {"fast_math", kernel.is_fast()},
          {"checked", kernel.is_checked()},
          {"parameters", parameters},
          {"devices", devices},
          {"cpu_isas", isas}};
}

void print(const KernelDefinition& kernel, const Session& session) {
  fmt::print("{}  ({}:{}, {}-D{})\n", kernel.name(), kernel.source_file(), kernel.source_line(), kernel.dimensions(),
             fmt::format("{}{}", kernel.is_fast() ? ", fast math" : "", kernel.is_checked() ? ", checked" : ""));
  Table table({});
  for (const dotcompute_parameter& parameter : kernel.parameters()) {
    table.add({"  ", parameter.name, describe_parameter(parameter), describe_access(parameter)});
  }
  for (const AcceleratorInfo& device : session.devices()) {
    std::string where = "can run it";
    if (const auto refusal = session.refusal(device.id, kernel)) where = "cannot run it: " + *refusal;
    if (device.backend == "cpu") {
      std::vector<std::string_view> isas;
      for (const dotcompute_cpu_code& code : kernel.cpu_code()) isas.push_back(isa_name(code.isa));
      where += fmt::format(" (code for {})", fmt::join(isas, ", "));
    }
    table.add({"  ", "on " + device.id, where});
  }
  fmt::print("{}", table.text());
}

}  // namespace

ExitStatus list_devices(const CommonOptions& common) {
  const Session session("");
  const std::vector<AcceleratorStatus> devices = session.all_devices();
  if (common.json) {
    Json list = Json::array();
    for (const AcceleratorStatus& device : devices) {
      Json json = {{"device", device.info.id}, {"available", device.available}};
      if (device.available) {
        json["backend"] = device.info.backend;
        json["name"] = device.info.name;
        json["concurrency"] = device.info.concurrency;
        json["default"] = device.info.id == session.default_device();
      } else {
        json["reason"] = device.reason;
      }
      list.push_back(std::move(json));
    }
    fmt::print("{}\n", list.dump(2));
    return ExitStatus::ok;
  }
  Table table({"device", "concurrency", "name"});
  for (const AcceleratorStatus& device : devices) {
    table.add({device.info.id, device.available ? fmt::format("{}", device.info.concurrency) : "-",
               device.available ? device.info.name : "unavailable: " + device.reason});
  }
  fmt::print("{}", table.text());
  return ExitStatus::ok;
}

ExitStatus list_kernels(const SourceOptions& source, const CommonOptions& common, Progress& progress) {
  progress.begin(fmt::format("compiling {}", source.file));
  Session session(source.kernelc);
  const std::vector<KernelDefinition> kernels = session.compile(source);
  progress.end();
  if (common.json) {
    Json list = Json::array();
    for (const KernelDefinition& kernel : kernels) list.push_back(to_json(kernel, session));
    fmt::print("{}\n", list.dump(2));
    return ExitStatus::ok;
  }
  for (const KernelDefinition& kernel : kernels) print(kernel, session);
  return ExitStatus::ok;
}

}  // namespace dotcompute::tool
