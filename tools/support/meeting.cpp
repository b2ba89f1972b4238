#include "tools/support/meeting.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "ir/error.h"
#include "runtime/parallel.h"
#include "tools/support/torch.h"

namespace nc {
namespace {

int number_in(const Environment& environment, const std::string& name, int low,
              int high) {
  std::string text = environment(name);
  int number = 0;
  const char* end = text.data() + text.size();
  auto [stop, code] = std::from_chars(text.data(), end, number);
  bool good =
      code == std::errc() && stop == end && number >= low && number <= high;
  if (good) return number;
  throw Error(name + ": expected a number from " + std::to_string(low) +
              " to " + std::to_string(high) + ", found '" + text + "'");
}

// The names under which what starts processes says who is who.
struct Starter {
  const char* rank;
  const char* size;
  const char* on_this_machine;  // how many of them; empty: it does not say
};

constexpr Starter kStarters[] = {
    {"RANK", "WORLD_SIZE", "LOCAL_WORLD_SIZE"},
    {"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE",
     "OMPI_COMM_WORLD_LOCAL_SIZE"},
    {"SLURM_PROCID", "SLURM_STEP_NUM_TASKS", ""},
};

// How many of `size` processes are on this machine; all where nobody says.
int processes_here(const Environment& environment, const Starter& names,
                   int size) {
  if (!*names.on_this_machine) {
    std::string nodes = environment("SLURM_STEP_NUM_NODES");
    return nodes.empty() || nodes == "1" ? size : 1;
  }
  if (environment(names.on_this_machine).empty()) return size;
  return number_in(environment, names.on_this_machine, 1, size);
}

Meeting meeting_by(const Environment& environment, const Starter& names) {
  constexpr int kMost = 1 << 20;
  Meeting meeting;
  meeting.size = number_in(environment, names.size, 1, kMost);
  meeting.rank = number_in(environment, names.rank, 0, meeting.size - 1);
  if (!environment("MASTER_PORT").empty()) {
    meeting.port = number_in(environment, "MASTER_PORT", 1, 65535);
  }
  // torchrun itself listens at this port, in the language of its own version.
  bool is_taken = environment("TORCHELASTIC_USE_AGENT_STORE") == "True";
  if (is_taken) ++meeting.port;
  meeting.name = "ncc" + environment("TORCHELASTIC_RESTART_COUNT");
  meeting.here = processes_here(environment, names, meeting.size);
  std::string host = environment("MASTER_ADDR");
  if (host.empty() && meeting.here < meeting.size) {
    throw Error(
        "processes on several machines: expected MASTER_ADDR, the address of "
        "that of rank 0");
  }
  if (!host.empty()) meeting.host = host;
  return meeting;
}

std::string from_process(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value ? value : "";
}

}  // namespace

std::optional<Meeting> meeting_from(const Environment& environment) {
  for (const Starter& names : kStarters) {
    if (environment(names.size).empty()) continue;
    Meeting meeting = meeting_by(environment, names);
    if (meeting.size > 1) return meeting;
    return {};
  }
  return {};
}

void add_patience_option(CLI::App& app, int& patience) {
  app.add_option("--patience", patience,
                 "seconds that several processes (torchrun, mpirun, srun) wait "
                 "for each other")
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
}

std::unique_ptr<Processes> meet_others(const std::string& work, int patience) {
  std::optional<Meeting> meeting = meeting_from(from_process);
  if (!meeting) return nullptr;
  meeting->name += "." + work;
  meeting->patience = std::chrono::seconds(patience);
  return torch_library().meet(*meeting);
}

void add_processes(const Processes* others, Step& step) {
  if (!others) return;
  step.measurements.push_back(
      {"processes", static_cast<double>(others->size()), "", 0});
}

int threads_here(const Processes* others) {
  return std::max(default_threads() / (others ? others->here() : 1), 1);
}

}  // namespace nc
