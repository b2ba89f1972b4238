// ncc: the driver. Plans which programs run, runs them, and sums up.
#include <string>
#include <vector>

#include "tools/support/driver.h"
#include "tools/support/main.h"

namespace {

// gcc's spellings of the long options.
std::vector<char*> with_long_names(int argc, char** argv) {
  static std::string dry_run = "--dry-run";
  static std::string save_temps = "--save-temps";
  std::vector<char*> words(argv, argv + argc);
  for (char*& word : words) {
    if (std::string(word) == "-###") word = dry_run.data();
    if (std::string(word) == "-save-temps") word = save_temps.data();
  }
  return words;
}

}  // namespace

int main(int argc, char** argv) {
  nc::Tool tool(
      "ncc", "Compiles a trained network into a verified spiking network.",
      "  ncc model.pt --target=loihi-sim --data fashion-mnist\n"
      "  ncc model.pt --target=cpu --data cifar10:DIR,mean=.485:.456:.406,"
      "std=.229:.224:.225 -T 16\n"
      "  ncc model.pt --target=loihi-sim\n"
      "  ncc model.pt --target=nir -Wexport,--profile,snntorch,--loader\n"
      "  ncc model.pt --target=hls -o net.snn   # and net.hls/\n"
      "  ncc model.pt -### --data fashion-mnist -Wspike,--bits,4\n"
      "  ncc model.pt --check");
  nc::DriverJob job;
  nc::add_driver_options(tool.app(), job);
  std::vector<char*> words = with_long_names(argc, argv);
  return tool.run(argc, words.data(),
                  std::function<int()>([&] { return nc::drive(job); }));
}
