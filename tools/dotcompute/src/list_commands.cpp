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

Json to_json(const ProcessorTopology& topology) {
  Json json = {{"processors", topology.processors}};
  if (!topology.unknown.empty()) {
    json["unknown"] = topology.unknown;
    return json;
  }
  json["cores"] = topology.cores;
  json["nodes"] = topology.nodes;
  json["outermost_caches"] = topology.caches;
  if (topology.l2_bytes != 0) json["l2_bytes"] = topology.l2_bytes;
  if (topology.l3_bytes != 0) json["l3_bytes"] = topology.l3_bytes;
  return json;
}

std::string counted(std::size_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

/// "16 processors of 8 cores, 2 nodes of memory, 4 outermost caches; L2 512 KiB, L3 32 MiB".
std::string describe(const ProcessorTopology& topology) {
  std::string text = counted(topology.processors, "processor");
  if (!topology.unknown.empty()) return fmt::format("{}; nodes and caches are not known: {}", text, topology.unknown);
  text += fmt::format(" of {}, {} of memory, {}", counted(topology.cores, "core"), counted(topology.nodes, "node"),
                      counted(topology.caches, "outermost cache"));
  std::vector<std::string> sizes;
  if (topology.l2_bytes != 0) sizes.push_back(fmt::format("L2 {} KiB", topology.l2_bytes >> 10));
  if (topology.l3_bytes != 0) sizes.push_back(fmt::format("L3 {} MiB", topology.l3_bytes >> 20));
  return sizes.empty() ? text : fmt::format("{}; {}", text, fmt::join(sizes, ", "));
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
        if (const auto topology = session.accelerator(device.info.id).topology()) json["topology"] = to_json(*topology);
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
    if (!device.available) continue;
    if (const auto topology = session.accelerator(device.info.id).topology()) {
      table.add({"", "", describe(*topology)});
    }
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
