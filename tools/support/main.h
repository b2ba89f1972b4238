// The frame of every program: options by CLI11, messages by spdlog, errors and
// exit status in one place. A program describes itself, binds its options and
// gives the function that does the work:
//
//   int main(int argc, char** argv) {
//     nc::Tool tool("nc-fold", "Folds ...", "examples ...");
//     tool.app().add_option(...);
//     return tool.run(argc, argv, [&] { ... });
//   }
//
// Exit status: 0 done, 1 bad input or failed check, 2 usage. Results go to
// stdout; everything else, errors included, to stderr.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <vector>

namespace nc {

class Tool {
 public:
  Tool(std::string name, const std::string& does, const std::string& examples);

  CLI::App& app() { return app_; }

  // Parses the options, calls `work`, and gives the exit status.
  int run(int argc, char** argv, const std::function<void()>& work);
  // The same for work that decides about the status itself.
  int run(int argc, char** argv, const std::function<int()>& work);

 private:
  std::string name_;
  CLI::App app_;
};

// Results, on stdout; throws Error when they cannot be written.
void print(const std::string& text);

// Said to the user on stderr, in one line that starts with the program's name,
// whatever characters the message holds.
void say(const std::string& message);
void warn(const std::string& message);

// What `git describe` said when this was built.
std::string version();

// The folder that holds the running program.
std::string program_folder();

}  // namespace nc
