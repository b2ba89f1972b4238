#include "tools/support/main.h"

#include <malloc.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <filesystem>

#include "ir/atomic_file.h"
#include "ir/printable.h"
#include "ncc_version.h"

namespace nc {
namespace {

void start_log(const std::string& name) {
  auto log = spdlog::stderr_color_st(name);
  log->set_pattern("%n: %v");
  spdlog::set_default_logger(log);
}

// Large blocks are taken from the heap and kept: engines ask for the same
// sizes for every batch, and fresh pages cost more than the arithmetic.
void keep_memory() {
  constexpr int kLargest = 32 << 20;  // what glibc allows
  mallopt(M_MMAP_THRESHOLD, kLargest);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
}

int fail(const std::string& what) {
  spdlog::error("error: {}", printable(what));
  return 1;
}

}  // namespace

Tool::Tool(std::string name, const std::string& does,
           const std::string& examples)
    : name_(std::move(name)), app_(does, name_) {
  app_.set_version_flag("--version", name_ + " " + version());
  app_.footer("Examples:\n" + examples);
  app_.get_formatter()->column_width(34);
}

int Tool::run(int argc, char** argv, const std::function<void()>& work) {
  return run(argc, argv, std::function<int()>([&] {
               work();
               return 0;
             }));
}

int Tool::run(int argc, char** argv, const std::function<int()>& work) {
  start_log(name_);
  keep_memory();
  try {
    app_.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app_.exit(error);
    spdlog::error("{} (see {} --help)", printable(error.what()), name_);
    return 2;
  }
  try {
    return work();
  } catch (const std::bad_alloc&) {
    return fail("out of memory");
  } catch (const std::exception& error) {
    return fail(error.what());
  }
}

void print(const std::string& text) {
  write_atomically("-", std::as_bytes(std::span(text)));
}

void say(const std::string& message) { spdlog::info(printable(message)); }

void warn(const std::string& message) {
  spdlog::warn("warning: {}", printable(message));
}

std::string version() { return NCC_VERSION; }

std::string program_folder() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path();
}

}  // namespace nc
