// Where a tensor lies in its storage, and storages as arrays.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "passes/frontend/array.h"
#include "passes/frontend/values.h"

namespace nc::frontend::pt2 {

// The types of numbers, as the JSON of torch.export numbers them.
enum class Type : int64_t {
  u8 = 1,
  i8 = 2,
  i16 = 3,
  i32 = 4,
  i64 = 5,
  f16 = 6,
  f32 = 7,
  f64 = 8,
  boolean = 12,
  bf16 = 13
};

// PyTorch's own number for it ("dtype" of an operator), or -1.
int64_t torch_number(int64_t type);

// As torch.as_strided counts: in elements.
struct Layout {
  int64_t type = 7;
  Shape sizes;
  Shape strides;
  int64_t offset = 0;
};

// Makes constants of tensors. Storages are converted once, and shared by the
// tensors that lie in them.
class Storages {
 public:
  // The tensor `name` in the storage `key`, whose bytes `read` gives. A type
  // that is not supported makes a constant that refuses to be read. Throws
  // Error when the tensor reaches beyond its bytes.
  template <class Read>
  Item tensor(const std::string& name, const std::string& key,
              const Layout& layout, Read read) {
    auto place = std::make_pair(key, layout.type);
    auto found = arrays_.find(place);
    if (found == arrays_.end()) {
      found = arrays_.emplace(place, array_of(read(), layout)).first;
    }
    return constant(name, layout, found->second);
  }

 private:
  Array array_of(const std::vector<std::byte>& bytes, const Layout& layout);
  Item constant(const std::string& name, const Layout& layout,
                const Array& storage);
  void require_justified(const std::string& name, const Array& tensor);

  std::map<std::pair<std::string, int64_t>, Array> arrays_;
  int64_t stored_ = 0;    // numbers in the storages
  int64_t laid_out_ = 0;  // elements of the tensors
};

// "layer1.0.conv1" of "layer1.0.conv1.weight".
std::string module_of(const std::string& tensor);

}  // namespace nc::frontend::pt2
