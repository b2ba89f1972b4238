#include "tools/support/step.h"

#include <filesystem>

#include "tools/support/main.h"

namespace nc {
namespace {

// Options that say where things are, or how to talk, not what to do.
bool leaves_no_trace(const CLI::Option& option) {
  static const std::vector<std::string> kNames = {"output",
                                                  "json",
                                                  "quiet",
                                                  "help",
                                                  "version",
                                                  "verbose",
                                                  "outputs",
                                                  "trace",
                                                  "check",
                                                  "loader",
                                                  "checkpoint",
                                                  "resume",
                                                  "log",
                                                  "checkpoint-steps",
                                                  "checkpoint-minutes",
                                                  "patience"};
  const std::string name = option.get_single_name();
  return option.get_positional() ||
         std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

// A data specification or a path, without the folders in front.
std::string without_folders(const std::string& value) {
  size_t slash = value.find_last_of('/');
  if (slash == std::string::npos) return value;
  size_t colon = value.find(':');
  std::string head;
  if (colon != std::string::npos && colon < slash) {
    head = value.substr(0, colon + 1);
  }
  return head + value.substr(slash + 1);
}

}  // namespace

std::string base_name(const std::string& path) {
  return std::filesystem::path(path).filename();
}

Step make_step(const CLI::App& app) {
  Step step;
  step.tool = app.get_name();
  step.version = version();
  for (const CLI::Option* option : app.get_options()) {
    if (option->count() == 0 || leaves_no_trace(*option)) continue;
    std::string value;
    for (const std::string& each : option->results()) {
      value += (value.empty() ? "" : ",") + each;
    }
    if (value == option->get_default_str()) continue;
    step.arguments.push_back("--" + option->get_lnames().at(0));
    if (option->get_expected_min() > 0) {
      step.arguments.push_back(without_folders(value));
    }
  }
  return step;
}

}  // namespace nc
