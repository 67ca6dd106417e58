#include <dotcompute/device/host_fp_environment.hpp>

#include <gtest/gtest.h>

#include <cfenv>
#include <limits>

namespace {

using dotcompute::HostFpEnvironment;

TEST(HostFpEnvironment, RoundsToNearestWhateverTheProgramSet) {
  ASSERT_EQ(std::fesetround(FE_UPWARD), 0);
  volatile float one = 1.0f;
  volatile float tiny = std::numeric_limits<float>::epsilon() / 4;
  EXPECT_GT(one + tiny, 1.0f);
  {
    const HostFpEnvironment environment;
    EXPECT_EQ(one + tiny, 1.0f);
  }
  EXPECT_GT(one + tiny, 1.0f);
  std::fesetround(FE_TONEAREST);
}

#if defined(__x86_64__)
TEST(HostFpEnvironment, KeepsSubnormalNumbers) {
  constexpr unsigned flush_to_zero = 0x8000;
  constexpr unsigned denormals_are_zero = 0x0040;
  const unsigned before = _mm_getcsr();
  _mm_setcsr(before | flush_to_zero | denormals_are_zero);
  volatile float smallest_normal = std::numeric_limits<float>::min();
  volatile float half = 0.5f;
  EXPECT_EQ(smallest_normal * half, 0.0f);
  {
    const HostFpEnvironment environment;
    EXPECT_GT(smallest_normal * half, 0.0f);
  }
  EXPECT_EQ(_mm_getcsr() & flush_to_zero, flush_to_zero);
  _mm_setcsr(before);
}
#endif

}  // namespace
