#include "backends/nir/loader.h"

#include <cctype>
#include <filesystem>

#include "backends/nir/loader_texts.h"

namespace nc::nir {
namespace {

struct Consumer {
  const char* text;
  const char* packages;
};

Consumer consumer_of(Profile profile) {
  switch (profile) {
    case Profile::snntorch:
      return {k_snntorch, "nir, nirtorch, torch, snntorch"};
    case Profile::norse:
      return {k_norse, "nir, nirtorch, torch, norse"};
    case Profile::spikingjelly:
      return {k_spikingjelly, "nir, nirtorch, torch, spikingjelly"};
    case Profile::sinabs:
      return {k_sinabs, "nir, nirtorch, torch, sinabs"};
    case Profile::generic:
    case Profile::exact:
      break;
  }
  return {k_plain, "nir, torch"};
}

// Letters, digits and underscores.
std::string identifier(std::string text) {
  for (char& c : text) {
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
  }
  return text;
}

// What may stand between Python's triple quotes.
std::string quotable(std::string text) {
  for (char& c : text) {
    if (c < ' ' || c > '~' || c == '"' || c == '\\') c = '?';
  }
  return text;
}

}  // namespace

std::string loader_text(Profile profile, const std::string& file,
                        const std::string& tool) {
  Consumer consumer = consumer_of(profile);
  std::string name = quotable(file);
  std::string module = loader_path(file);
  module = module.substr(0, module.size() - 3);
  return "\"\"\"Loads " + name + " (profile " + name_of(profile) +
         ") so that it spikes as in nc-run.\n\n    from " + module +
         " import load, run\n    net = load(\"" + name +
         "\")\n    answers = run(net, x)  # stored data [N, ...]\n" +
         "    answers, trains = run(net, x, record=True)\n\nNeeds " +
         consumer.packages + ". Written by " + tool + ".\n\"\"\"\n" + k_common +
         "\n\n" + consumer.text;
}

std::string loader_path(const std::string& file) {
  std::filesystem::path path(file);
  std::string name = "load_" + identifier(path.stem().string()) + ".py";
  return (path.parent_path() / name).string();
}

}  // namespace nc::nir
