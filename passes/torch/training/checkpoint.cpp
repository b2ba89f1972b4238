#include "passes/torch/training/checkpoint.h"

#include <algorithm>
#include <cstring>
#include <sstream>

#include "ir/error.h"
#include "runtime/data/npz.h"

namespace nc {
namespace {

constexpr size_t kPlaces = 3;
constexpr size_t kNumbers = 4;

Scalar scalar_of(const at::Tensor& tensor) {
  if (tensor.scalar_type() == at::kDouble) return Scalar::f8;
  return tensor.scalar_type() == at::kLong ? Scalar::i8 : Scalar::f4;
}

at::ScalarType type_of(const Array& array) {
  switch (array.type) {
    case Scalar::f4:
      return at::kFloat;
    case Scalar::f8:
      return at::kDouble;
    case Scalar::i8:
      return at::kLong;
    default:
      throw Error("expected f4, f8 or i8, found " + name_of(array.type));
  }
}

Array array_of(const at::Tensor& tensor) {
  at::Tensor flat = tensor.detach().contiguous();
  Array array{tensor.sizes().vec(), scalar_of(tensor), {}};
  array.bytes.resize(flat.nbytes());
  if (flat.nbytes() > 0) {
    std::memcpy(array.bytes.data(), flat.data_ptr(), flat.nbytes());
  }
  return array;
}

at::Tensor tensor_of(const Array& array) {
  at::Tensor tensor = at::empty(array.shape, type_of(array));
  if (tensor.nbytes() > 0) {
    std::memcpy(tensor.data_ptr(), array.bytes.data(), tensor.nbytes());
  }
  return tensor;
}

template <class T>
Array array_of(Scalar type, const std::vector<T>& values) {
  Array array{{static_cast<int64_t>(values.size())}, type, {}};
  array.bytes.resize(values.size() * sizeof(T));
  std::memcpy(array.bytes.data(), values.data(), array.bytes.size());
  return array;
}

const Array& array_in(const Arrays& arrays, const std::string& name) {
  auto found = arrays.find(name);
  if (found != arrays.end()) return found->second;
  throw Error("expected an array " + name + ", found none");
}

template <class T>
std::vector<T> values_in(const Arrays& arrays, const std::string& name,
                         Scalar type, size_t count) {
  const Array& array = array_in(arrays, name);
  if (array.type != type || array.bytes.size() != count * sizeof(T)) {
    throw Error(name + ": expected " + std::to_string(count) + " numbers " +
                name_of(type));
  }
  std::vector<T> values(count);
  std::memcpy(values.data(), array.bytes.data(), array.bytes.size());
  return values;
}

std::string text_of(const Identity& identity) {
  std::string text;
  for (const auto& [name, value] : identity) text += name + "=" + value + "\n";
  return text;
}

Identity identity_in(const Arrays& arrays) {
  const Array& array = array_in(arrays, "identity");
  std::string text(reinterpret_cast<const char*>(array.bytes.data()),
                   array.bytes.size());
  std::istringstream lines(text);
  Identity identity;
  for (std::string line; std::getline(lines, line);) {
    size_t equals = std::min(line.find('='), line.size());
    std::string value = line.substr(std::min(equals + 1, line.size()));
    identity.emplace_back(line.substr(0, equals), value);
  }
  return identity;
}

void require_same(const Identity& expected, const Identity& found) {
  auto value = [](const Identity& identity, const std::string& name) {
    for (const auto& each : identity) {
      if (each.first == name) return "'" + each.second + "'";
    }
    return std::string("none");
  };
  for (const Identity* each : {&expected, &found}) {
    for (const auto& [name, ignored] : *each) {
      if (value(expected, name) == value(found, name)) continue;
      throw Error("is of another training: expected " + name + " " +
                  value(expected, name) + ", found " + value(found, name));
    }
  }
}

void put(Arrays& arrays, const std::string& prefix,
         const NamedTensors& tensors) {
  for (const auto& [name, tensor] : tensors) {
    arrays[prefix + name] = array_of(tensor);
  }
}

NamedTensors tensors_in(const Arrays& arrays, const std::string& prefix) {
  NamedTensors tensors;
  for (const auto& [name, array] : arrays) {
    if (!name.starts_with(prefix)) continue;
    tensors[name.substr(prefix.size())] = tensor_of(array);
  }
  return tensors;
}

// The tensors of `like`, each in the same shape and type.
NamedTensors tensors_like(const Arrays& arrays, const std::string& prefix,
                          const NamedTensors& like) {
  NamedTensors tensors;
  for (const auto& [name, expected] : like) {
    at::Tensor found = tensor_of(array_in(arrays, prefix + name));
    if (found.sizes() != expected.sizes() ||
        found.scalar_type() != expected.scalar_type()) {
      throw Error(prefix + name + ": expected shape " +
                  to_string(expected.sizes().vec()) + ", found " +
                  to_string(found.sizes().vec()));
    }
    tensors[name] = found;
  }
  return tensors;
}

// A state is of a parameter's shape, or one number; other entries would crash
// the optimizer later.
NamedTensors optimizer_state(const Arrays& arrays, const NamedTensors& like) {
  NamedTensors state = tensors_in(arrays, "optimizer.");
  for (const auto& [name, tensor] : state) {
    auto parameter = like.find(name.substr(0, name.rfind('.')));
    bool counts = name.ends_with(".step") && tensor.numel() == 1 &&
                  tensor.scalar_type() == at::kLong;
    bool fits = parameter != like.end() &&
                parameter->second.sizes() == tensor.sizes() &&
                parameter->second.scalar_type() == tensor.scalar_type();
    if (!counts && !fits) {
      throw Error("optimizer." + name + ": is of no parameter");
    }
    if (!counts) continue;
    std::string stem = name.substr(0, name.rfind('.'));
    for (const char* other : {".mean", ".square"}) {
      array_in(arrays, "optimizer." + stem + other);
    }
  }
  return state;
}

Checkpoint read(const Arrays& arrays, const Identity& identity,
                const NamedTensors& like) {
  require_same(identity, identity_in(arrays));
  auto place = values_in<int64_t>(arrays, "place", Scalar::i8, kPlaces);
  auto numbers = values_in<double>(arrays, "numbers", Scalar::f8, kNumbers);
  Checkpoint checkpoint;
  checkpoint.progressed = {place[0],   place[1],   numbers[0], numbers[1],
                           numbers[2], numbers[3], place[2]};
  checkpoint.now = tensors_like(arrays, "now.", like);
  checkpoint.best = tensors_like(arrays, "best.", like);
  checkpoint.optimizer = optimizer_state(arrays, like);
  return checkpoint;
}

}  // namespace

std::string checkpoint_path(const std::string& folder) {
  return folder + "/checkpoint.npz";
}

void save_checkpoint(const Checkpoint& checkpoint, const Identity& identity,
                     const std::string& folder) {
  const Progressed& now = checkpoint.progressed;
  std::string text = text_of(identity);
  Arrays arrays;
  arrays["identity"] =
      array_of(Scalar::u1, std::vector<char>(text.begin(), text.end()));
  arrays["place"] =
      array_of(Scalar::i8,
               std::vector<int64_t>{now.step, now.best_epoch, now.processes});
  arrays["numbers"] = array_of(
      Scalar::f8,
      std::vector<double>{now.loss, now.accuracy, now.best, now.before});
  put(arrays, "now.", checkpoint.now);
  put(arrays, "best.", checkpoint.best);
  put(arrays, "optimizer.", checkpoint.optimizer);
  write_arrays(arrays, checkpoint_path(folder));
}

Checkpoint load_checkpoint(const std::string& folder, const Identity& identity,
                           const NamedTensors& like) {
  std::string path = checkpoint_path(folder);
  Arrays arrays = read_arrays(path);
  try {
    return read(arrays, identity, like);
  } catch (const Error& error) {
    throw error.in(path);
  }
}

}  // namespace nc
