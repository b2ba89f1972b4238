#include "passes/frontend/zip.h"

#include "ir/error.h"

namespace nc::frontend {

Zip open_zip(Bytes bytes) {
  if (bytes.empty()) throw Error("the file is empty");
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* source =
      zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
  zip_t* archive =
      source == nullptr
          ? nullptr
          : zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, &error);
  std::string reason = zip_error_strerror(&error);
  zip_error_fini(&error);
  if (archive != nullptr) return Zip(archive);
  if (source != nullptr) zip_source_free(source);
  throw Error("the zip archive is damaged or cut off (" + reason + ")");
}

ZipEntry open_entry(zip_t* archive, uint64_t index, const std::string& name) {
  ZipEntry entry(zip_fopen_index(archive, index, 0));
  if (entry != nullptr) return entry;
  throw Error("its entry '" + name + "' cannot be read (" +
              zip_strerror(archive) + ")");
}

}  // namespace nc::frontend
