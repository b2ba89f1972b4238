#include "runtime/cpu/convolution.h"

#include <omp.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <oneapi/dnnl/dnnl.hpp>
#include <vector>

namespace nc {
namespace {

using dnnl::memory;

template <class Number>
constexpr memory::data_type type_of() {
  if constexpr (std::is_same_v<Number, uint8_t>) return memory::data_type::u8;
  if constexpr (std::is_same_v<Number, int8_t>) return memory::data_type::s8;
  if constexpr (std::is_same_v<Number, int32_t>) return memory::data_type::s32;
  return memory::data_type::f32;
}

const dnnl::engine& cpu() {
  static const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  return engine;
}

dnnl::stream& stream() {
  thread_local dnnl::stream stream(cpu());
  return stream;
}

// oneDNN's own scratchpad is sized by the thread that makes a primitive, and
// must not be used by another one; so each thread brings its own.
std::byte* scratchpad(size_t bytes) {
  constexpr size_t kAlignment = 64;
  thread_local std::vector<std::byte> pad;
  if (pad.size() < bytes + kAlignment) pad.resize(bytes + kAlignment);
  auto start = reinterpret_cast<uintptr_t>(pad.data());
  return pad.data() + (-start % kAlignment);
}

}  // namespace

template <class Source, class Weight, class Sum>
struct Convolution<Source, Weight, Sum>::Impl {
  // For a number of images (and threads: oneDNN plans for both).
  struct Prepared {
    memory::desc in, out, scratch;
    memory weight;
    dnnl::convolution_forward convolution;
  };
  using Key = std::pair<int64_t, int>;

  Window window;
  memory plain_weight;
  std::mutex guard;
  std::map<Key, Prepared> prepared;
  std::vector<memory> weights;  // in every form that a convolution asked for

  Impl(const Window& w, std::span<const Weight> weight)
      : window(w),
        plain_weight({weight_shape(), type_of<Weight>(), plain()}, cpu()) {
    std::copy(weight.begin(), weight.end(),
              static_cast<Weight*>(plain_weight.get_data_handle()));
  }

  memory::dims weight_shape() const {
    const Window& w = window;
    if (w.groups == 1) {
      return {w.out.channels, w.in.channels, w.kernel_h, w.kernel_w};
    }
    return {w.groups, w.out.channels / w.groups, w.in.channels / w.groups,
            w.kernel_h, w.kernel_w};
  }

  memory::format_tag plain() const {
    return window.groups == 1 ? memory::format_tag::oihw
                              : memory::format_tag::goihw;
  }

  // Where windows are single positions, all of them are one row of pixels.
  memory::dims in_shape(int64_t images) const {
    const Layout& in = window.in;
    if (window.is_pointwise()) {
      return {1, in.channels, 1, images * in.positions()};
    }
    return {images, in.channels, in.height, in.width};
  }
  memory::dims out_shape(int64_t images) const {
    const Layout& out = window.out;
    if (window.is_pointwise()) {
      return {1, out.channels, 1, images * out.positions()};
    }
    return {images, out.channels, out.height, out.width};
  }

  // On the right and below: whatever the windows still need.
  static int64_t right_padding(int64_t in, int64_t out, int64_t kernel,
                               int64_t stride, int64_t dilation, int64_t left) {
    int64_t reach = (out - 1) * stride + (kernel - 1) * dilation + 1;
    return std::max<int64_t>(reach - in - left, 0);
  }

  memory weight_as(const memory::desc& form) {
    for (const memory& each : weights) {
      if (each.get_desc() == form) return each;
    }
    memory weight(form, cpu());
    memory plain = plain_weight;
    dnnl::reorder(plain, weight).execute(stream(), plain, weight);
    stream().wait();
    return weights.emplace_back(weight);
  }

  Prepared prepare(int64_t images) {
    const Window& w = window;
    memory::desc in(in_shape(images), type_of<Source>(),
                    memory::format_tag::nhwc);
    memory::desc out(out_shape(images), type_of<Sum>(),
                     memory::format_tag::nhwc);
    memory::desc any(weight_shape(), type_of<Weight>(),
                     memory::format_tag::any);
    memory::dims right = {right_padding(w.in.height, w.out.height, w.kernel_h,
                                        w.stride_h, w.dilation_h, w.padding_h),
                          right_padding(w.in.width, w.out.width, w.kernel_w,
                                        w.stride_w, w.dilation_w, w.padding_w)};
    if (w.is_pointwise()) right = {0, 0};
    dnnl::convolution_forward::desc desc(dnnl::prop_kind::forward_inference,
                                         dnnl::algorithm::convolution_direct,
                                         in, any, out, {w.stride_h, w.stride_w},
                                         {w.dilation_h - 1, w.dilation_w - 1},
                                         {w.padding_h, w.padding_w}, right);
    dnnl::primitive_attr attributes;
    attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    dnnl::convolution_forward::primitive_desc chosen(desc, attributes, cpu());
    return {in, out, chosen.scratchpad_desc(), weight_as(chosen.weights_desc()),
            dnnl::convolution_forward(chosen)};
  }

  const Prepared& prepared_for(int64_t images) {
    std::lock_guard lock(guard);
    Key key(images, omp_get_max_threads());
    auto found = prepared.find(key);
    if (found == prepared.end()) {
      found = prepared.emplace(key, prepare(images)).first;
    }
    return found->second;
  }
};

template <class Source, class Weight, class Sum>
Convolution<Source, Weight, Sum>::Convolution(const Window& window,
                                              std::span<const Weight> weight)
    : impl_(std::make_unique<Impl>(window, weight)) {}

template <class Source, class Weight, class Sum>
Convolution<Source, Weight, Sum>::~Convolution() = default;
template <class Source, class Weight, class Sum>
Convolution<Source, Weight, Sum>::Convolution(Convolution&&) noexcept = default;
template <class Source, class Weight, class Sum>
Convolution<Source, Weight, Sum>& Convolution<Source, Weight, Sum>::operator=(
    Convolution&&) noexcept = default;

template <class Source, class Weight, class Sum>
void Convolution<Source, Weight, Sum>::run(const Source* in, Sum* out,
                                           int64_t images) const {
  const auto& prepared = impl_->prepared_for(images);
  // oneDNN only reads what its interface takes as non-const.
  memory from(prepared.in, cpu(), const_cast<Source*>(in));
  memory to(prepared.out, cpu(), out);
  memory scratch(prepared.scratch, cpu(),
                 scratchpad(prepared.scratch.get_size()));
  prepared.convolution.execute(stream(), {{DNNL_ARG_SRC, from},
                                          {DNNL_ARG_WEIGHTS, prepared.weight},
                                          {DNNL_ARG_DST, to},
                                          {DNNL_ARG_SCRATCHPAD, scratch}});
  stream().wait();
}

template class Convolution<uint8_t, int8_t, int32_t>;
template class Convolution<float, float, float>;

ConvolutionThreads::ConvolutionThreads(int threads)
    : before_(omp_get_max_threads()) {
  omp_set_num_threads(threads);
}

ConvolutionThreads::~ConvolutionThreads() { omp_set_num_threads(before_); }

}  // namespace nc
