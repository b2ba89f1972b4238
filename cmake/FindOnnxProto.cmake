# The protobuf definitions of ONNX (Debian: libonnx-dev), the compiler for
# them, and protobuf's runtime: OnnxProto::Protobuf, OnnxProto_DEFINITIONS,
# OnnxProto_COMPILER. The runtime is linked statically: LibTorch brings one of
# its own, and a shared one in a program would stand in front of that.
find_file(OnnxProto_DEFINITIONS onnx/onnx.proto)
find_program(OnnxProto_COMPILER protoc)
find_path(OnnxProto_INCLUDE_DIR google/protobuf/message_lite.h)
find_library(OnnxProto_LIBRARY NAMES libprotobuf-lite.a)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(OnnxProto DEFAULT_MSG
  OnnxProto_DEFINITIONS OnnxProto_COMPILER OnnxProto_LIBRARY
  OnnxProto_INCLUDE_DIR)
if(OnnxProto_FOUND AND NOT TARGET OnnxProto::Protobuf)
  add_library(OnnxProto::Protobuf UNKNOWN IMPORTED)
  set_target_properties(OnnxProto::Protobuf PROPERTIES
    IMPORTED_LOCATION ${OnnxProto_LIBRARY}
    INTERFACE_INCLUDE_DIRECTORIES ${OnnxProto_INCLUDE_DIR}
    INTERFACE_LINK_LIBRARIES Threads::Threads)
endif()
