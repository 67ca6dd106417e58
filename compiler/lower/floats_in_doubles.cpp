#include "lower/floats_in_doubles.hpp"

#include <array>
#include <cstdint>
#include <limits>
#include <span>

#include <llvm/IR/IRBuilder.h>

namespace kernelc {

namespace {

using Builder = llvm::IRBuilder<>;

/// A float or double that the code computes, with the operators of one.
class Number {
 public:
  Number(Builder& builder, llvm::Value* value) : builder_(&builder), value_(value) {}

  [[nodiscard]] llvm::Value* value() const { return value_; }
  [[nodiscard]] Number constant(double value) const {
    return {*builder_, llvm::ConstantFP::get(value_->getType(), value)};
  }
  [[nodiscard]] Number as_double() const { return {*builder_, builder_->CreateFPExt(value_, builder_->getDoubleTy())}; }
  [[nodiscard]] Number as_float() const { return {*builder_, builder_->CreateFPTrunc(value_, builder_->getFloatTy())}; }
  [[nodiscard]] llvm::Value* bits() const {
    return builder_->CreateBitCast(value_, builder_->getIntNTy(value_->getType()->getScalarSizeInBits()));
  }
  [[nodiscard]] Number unary(llvm::Intrinsic::ID operation) const {
    return {*builder_, builder_->CreateUnaryIntrinsic(operation, value_)};
  }

  friend Number operator+(Number x, Number y) { return {*x.builder_, x.builder_->CreateFAdd(x.value_, y.value_)}; }
  friend Number operator-(Number x, Number y) { return {*x.builder_, x.builder_->CreateFSub(x.value_, y.value_)}; }
  friend Number operator*(Number x, Number y) { return {*x.builder_, x.builder_->CreateFMul(x.value_, y.value_)}; }
  friend Number operator/(Number x, Number y) { return {*x.builder_, x.builder_->CreateFDiv(x.value_, y.value_)}; }
  friend Number operator+(Number x, double y) { return x + x.constant(y); }
  friend Number operator-(Number x, double y) { return x - x.constant(y); }
  friend Number operator*(Number x, double y) { return x * x.constant(y); }
  friend Number operator-(Number x) { return {*x.builder_, x.builder_->CreateFNeg(x.value_)}; }

  // Of numbers that are ordered: not with a NaN.
  friend llvm::Value* operator<(Number x, Number y) { return x.builder_->CreateFCmpOLT(x.value_, y.value_); }
  friend llvm::Value* operator<(Number x, double y) { return x < x.constant(y); }
  friend llvm::Value* operator>(Number x, double y) { return x.constant(y) < x; }
  friend llvm::Value* operator==(Number x, Number y) { return x.builder_->CreateFCmpOEQ(x.value_, y.value_); }
  friend llvm::Value* operator==(Number x, double y) { return x == x.constant(y); }

  [[nodiscard]] Number chosen_by(llvm::Value* condition, Number otherwise) const {
    return {*builder_, builder_->CreateSelect(condition, value_, otherwise.value_)};
  }
  [[nodiscard]] Number chosen_by(llvm::Value* condition, double otherwise) const {
    return chosen_by(condition, constant(otherwise));
  }
  /// A NaN stays one.
  [[nodiscard]] Number between(double low, double high) const {
    const Number raised = constant(low).chosen_by(*this < low, *this);
    return constant(high).chosen_by(raised > high, raised);
  }

  /// Of the bits of a double.
  [[nodiscard]] Number of_bits(llvm::Value* bits) const {
    return {*builder_, builder_->CreateBitCast(bits, builder_->getDoubleTy())};
  }
  [[nodiscard]] Builder& builder() const { return *builder_; }

 private:
  Builder* builder_;
  llvm::Value* value_;
};

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr unsigned digits = 52;  // of a double, after the point
constexpr std::uint64_t bias = 1023;

/// coefficients[0] + coefficients[1] * x + ..., the even and the odd powers by Horner's rule each, side by side.
Number polynomial(Number x, std::span<const double> coefficients) {
  const Number square = x * x;
  const auto every_other = [&](std::size_t first) {
    std::size_t k = first + (coefficients.size() - 1 - first) / 2 * 2;
    Number sum = x.constant(coefficients[k]);
    for (; k > first; k -= 2) sum = sum * square + coefficients[k - 2];
    return sum;
  };
  return every_other(0) + x * every_other(1);
}

// The coefficients are those of least largest relative error, found by Remez's algorithm: 2^-34 for powers of two from
// -1/2 to 1/2, 2^-44 for logarithms, 2^-28 for erf and 2^-34 for tanh.

/// Two to the power of a double between -1000 and 1000.
Number power_of_two(Number x) {
  constexpr auto coefficients =
      std::to_array({0x1.ffffffffabb9ep-1, 0x1.62e42ff116038p-1, 0x1.ebfbe0a4bd40dp-3, 0x1.c6b08aaf83488p-5,
                     0x1.3b29dc4285bb7p-7, 0x1.5d8a702fdb58fp-10, 0x1.446a1e9bced45p-13, 0x1.fe17ea81d51d0p-17});
  // So large that its last digit is 1: the sum is rounded to an integer, which its last bits are.
  constexpr double rounding = 0x1.8p52 + static_cast<double>(bias);
  const Number rounded = x + rounding;
  const Number rest = x - (rounded - rounding);
  const Number scale = x.of_bits(x.builder().CreateShl(rounded.bits(), digits));
  return polynomial(rest, coefficients) * scale;
}

/// A positive double as m * 2^e with m in [sqrt(1/2), sqrt(2)), and of m the logarithm.
struct Logarithm {
  Number exponent;
  Number of_rest;
};
Logarithm logarithm(Number x) {
  constexpr auto coefficients = std::to_array(
      {0x1.555555561e14bp-1, 0x1.999996a9aa8fap-2, 0x1.249411d002509p-2, 0x1.c62b1bb81d96bp-3, 0x1.91154aeb22233p-3});
  constexpr std::uint64_t one = bias << digits;
  constexpr std::uint64_t square_root_of_half = 0x3fe6a09e667f3bcd;
  // An integer up to 2^52 as the last bits of this number.
  constexpr double integers = 0x1p52;
  constexpr std::uint64_t integers_bits = std::uint64_t{bias + digits} << digits;
  Builder& builder = x.builder();
  const auto bits = [&](std::uint64_t value) { return builder.getInt64(value); };
  llvm::Value* moved = builder.CreateAdd(x.bits(), bits(one - square_root_of_half));
  llvm::Value* exponent = builder.CreateOr(builder.CreateLShr(moved, digits), bits(integers_bits));
  llvm::Value* rest =
      builder.CreateAdd(builder.CreateAnd(moved, bits((std::uint64_t{1} << digits) - 1)), bits(square_root_of_half));
  const Number m = x.of_bits(rest);
  // log(m) = 2 artanh(s) = 2 (s + s^3 / 3 + s^5 / 5 ...)
  const Number s = (m - 1.0) / (m + 1.0);
  const Number square = s * s;
  return {x.of_bits(exponent) - (integers + static_cast<double>(bias)),
          s * (square * polynomial(square, coefficients) + 2.0)};
}

constexpr double log2_of_e = 0x1.71547652b82fep+0;
constexpr double log10_of_e = 0x1.bcb7b1526e50ep-2;
constexpr double log_of_2 = 0x1.62e42fefa39efp-1;
constexpr double log10_of_2 = 0x1.34413509f79ffp-2;

/// Beyond the bounds the result is zero or infinite.
Number exp(Number x) { return power_of_two(x.between(-105, 90).as_double() * log2_of_e).as_float(); }
Number exp2(Number x) { return power_of_two(x.between(-152, 130).as_double()).as_float(); }

/// Of a base whose logarithm of 2 and of e are these.
Number logarithm_of(Number x, double of_2, double of_e) {
  const Logarithm log = logarithm(x.as_double());
  const Number result = (log.exponent * of_2 + log.of_rest * of_e).as_float();
  const Number negative = x.constant(not_a_number).chosen_by(x < 0.0, x);
  const Number other = x.constant(-infinity).chosen_by(x == 0.0, negative);
  Builder& builder = x.builder();
  return result.chosen_by(builder.CreateAnd(x > 0.0, x < infinity), other);
}

/// x P(x^2) / Q(x^2) up to where the result is one.
Number odd_quotient(Number x, double bound, std::span<const double> upper, std::span<const double> lower) {
  const Number bounded = x.between(-bound, bound).as_double();
  const Number square = bounded * bounded;
  return (bounded * polynomial(square, upper) / polynomial(square, lower)).as_float();
}

Number erf(Number x) {
  constexpr auto upper =
      std::to_array({0x1.20dd750df7d65p+0, 0x1.7b4bd53981b0ap-3, 0x1.bcf6d5f359b5dp-5, 0x1.f893907213ca1p-9,
                     0x1.8e0c88f59a9ffp-12, 0x1.3a63fa1383c53p-18, -0x1.c5a06553004bep-27});
  constexpr auto lower = std::to_array({1.0, 0x1.fd6798fe72d17p-2, 0x1.d2c61230bb24fp-4, 0x1.faa9700ecb100p-7,
                                        0x1.56c58f194f8cap-10, 0x1.08b4878187581p-14});
  return odd_quotient(x, 4, upper, lower);
}

Number tanh(Number x) {
  constexpr auto upper = std::to_array({0x1.ffffffff9144bp-1, 0x1.2094612b1463fp-3, 0x1.215310b5f3013p-8,
                                        0x1.6031905489bd9p-15, 0x1.d65ed64ec269ap-24, 0x1.3a1bf1bb2be64p-35});
  constexpr auto lower = std::to_array({1.0, 0x1.e59f85e18994bp-2, 0x1.ddc9b1632a185p-6, 0x1.057361e64ad23p-11,
                                        0x1.59e10e9eaf425p-19, 0x1.8d27e0fb53f71p-29});
  return odd_quotient(x, 9.25, upper, lower);
}

/// The squares of floats are doubles, and in range.
Number hypot(Number x, Number y) {
  const Number a = x.as_double();
  const Number b = y.as_double();
  const Number result = (a * a + b * b).unary(llvm::Intrinsic::sqrt).as_float();
  Builder& builder = x.builder();
  llvm::Value* is_infinite =
      builder.CreateOr(x.unary(llvm::Intrinsic::fabs) == infinity, y.unary(llvm::Intrinsic::fabs) == infinity);
  return result.constant(infinity).chosen_by(is_infinite, result);
}

/// |x|^y as 2^(y log2 |x|), with the sign and the exceptions of Annex F.
Number pow(Number x, Number y) {
  Builder& builder = x.builder();
  const Number magnitude = x.unary(llvm::Intrinsic::fabs);
  const Logarithm log = logarithm(magnitude.as_double());
  const Number finite = log.exponent + log.of_rest * log2_of_e;
  const Number end = finite.constant(-infinity).chosen_by(magnitude == 0.0, magnitude.as_double());
  const Number log2 = finite.chosen_by(builder.CreateAnd(magnitude > 0.0, magnitude < infinity), end);
  const Number power = power_of_two((y.as_double() * log2).between(-152, 130)).as_float();
  // One to any power and any number to the power of zero, a NaN too.
  const Number positive = power.constant(1).chosen_by(builder.CreateOr(magnitude == 1.0, y == 0.0), power);

  llvm::Value* is_integer = y == y.unary(llvm::Intrinsic::trunc);
  const Number half = y * 0.5;
  llvm::Value* is_odd = builder.CreateAnd(is_integer, builder.CreateNot(half == half.unary(llvm::Intrinsic::trunc)));
  llvm::Value* is_minus = builder.CreateICmpSLT(x.bits(), builder.getInt32(0));
  const Number result = (-positive).chosen_by(builder.CreateAnd(is_minus, is_odd), positive);
  llvm::Value* is_negative = x < 0.0;
  llvm::Value* is_finite = magnitude < infinity;
  llvm::Value* has_root = builder.CreateOr(is_integer, builder.CreateNot(builder.CreateAnd(is_negative, is_finite)));
  return result.chosen_by(has_root, not_a_number);
}

}  // namespace

llvm::Value* compute_in_doubles(llvm::CallBase& call, std::string_view name) {
  if (!call.getType()->isFloatTy()) return nullptr;
  Builder builder(&call);
  const Number x(builder, call.getArgOperand(0));
  if (name == "erf") return erf(x).value();
  if (name == "exp") return exp(x).value();
  if (name == "exp2") return exp2(x).value();
  if (name == "hypot") return hypot(x, {builder, call.getArgOperand(1)}).value();
  if (name == "log") return logarithm_of(x, log_of_2, 1).value();
  if (name == "log10") return logarithm_of(x, log10_of_2, log10_of_e).value();
  if (name == "log2") return logarithm_of(x, 1, log2_of_e).value();
  if (name == "pow") return pow(x, {builder, call.getArgOperand(1)}).value();
  if (name == "tanh") return tanh(x).value();
  return nullptr;
}

}  // namespace kernelc
