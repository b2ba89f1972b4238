#include "passes/frontend/nir/fields.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "ir/printable.h"
#include "passes/frontend/refusal.h"

namespace nc::frontend::nir {
namespace {

bool are_numbers(const Dataset& data) {
  return data.type.sort == hdf5::Type::Sort::whole ||
         data.type.sort == hdf5::Type::Sort::fraction;
}

bool all_equal(const std::vector<double>& values, size_t first, size_t count) {
  return std::all_of(
      values.begin() + static_cast<std::ptrdiff_t>(first),
      values.begin() + static_cast<std::ptrdiff_t>(first + count),
      [&](double each) { return each == values[first]; });
}

}  // namespace

bool Fields::has(const std::string& name) const {
  return node_.fields.count(name) > 0;
}

void Fields::fail(const std::string& what) const {
  throw Error("node '" + printable(node_.name) + "' (" + printable(node_.type) +
              "): " + what);
}

const Dataset& Fields::at(const std::string& name) {
  read_.insert(name);
  auto found = node_.fields.find(name);
  if (found == node_.fields.end()) fail("expected '" + name + "', found none");
  return found->second;
}

const Dataset& Fields::numbers(const std::string& name) {
  const Dataset& data = at(name);
  if (!are_numbers(data)) {
    fail("'" + name + "': expected numbers, found " + data.type.name());
  }
  for (double each : data.numbers) {
    if (!std::isfinite(each))
      fail("'" + name + "' holds a number that is not finite");
  }
  return data;
}

Shape Fields::list(const std::string& name) {
  const Dataset& data = numbers(name);
  if (data.shape.size() > 1) {
    fail("'" + name + "': expected a list, found shape " +
         to_string(data.shape));
  }
  Shape list;
  for (double each : data.numbers) {
    bool is_size = std::trunc(each) == each &&
                   std::abs(each) <= static_cast<double>(kMaxElements);
    if (!is_size) {
      fail("'" + name + "': expected whole numbers up to 2^31, found " +
           std::to_string(each));
    }
    list.push_back(static_cast<int64_t>(each));
  }
  return list;
}

int64_t Fields::whole(const std::string& name) {
  Shape found = list(name);
  if (found.size() == 1) return found[0];
  fail("'" + name + "': expected a whole number, found " + to_string(found));
}

Shape Fields::sizes(const std::string& name, size_t count) {
  Shape found = list(name);
  if (found.size() == 1) found.resize(count, found[0]);
  if (found.size() == count) return found;
  fail("'" + name + "': expected " + std::to_string(count) +
       " whole numbers, found " + to_string(found));
}

std::string Fields::text(const std::string& name) {
  const Dataset& data = at(name);
  return data.texts.size() == 1 ? data.texts[0] : "";
}

std::vector<double> Fields::spread(const std::string& name,
                                   const Shape& shape) {
  const Dataset& data = numbers(name);
  if (fits(data.shape, shape)) {
    return broadcast(data.numbers, data.shape, shape);
  }
  fail("'" + name + "': expected shape " + to_string(shape) +
       " or one that can be broadcast to it, found " + to_string(data.shape));
}

void Fields::require_all_read() const {
  for (const auto& [name, value] : node_.fields) {
    if (read_.count(name) > 0 || name == "input_type") continue;
    throw Refusal{"unknown field '" + name + "'"};
  }
}

bool fits(const Shape& from, const Shape& to) {
  if (element_count(from) == 1) return true;
  if (from.size() > to.size()) return false;
  size_t added = to.size() - from.size();
  for (size_t axis = 0; axis < from.size(); ++axis) {
    if (from[axis] != 1 && from[axis] != to[axis + added]) return false;
  }
  return true;
}

std::vector<double> broadcast(const std::vector<double>& values,
                              const Shape& from, const Shape& to) {
  auto count = static_cast<size_t>(element_count(to));
  if (values.size() == 1) return std::vector<double>(count, values[0]);
  size_t added = to.size() - from.size();
  std::vector<size_t> strides(to.size(), 0);
  size_t stride = 1;
  for (size_t axis = from.size(); axis-- > 0;) {
    strides[axis + added] = from[axis] == 1 ? 0 : stride;
    stride *= static_cast<size_t>(from[axis]);
  }
  std::vector<double> result(count);
  for (size_t i = 0; i < count; ++i) {
    size_t rest = i;
    size_t position = 0;
    for (size_t axis = to.size(); axis-- > 0;) {
      auto size = static_cast<size_t>(to[axis]);
      position += rest % size * strides[axis];
      rest /= size;
    }
    result[i] = values[position];
  }
  return result;
}

namespace {

// One value for each channel, if there is no more than that.
std::optional<std::vector<double>> per_channel(
    const std::vector<double>& values, const Shape& from, const Shape& shape) {
  if (from.size() != shape.size() || from.empty()) return std::nullopt;
  auto channels = static_cast<size_t>(from[0]);
  size_t group = values.size() / channels;
  std::vector<double> firsts;
  for (size_t c = 0; c < channels; ++c) {
    if (!all_equal(values, c * group, group)) return std::nullopt;
    firsts.push_back(values[c * group]);
  }
  return firsts;
}

}  // namespace

Tensor compact(const std::vector<double>& values, const Shape& from,
               const Shape& shape) {
  if (values.empty()) return float_tensor(shape, values);
  if (all_equal(values, 0, values.size())) {
    return float_tensor({1}, {values[0]});
  }
  std::optional<std::vector<double>> channels =
      per_channel(values, from, shape);
  if (channels && channels->size() == static_cast<size_t>(shape[0])) {
    return float_tensor({shape[0]}, *channels);
  }
  constexpr int64_t kMost = int64_t{1} << 24;
  bool grows = element_count(shape) > static_cast<int64_t>(values.size());
  if (grows && element_count(shape) > kMost) {
    throw Error("expected parameters of shape " + to_string(shape) +
                ", found " + to_string(from));
  }
  return float_tensor(shape, broadcast(values, from, shape));
}

}  // namespace nc::frontend::nir
