// Long work that ends well: the first SIGINT or SIGTERM is a wish that the work
// asks for at its next good moment; the second one ends the process as usual.
#pragma once

namespace nc {

class Interrupt {
 public:
  Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;
  ~Interrupt();  // signals mean again what they meant before

  static bool requested();
};

}  // namespace nc
