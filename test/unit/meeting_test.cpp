#include "tools/support/meeting.h"

#include <catch2/catch.hpp>
#include <map>

#include "ir/error.h"

namespace nc {
namespace {

using Catch::Matchers::Equals;
using Variables = std::map<std::string, std::string>;

std::optional<Meeting> meeting(const Variables& variables) {
  return meeting_from([&](const std::string& name) {
    auto found = variables.find(name);
    return found == variables.end() ? "" : found->second;
  });
}

TEST_CASE("a process that nobody started with others is alone") {
  CHECK_FALSE(meeting({}));
  CHECK_FALSE(meeting({{"RANK", "0"}, {"WORLD_SIZE", "1"}}));
  // A batch script of Slurm is no task of a step.
  CHECK_FALSE(meeting({{"SLURM_PROCID", "0"}, {"SLURM_NTASKS", "4"}}));
}

TEST_CASE("torchrun's own meeting place is left to it") {
  auto found = meeting({{"RANK", "3"},
                        {"WORLD_SIZE", "4"},
                        {"LOCAL_WORLD_SIZE", "2"},
                        {"MASTER_ADDR", "node1"},
                        {"MASTER_PORT", "1234"},
                        {"TORCHELASTIC_USE_AGENT_STORE", "True"},
                        {"TORCHELASTIC_RESTART_COUNT", "1"}});
  REQUIRE(found);
  CHECK(found->rank == 3);
  CHECK(found->size == 4);
  CHECK(found->here == 2);
  CHECK(found->host == "node1");
  CHECK(found->port == 1235);
  CHECK(found->name == "ncc1");
}

TEST_CASE("mpirun and srun on one machine need no address") {
  auto mpi = meeting({{"OMPI_COMM_WORLD_RANK", "1"},
                      {"OMPI_COMM_WORLD_SIZE", "2"},
                      {"OMPI_COMM_WORLD_LOCAL_SIZE", "2"}});
  REQUIRE(mpi);
  CHECK(mpi->host == "127.0.0.1");
  CHECK(mpi->port == 29500);
  CHECK(mpi->here == 2);
  auto slurm = meeting({{"SLURM_PROCID", "2"},
                        {"SLURM_STEP_NUM_TASKS", "3"},
                        {"SLURM_STEP_NUM_NODES", "1"}});
  REQUIRE(slurm);
  CHECK(slurm->rank == 2);
  CHECK(slurm->here == 3);
}

TEST_CASE("what makes no sense is refused by its name") {
  CHECK_THROWS_WITH(meeting({{"RANK", "2"}, {"WORLD_SIZE", "2"}}),
                    Equals("RANK: expected a number from 0 to 1, found '2'"));
  CHECK_THROWS_WITH(meeting({{"WORLD_SIZE", "2"}}),
                    Equals("RANK: expected a number from 0 to 1, found ''"));
  CHECK_THROWS_WITH(meeting({{"OMPI_COMM_WORLD_RANK", "1"},
                             {"OMPI_COMM_WORLD_SIZE", "4"},
                             {"OMPI_COMM_WORLD_LOCAL_SIZE", "2"}}),
                    Equals("processes on several machines: expected "
                           "MASTER_ADDR, the address of that of rank 0"));
}

TEST_CASE("parts are in order, leave nothing out and differ by one at most") {
  int64_t next = 0;
  for (int rank = 0; rank < 4; ++rank) {
    Part part = part_of(10, rank, 4);
    CHECK(part.first == next);
    CHECK((part.count == 2 || part.count == 3));
    next += part.count;
  }
  CHECK(next == 10);
}

}  // namespace
}  // namespace nc
