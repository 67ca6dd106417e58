#pragma once

// Explicit instantiations of one kernel template for every element type that applies.
#define FOR_SIGNED_INTEGERS(X) X(std::int8_t) X(std::int16_t) X(std::int32_t) X(std::int64_t)
#define FOR_UNSIGNED_INTEGERS(X) X(std::uint8_t) X(std::uint16_t) X(std::uint32_t) X(std::uint64_t)
#define FOR_INTEGERS(X) FOR_SIGNED_INTEGERS(X) FOR_UNSIGNED_INTEGERS(X)
#define FOR_FLOATS(X) X(float) X(double)
#define FOR_NUMBERS(X) FOR_INTEGERS(X) FOR_FLOATS(X)
#define FOR_ALL(X) FOR_NUMBERS(X) X(bool)
