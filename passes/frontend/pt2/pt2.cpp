// Opens a file of torch.export and has its graph walked.
#include "passes/pt2.h"

#include <filesystem>
#include <new>
#include <stdexcept>

#include "ir/atomic_file.h"
#include "ir/error.h"
#include "passes/frontend/batch.h"
#include "passes/frontend/pt2/archive.h"
#include "passes/frontend/pt2/walk.h"

namespace nc {
namespace {

using namespace frontend;

constexpr size_t kLargestFile = size_t{16} << 30;

// The shape of one sample, and what to say of it.
struct SampleShape {
  Shape shape;
  std::string remark;
};

[[noreturn]] void refuse_shape(const Shape& wanted, const std::string& found) {
  throw Error("expected the input shape " + to_string(wanted) +
              ", found a network exported for " + found);
}

std::string open_shape(const std::vector<pt2::Size>& sizes) {
  std::string text;
  for (const pt2::Size& each : sizes) {
    text += (text.empty() ? "" : ", ") +
            (each.value ? std::to_string(*each.value) : std::string("any"));
  }
  return "[" + text + "]";
}

// What the user asks for, where the file leaves a size open.
SampleShape asked_shape(const std::vector<pt2::Size>& sizes,
                        const Shape& wanted) {
  bool fits = sizes.size() == wanted.size();
  for (size_t i = 0; fits && i < sizes.size(); ++i) {
    fits = wanted[i] > 0 && sizes[i].value.value_or(wanted[i]) == wanted[i];
  }
  if (!fits) refuse_shape(wanted, open_shape(sizes));
  return {wanted, ""};
}

SampleShape shape_in_file(const std::vector<pt2::Size>& sizes) {
  SampleShape result;
  for (const pt2::Size& each : sizes) {
    auto size = each.value ? each.value : each.hint;
    if (!size) {
      throw Error("the file leaves the input shape open (" + open_shape(sizes) +
                  "); give it as --input-shape");
    }
    result.shape.push_back(*size);
    if (!each.value) result.remark = "is that of the example";
  }
  if (!result.remark.empty()) {
    result.remark = "input shape " + to_string(result.shape) + " " +
                    result.remark + " (" + open_shape(sizes) +
                    " fits; --input-shape chooses)";
  }
  return result;
}

// A sample of one number has no axes besides the batch.
SampleShape sample_shape(const pt2::InputSizes& sizes,
                         const ImportOptions& options) {
  SampleShape result;
  if (options.input_shape) {
    result = asked_shape(sizes.sample, *options.input_shape);
  } else {
    result = shape_in_file(sizes.sample);
  }
  if (result.shape.empty()) {
    throw Error("expected an input with a batch axis and others, found one");
  }
  for (int64_t each : result.shape) {
    if (each < 1)
      throw Error("its input has a size of " + std::to_string(each));
  }
  element_count(result.shape);
  return result;
}

Imported import_bytes(Bytes bytes, const std::string& name,
                      const ImportOptions& options) {
  pt2::Program program = pt2::read_program(bytes);
  pt2::Signature signature = pt2::signature_of(program.module);
  pt2::InputSizes sizes = pt2::input_sizes(program.module, signature.input);
  SampleShape input = sample_shape(sizes, options);
  auto walk_once = [&](int64_t batch) {
    pt2::Walk walk(program, signature, input.shape, batch);
    Attempt attempt;
    attempt.result = walk.run(name, options.output);
    attempt.has_misfit = walk.has_misfit();
    attempt.reads_batch = walk.reads_batch();
    return attempt;
  };
  Imported result;
  try {
    result = sizes.batch
                 ? walk_once(*sizes.batch).result
                 : import_for_any_batch(walk_once, "aten::sym_size").result;
  } catch (const BakedBatch& baked) {
    throw Error("was exported with a batch of " +
                std::to_string(sizes.batch.value_or(0)) +
                ", but has a constant for a batch of " +
                std::to_string(baked.batch));
  }
  if (!input.remark.empty()) result.remarks.push_back(input.remark);
  return result;
}

}  // namespace

bool is_pt2(const std::string& path) { return pt2::is_exported_program(path); }

Imported import_pt2(const std::string& path, const ImportOptions& options) {
  try {
    std::vector<std::byte> bytes = read_whole(path, kLargestFile);
    std::string name = std::filesystem::path(path).stem().string();
    return import_bytes(bytes, name, options);
  } catch (const Error& error) {
    std::string message = error.what();
    bool names_file = message.compare(0, path.size(), path) == 0;
    throw names_file ? error : error.in(path);
  } catch (const Refusal& refusal) {
    throw Error(path + ": " + refusal.reason);
  } catch (const pt2::json::exception&) {
    throw Error(path + ": its graph is damaged");
  } catch (const std::bad_alloc&) {
    throw Error(path + ": not enough memory to import it");
  } catch (const std::length_error&) {
    throw Error(path + ": not enough memory to import it");
  }
}

}  // namespace nc
