#pragma once

/// What a program that launches kernels includes: the Runtime and everything its calls take and give.

#include <dotcompute/base/error.hpp>
#include <dotcompute/base/extent.hpp>
#include <dotcompute/base/scalar_type.hpp>
#include <dotcompute/base/task.hpp>
#include <dotcompute/memory/unified_buffer.hpp>
#include <dotcompute/runtime.hpp>
#include <dotcompute/runtime/launch_sequence.hpp>
#include <dotcompute/runtime/launcher.hpp>
