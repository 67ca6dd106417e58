#pragma once

namespace launch {

/// The continued fraction of the tangent (J. H. Lambert, 1768) from one of its odd numbers on, of the square of the
/// argument: 1 - square / (3 - square / (5 - ...)). Divisions, which every compiler takes as they are and puts into
/// vectors alike.
template <int Odd = 1>
inline float tangent_fraction(float square) {
  constexpr int last_odd = 31;
  if constexpr (Odd == last_odd) {
    return float{Odd};
  } else {
    return float{Odd} - square / tangent_fraction<Odd + 2>(square);
  }
}

inline float tangent_of(float x) { return x / tangent_fraction(x * x); }

}  // namespace launch
