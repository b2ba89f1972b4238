#include "tools/support/process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "ir/error.h"

extern char** environ;

namespace nc {
namespace {

constexpr std::array kEnding = {SIGINT, SIGTERM, SIGHUP};

// Signal handlers reach nothing but globals.
volatile sig_atomic_t running = 0;   // the child's number; 0: none
volatile sig_atomic_t asked_by = 0;  // the signal; 0: none came

void forward(int signal) {
  asked_by = signal;
  if (running > 0) ::kill(running, signal);
}

// While one lives, signals wait: between fork and the note of the child's
// number one would be lost.
class SignalsWait {
 public:
  SignalsWait() {
    sigset_t ending;
    sigemptyset(&ending);
    for (int signal : kEnding) sigaddset(&ending, signal);
    sigprocmask(SIG_BLOCK, &ending, &before_);
  }
  SignalsWait(const SignalsWait&) = delete;
  SignalsWait& operator=(const SignalsWait&) = delete;
  ~SignalsWait() { sigprocmask(SIG_SETMASK, &before_, nullptr); }

  const sigset_t& before() const { return before_; }

 private:
  sigset_t before_;
};

pid_t spawn(const std::vector<std::string>& words, bool quiet_stdout,
            const sigset_t& mask) {
  std::vector<char*> arguments;
  for (const std::string& word : words) {
    arguments.push_back(const_cast<char*>(word.c_str()));
  }
  arguments.push_back(nullptr);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  posix_spawnattr_setsigmask(&attributes, &mask);
  sigset_t pipe;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  posix_spawnattr_setsigdefault(&attributes, &pipe);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  if (quiet_stdout) {
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null",
                                     O_WRONLY, 0);
  }
  pid_t child = 0;
  int failed = posix_spawn(&child, arguments[0], &actions, &attributes,
                           arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (failed != 0) throw Error(words[0] + ": " + std::strerror(failed));
  return child;
}

void start(const std::vector<std::string>& words, bool quiet_stdout) {
  SignalsWait wait;
  if (asked_by != 0) return;
  running = spawn(words, quiet_stdout, wait.before());
}

// How the running program ended, as of waitpid().
int wait_for_end() {
  int status = 0;
  while (waitpid(running, &status, 0) < 0 && errno == EINTR) {
  }
  running = 0;
  return status;
}

std::string name_of_signal(int signal) {
  return "signal " + std::to_string(signal) + " (" + strsignal(signal) + ")";
}

}  // namespace

void forward_signals() {
  for (int signal : kEnding) {
    struct sigaction before {};
    sigaction(signal, nullptr, &before);
    if (before.sa_handler == SIG_IGN) continue;  // as under nohup
    struct sigaction action {};
    action.sa_handler = forward;
    sigaction(signal, &action, nullptr);
  }
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGCHLD, SIG_DFL);  // ignored, as some parents leave it, no status
}

int run_program(const std::vector<std::string>& words, bool quiet_stdout) {
  start(words, quiet_stdout);
  int status = running > 0 ? wait_for_end() : 0;
  if (asked_by != 0) throw Error("ended by " + name_of_signal(asked_by));
  if (WIFEXITED(status)) return WEXITSTATUS(status);
  throw Error(words[0] + ": killed by " + name_of_signal(WTERMSIG(status)));
}

}  // namespace nc
