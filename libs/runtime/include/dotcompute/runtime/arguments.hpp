#pragma once

/// What may be passed to a kernel, checked when the program is compiled, and `arg` for calls by name.
///
/// For a span parameter: std::vector, std::array, a C array, std::span or any contiguous container of exactly the
/// parameter's element type, or a UnifiedBuffer or BufferView. Named containers and spans are borrowed until the launch
/// completes; a buffer's memory, which a view shows, is retained by the launch; a temporary container is moved into the
/// launch, which only makes sense for a parameter that the kernel reads. For a value parameter: what converts to it as
/// in an ordinary call.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <memory>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <dotcompute/memory/unified_buffer.hpp>
#include <dotcompute/runtime/signature.hpp>

namespace dotcompute {

namespace detail {

template <class T>
inline constexpr bool is_vector_of_bool = false;
template <class Allocator>
inline constexpr bool is_vector_of_bool<std::vector<bool, Allocator>> = true;

template <class T>
inline constexpr bool is_buffer = false;
template <class T>
inline constexpr bool is_buffer<UnifiedBuffer<T>> = true;
template <class T>
inline constexpr bool is_buffer<BufferView<T>> = true;

/// What borrows elements, so that a temporary one is as good as a named one.
template <class T>
inline constexpr bool is_view = is_span<T>;
template <class T>
inline constexpr bool is_view<BufferView<T>> = true;

template <class U>
concept ContiguousRange = requires(U& range) {
  std::size(range);
  requires std::is_pointer_v<decltype(std::data(range))>;
};

/// The elements of a range, buffer or view, as const as it is. Those of a buffer may be current elsewhere.
template <class U>
[[nodiscard]] auto elements_of(U& range) noexcept {
  if constexpr (is_buffer<std::remove_const_t<U>>) {
    return range.places();
  } else {
    using Element = std::remove_pointer_t<decltype(std::data(range))>;
    return std::span<Element>(std::data(range), std::size(range));
  }
}

/// What can be said of an argument of the forwarded type `A` (`T&` for a named one, `T` for a temporary).
template <class A>
struct ArgumentTraits {
  using Plain = std::remove_cvref_t<A>;
  using Named = std::remove_reference_t<A>;
  static constexpr bool vector_of_bool = is_vector_of_bool<Plain>;
  static constexpr bool buffer = is_buffer<Plain>;
  static constexpr bool range = buffer || ContiguousRange<Named>;
  /// A temporary that owns its elements.
  static constexpr bool temporary = !std::is_lvalue_reference_v<A> && !is_view<Plain>;

  static constexpr auto element() {
    if constexpr (range)
      return std::type_identity<typename decltype(elements_of(std::declval<Named&>()))::element_type>{};
    else
      return std::type_identity<void>{};
  }
  using Element = typename decltype(element())::type;
  static constexpr bool read_only = range && std::is_const_v<Element>;
};

/// Whether the argument fits the parameter; where not, the compiler prints the one reason.
template <class Parameter, class A>
struct ArgumentFits {
  static constexpr bool value = std::is_convertible_v<A, Parameter>;
  static_assert(value || !ArgumentTraits<A>::range,
                "dotcompute: this parameter of the kernel is one value: a container or span was passed for it");
  static_assert(value || ArgumentTraits<A>::range,
                "dotcompute: this argument does not convert to the kernel's parameter, which is passed by value");
};

template <class E, class A>
struct ArgumentFits<std::span<E>, A> {
  using Traits = ArgumentTraits<A>;
  static constexpr bool is_range = Traits::range && !Traits::vector_of_bool;
  static constexpr bool same_element =
      std::is_same_v<std::remove_const_t<E>, std::remove_const_t<typename Traits::Element>>;
  static constexpr bool written = !std::is_const_v<E>;
  static constexpr bool value = is_range && same_element && !(written && (Traits::temporary || Traits::read_only));

  static_assert(
      !Traits::vector_of_bool,
      "dotcompute: std::vector<bool> keeps bits, not elements: pass a UnifiedBuffer<bool> or an array of bool");
  static_assert(is_range || Traits::vector_of_bool,
                "dotcompute: this parameter of the kernel is a span: pass a std::vector, std::array, array, std::span, "
                "UnifiedBuffer or BufferView for it");
  static_assert(!is_range || same_element,
                "dotcompute: the elements of this argument have another type than the kernel's parameter: a span of "
                "float takes floats, and nothing is converted");
  static_assert(
      !(is_range && same_element && written && Traits::temporary),
      "dotcompute: the kernel writes this argument, which is a temporary: its results would be lost; give it a "
      "name and pass that");
  static_assert(!(is_range && same_element && written && !Traits::temporary && Traits::read_only),
                "dotcompute: the kernel writes this argument, which is const: pass one that may be written");
};

template <bool SameCount, class Parameters, class... A>
struct ArgumentsFit {
  static_assert(SameCount, "dotcompute: the number of arguments differs from the number of the kernel's parameters");
  static constexpr bool value = false;
};
template <class... P, class... A>
struct ArgumentsFit<true, void(P...), A...> {
  // Every pair is looked at, so that each wrong argument gets its message.
  static constexpr bool value = (static_cast<int>(ArgumentFits<P, A>::value) & ... & 1) != 0;
};

/// Writes one argument into its place in a block.
template <class Parameter, class U>
void store_argument(std::byte* place, U&& argument) {
  if constexpr (is_span<Parameter>) {
    const auto elements = elements_of(argument);
    const dotcompute_span span{const_cast<void*>(static_cast<const void*>(elements.data())), elements.size()};
    std::memcpy(place, &span, sizeof span);
  } else {
    const Parameter value = static_cast<Parameter>(std::forward<U>(argument));
    std::memcpy(place, std::addressof(value), sizeof value);
  }
}

/// What may be done with the memory of an argument given by name.
enum class ArgumentAccess : std::uint8_t { writable, read_only, temporary };

/// An argument given by name, without its C++ type. Borrows everything.
struct ArgumentView {
  std::string_view name;
  bool is_span = false;
  bool converts = false;  ///< A scalar that may convert to the parameter's type if its value survives.
  ArgumentAccess access = ArgumentAccess::read_only;
  ElementShape element;
  void* data = nullptr;
  std::uint64_t count = 1;
  BufferStorage* buffer = nullptr;  ///< Null for everything but a buffer.
};

/// The storage behind an argument; null for everything but a buffer or view.
template <class U>
[[nodiscard]] BufferStorage* buffer_of(const U& argument) noexcept {
  if constexpr (is_buffer<U>) {
    return argument.storage();
  } else {
    return nullptr;
  }
}

}  // namespace detail

/// An argument with the name of its parameter; made by `arg`. Holds a reference to a named argument, the value of a
/// temporary one.
template <class A>
class Named {
  using Traits = detail::ArgumentTraits<A>;
  static_assert(
      !Traits::vector_of_bool,
      "dotcompute: std::vector<bool> keeps bits, not elements: pass a UnifiedBuffer<bool> or an array of bool");
  static constexpr bool describable =
      Traits::range ? KernelScalar<typename Traits::Element> || detail::DeviceStruct<typename Traits::Element>
                    : KernelScalar<typename Traits::Plain> || detail::DeviceStruct<typename Traits::Plain>;
  static_assert(
      describable || Traits::vector_of_bool,
      "dotcompute::arg: pass a container, span, UnifiedBuffer or BufferView of scalars or structs, an arithmetic "
      "value or a trivially copyable struct");

 public:
  Named(std::string_view name, A&& argument) : name_(name), argument_(std::forward<A>(argument)) {}

  /// Whether a launch keeps alive everything the argument names.
  static constexpr bool owned = Traits::buffer || Traits::temporary || !Traits::range;

  /// Valid while this object stays where it is and its name's text lives.
  [[nodiscard]] detail::ArgumentView view() noexcept {
    detail::ArgumentView view;
    view.name = name_;
    if constexpr (Traits::range) {
      const auto elements = detail::elements_of(argument_);
      view.is_span = true;
      view.access = Traits::temporary   ? detail::ArgumentAccess::temporary
                    : Traits::read_only ? detail::ArgumentAccess::read_only
                                        : detail::ArgumentAccess::writable;
      view.element = detail::element_shape_of<std::remove_const_t<typename Traits::Element>>();
      view.data = const_cast<void*>(static_cast<const void*>(elements.data()));
      view.count = elements.size();
      view.buffer = detail::buffer_of(argument_);
    } else {
      view.converts = Scalar<typename Traits::Plain>;
      view.element = detail::element_shape_of<typename Traits::Plain>();
      view.data = const_cast<void*>(static_cast<const void*>(std::addressof(argument_)));
    }
    return view;
  }

  /// One more hold on a buffer's memory; empty for everything else.
  [[nodiscard]] detail::StorageHold hold() const noexcept {
    if constexpr (Traits::buffer) {
      return argument_.share_storage();
    } else {
      return {};
    }
  }

 private:
  std::string_view name_;
  A argument_;
};

/// Names an argument: `runtime.run("demo::saxpy", arg("a", 2.0f), arg("x", x), arg("y", y))`. The name is borrowed for
/// the call. An arithmetic value converts to the parameter's type if the value survives exactly, else the launch is
/// refused; elements never convert.
template <class A>
[[nodiscard]] Named<A> arg(std::string_view name, A&& argument) {
  return Named<A>(name, std::forward<A>(argument));
}

}  // namespace dotcompute
