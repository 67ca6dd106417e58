#include "error_class.hpp"

namespace dotcompute::cuda {

ErrorClass classify(Result result) noexcept {
  switch (result) {
    case Result::success:
    case Result::not_ready: return ErrorClass::none;

    case Result::out_of_memory: return ErrorClass::memory;

    case Result::launch_out_of_resources:
    case Result::mps_max_clients_reached:
    case Result::mps_max_connections_reached: return ErrorClass::resources;

    case Result::invalid_image:
    case Result::no_binary_for_gpu:
    case Result::invalid_ptx:
    case Result::jit_compiler_not_found:
    case Result::unsupported_ptx_version:
    case Result::jit_compilation_disabled:
    case Result::invalid_source:
    case Result::shared_object_symbol_not_found:
    case Result::shared_object_init_failed: return ErrorClass::code;

    case Result::operating_system:
    case Result::system_not_ready:
    case Result::mps_server_not_ready:
    case Result::timeout: return ErrorClass::transient;

    // The driver's documentation says of each: "the context cannot be used" or "the process must be terminated".
    case Result::ecc_uncorrectable:
    case Result::nvlink_uncorrectable:
    case Result::contained:
    case Result::illegal_address:
    case Result::launch_timeout:
    case Result::context_is_destroyed:
    case Result::assertion:
    case Result::hardware_stack_error:
    case Result::illegal_instruction:
    case Result::misaligned_address:
    case Result::invalid_address_space:
    case Result::invalid_pc:
    case Result::launch_failed:
    case Result::tensor_memory_leak:
    case Result::external_device:
    case Result::mps_client_terminated:
    case Result::mps_connection_failed:
    case Result::mps_rpc_failure:
    // The device has gone, or the driver with it: unloaded at exit, or left behind in the parent of a fork().
    // Our context is valid until somebody resets the device.
    case Result::invalid_context:
    case Result::device_unavailable:
    case Result::no_device:
    case Result::not_initialized:
    case Result::deinitialized:
    case Result::system_driver_mismatch:
    // What the driver gives after faults that it has no word for.
    case Result::unknown: return ErrorClass::lost;

    default: return ErrorClass::request;
  }
}

}  // namespace dotcompute::cuda
