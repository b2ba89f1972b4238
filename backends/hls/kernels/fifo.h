// hls::stream<T>, of the vendor where its headers are found, else our own for
// simulation: a queue without limit, which refuses to be read when it is empty.
#ifndef SNN_KERNELS_FIFO_H
#define SNN_KERNELS_FIFO_H

#include "integers.h"

#ifdef SNN_VENDOR
#include <hls_stream.h>
#else
#include <queue>
#include <stdexcept>
#include <string>

namespace hls {

template <class T>
class stream {
 public:
  stream() {}
  explicit stream(const char* name) : name_(name) {}
  stream(const stream&) = delete;
  stream& operator=(const stream&) = delete;

  bool empty() const { return values_.empty(); }

  void write(const T& value) { values_.push(value); }

  T read() {
    if (values_.empty()) {
      throw std::underflow_error("stream '" + name_ + "' is read when empty");
    }
    T value = values_.front();
    values_.pop();
    return value;
  }

 private:
  std::string name_;
  std::queue<T> values_;
};

}  // namespace hls
#endif

#endif
