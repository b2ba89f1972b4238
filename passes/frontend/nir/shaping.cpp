#include "ir/error.h"
#include "passes/frontend/nir/chain.h"

namespace nc::frontend::nir {
namespace {

template <class Pool>
Chain pool(Fields& fields, const Shape& in) {
  if (in.size() != 3) {
    fields.fail("expected an input of 3 axes, found " + to_string(in));
  }
  Pool op;
  op.kernel = fields.sizes("kernel_size", 2);
  op.stride = fields.sizes("stride", 2);
  op.padding = fields.sizes("padding", 2);
  return {{{"", op}}, ""};
}

// A dimension as an axis of a shape; negative ones count from behind.
size_t axis_of(Fields& fields, const std::string& name, const Shape& in) {
  auto rank = static_cast<int64_t>(in.size());
  int64_t given = fields.whole(name);
  int64_t axis = given < 0 ? given + rank : given;
  if (axis >= 0 && axis < rank) return static_cast<size_t>(axis);
  fields.fail("'" + name + "': " + std::to_string(given) +
              " is not an axis of " + to_string(in));
}

Chain flatten(Fields& fields, const Shape& in) {
  size_t first = fields.has("start_dim") ? axis_of(fields, "start_dim", in)
                                         : std::min<size_t>(1, in.size() - 1);
  size_t last =
      fields.has("end_dim") ? axis_of(fields, "end_dim", in) : in.size() - 1;
  if (last < first) {
    fields.fail("expected start_dim before end_dim, found " +
                std::to_string(first) + " and " + std::to_string(last));
  }
  Shape out(in.begin(), in.begin() + static_cast<std::ptrdiff_t>(first));
  out.push_back(
      element_count(Shape(in.begin() + static_cast<std::ptrdiff_t>(first),
                          in.begin() + static_cast<std::ptrdiff_t>(last + 1))));
  out.insert(out.end(), in.begin() + static_cast<std::ptrdiff_t>(last + 1),
             in.end());
  if (out.size() == 1) return {{{"", Flatten{}}}, ""};
  return {{{"", Reshape{out}}}, ""};
}

}  // namespace

bool is_shaping(const std::string& type) {
  return type == "SumPool2d" || type == "AvgPool2d" || type == "Flatten";
}

Chain convert_shaping(Fields& fields, const Shape& in) {
  const std::string& type = fields.node().type;
  if (type == "SumPool2d") return pool<SumPool>(fields, in);
  if (type == "AvgPool2d") return pool<AvgPool>(fields, in);
  return flatten(fields, in);
}

}  // namespace nc::frontend::nir
