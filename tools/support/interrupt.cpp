#include "tools/support/interrupt.h"

#include <csignal>

namespace nc {
namespace {

constexpr int kSignals[] = {SIGINT, SIGTERM};
volatile std::sig_atomic_t asked = 0;
struct sigaction before[2];

extern "C" void ask(int) { asked = 1; }

}  // namespace

Interrupt::Interrupt() {
  asked = 0;
  struct sigaction action {};
  action.sa_handler = ask;
  action.sa_flags = SA_RESETHAND | SA_RESTART;
  sigemptyset(&action.sa_mask);
  for (int i = 0; i < 2; ++i) sigaction(kSignals[i], &action, &before[i]);
}

Interrupt::~Interrupt() {
  for (int i = 0; i < 2; ++i) sigaction(kSignals[i], &before[i], nullptr);
}

bool Interrupt::requested() { return asked != 0; }

}  // namespace nc
