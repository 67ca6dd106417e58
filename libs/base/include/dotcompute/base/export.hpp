#pragma once

/// What the shared library shows to the programs that link it.

/// Marks a class or function that programs use. Everything else stays inside libdotcompute.so, which is compiled with
/// hidden visibility.
#define DOTCOMPUTE_API __attribute__((visibility("default")))
