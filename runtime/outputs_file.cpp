#include "runtime/outputs_file.h"

#include <hdf5.h>

#include <span>

#include "ir/atomic_file.h"
#include "ir/error.h"
#include "ir/hdf5.h"

namespace nc {
namespace {

using hdf5::Handle;

constexpr size_t kGrowth = size_t{1} << 20;  // of the image in memory, bytes

Handle required(hid_t id, const std::string& name) {
  if (id < 0) throw Error("HDF5 cannot write '" + name + "'");
  return Handle(id);
}

Handle group_properties(hid_t property_class) {
  Handle properties = required(H5Pcreate(property_class), "properties");
  H5Pset_obj_track_times(properties.get(), false);
  H5Pset_link_creation_order(properties.get(),
                             H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
  return properties;
}

// A file that is never on disk.
Handle create_image() {
  Handle access = required(H5Pcreate(H5P_FILE_ACCESS), "properties");
  H5Pset_fapl_core(access.get(), kGrowth, false);
  Handle creation = group_properties(H5P_FILE_CREATE);
  return required(
      H5Fcreate("memory", H5F_ACC_TRUNC, creation.get(), access.get()), "/");
}

std::vector<std::byte> bytes_of(hid_t file) {
  ssize_t size = -1;
  if (H5Fflush(file, H5F_SCOPE_GLOBAL) >= 0) {
    size = H5Fget_file_image(file, nullptr, 0);
  }
  if (size < 0) throw Error("HDF5 cannot make the file");
  std::vector<std::byte> bytes(static_cast<size_t>(size));
  H5Fget_file_image(file, bytes.data(), bytes.size());
  return bytes;
}

Handle create_group(hid_t parent, const std::string& name) {
  Handle properties = group_properties(H5P_GROUP_CREATE);
  return required(H5Gcreate2(parent, name.c_str(), H5P_DEFAULT,
                             properties.get(), H5P_DEFAULT),
                  name);
}

void write_dataset(hid_t group, const std::string& name, hid_t stored,
                   hid_t native, const Shape& shape, const void* values) {
  std::vector<hsize_t> sizes(shape.begin(), shape.end());
  Handle space = required(
      H5Screate_simple(static_cast<int>(sizes.size()), sizes.data(), nullptr),
      name);
  Handle properties = required(H5Pcreate(H5P_DATASET_CREATE), name);
  H5Pset_obj_track_times(properties.get(), false);
  Handle dataset =
      required(H5Dcreate2(group, name.c_str(), stored, space.get(), H5P_DEFAULT,
                          properties.get(), H5P_DEFAULT),
               name);
  if (H5Dwrite(dataset.get(), native, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) <
      0) {
    throw Error("HDF5 cannot write '" + name + "'");
  }
}

void write(hid_t group, const std::string& name, Shape shape,
           const std::vector<double>& values) {
  write_dataset(group, name, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, shape,
                values.data());
}

Shape shape_of(const Outputs& outputs) {
  Shape shape = outputs.shape;
  shape.insert(shape.begin(), outputs.samples);
  return shape;
}

void write_values(hid_t file, const Outputs& outputs) {
  Shape shape = shape_of(outputs);
  write(file, "outputs", shape, outputs.values);
  if (outputs.by_step.empty()) return;
  auto steps =
      static_cast<int64_t>(outputs.by_step.size() / outputs.values.size());
  shape.insert(shape.begin(), steps);
  write(file, "by_step", shape, outputs.by_step);
}

void write_layer(hid_t layers, const std::string& name, int64_t samples,
                 const Train& train) {
  Handle group = create_group(layers, name);
  Shape shape = {samples, train.steps, train.neurons};
  write_dataset(group.get(), "spikes", H5T_STD_I32LE, H5T_NATIVE_INT32, shape,
                train.spikes.data());
  if (train.membrane.empty()) return;
  write(group.get(), "membrane", shape, train.membrane);
}

void write_layers(hid_t file, const Outputs& outputs) {
  Handle layers = create_group(file, "layers");
  for (const LayerCount& layer : outputs.layers) {
    auto train = outputs.trains.find(layer.name);
    if (train == outputs.trains.end()) continue;
    write_layer(layers.get(), layer.name, outputs.samples, train->second);
  }
}

}  // namespace

void write_outputs(const Outputs& outputs, const std::string& path) {
  hdf5::Silence silence;
  Handle file = create_image();
  write_values(file.get(), outputs);
  write_atomically(path, bytes_of(file.get()));
}

void write_trace(const Outputs& outputs, const std::vector<int64_t>& labels,
                 const std::string& path) {
  hdf5::Silence silence;
  Handle file = create_image();
  write_values(file.get(), outputs);
  if (!labels.empty()) {
    write_dataset(file.get(), "labels", H5T_STD_I64LE, H5T_NATIVE_INT64,
                  {static_cast<int64_t>(labels.size())}, labels.data());
  }
  write_layers(file.get(), outputs);
  write_atomically(path, bytes_of(file.get()));
}

}  // namespace nc
