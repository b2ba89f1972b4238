// Which of several processes this one is, from what starts them: torchrun,
// mpirun (Open MPI) or srun (Slurm).
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "ir/graph.h"
#include "runtime/processes.h"

namespace nc {

// The value of an environment variable; empty where there is none.
using Environment = std::function<std::string(const std::string& name)>;

// Nothing when this process is alone. RANK and WORLD_SIZE come first, then
// OMPI_COMM_WORLD_..., then those of a Slurm step; MASTER_ADDR and MASTER_PORT
// say where to meet (default: this machine, where all are on one, and 29500;
// one port further where torchrun's agent listens at that one).
// Throws Error for numbers that make no sense.
std::optional<Meeting> meeting_from(const Environment& environment);

void add_patience_option(CLI::App& app, int& patience);

// The processes that this one was started with; nothing when it is alone.
// Loads LibTorch otherwise. They wait for each other `patience` seconds.
std::unique_ptr<Processes> meet_others(const std::string& work, int patience);

// Notes in a step of the history that several processes made it.
void add_processes(const Processes* others, Step& step);

// Threads for each of the processes that share this machine.
int threads_here(const Processes* others);

}  // namespace nc
