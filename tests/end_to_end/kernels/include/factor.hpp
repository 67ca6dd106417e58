#pragma once

inline constexpr float from_header = 10.0f;
