// Every file of test/data/pt2 (made by test/support/make_pt2.py): those to be
// accepted must compute what PyTorch computed of the same network, those to be
// refused must say why. Damaged and hostile files must end in one clear line.
#include "passes/pt2.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <span>

#include "ir/error.h"
#include "ir/verify.h"
#include "passes/frontend/pt2/pickle.h"
#include "test/support/torture_set.h"
#include "test/support/zip_files.h"
#include "test/unit/temporary_folder.h"

namespace nc {
namespace {

using Catch::Matchers::Contains;
using nlohmann::json;
using test::ZipEntries;

const std::string kFolder = std::string(NC_TEST_DATA) + "/pt2/";
const std::string kTwins = std::string(NC_TEST_DATA) + "/torchscript/accepted/";

std::string file(const std::string& name) { return kFolder + name + ".pt2"; }

// What is said of a file that cannot be imported.
std::string complaint(const std::string& path,
                      const ImportOptions& options = {}) {
  try {
    Imported result = import_pt2(path, options);
    CHECK(result.graph.nodes.empty());
    return test::refusals(result);
  } catch (const Error& error) {
    CHECK(std::string(error.what()).find('\n') == std::string::npos);
    CHECK_THAT(error.what(), Contains(path));
    return error.what();
  }
}

// A good file after `change` has been made to its entries.
template <class Change>
std::string complaint_after(Change change,
                            const std::string& name = "plain_plain") {
  test::TemporaryFolder folder;
  ZipEntries entries = test::read_zip(file(name));
  change(entries);
  std::string path = folder.path("changed.pt2");
  test::write_zip(path, entries);
  return complaint(path);
}

template <class Change>
std::string complaint_after_json(const std::string& ending, Change change,
                                 const std::string& name = "plain_plain") {
  return complaint_after(
      [&](ZipEntries& entries) {
        std::string& text = test::entry_ending(entries, ending);
        json parsed = json::parse(text);
        change(parsed);
        text = parsed.dump();
      },
      name);
}

json& weight(json& config, const char* name) {
  return config["config"][name]["tensor_meta"];
}

// What PyTorch answered: beside the twin, or here.
std::string answers(const json& entry) {
  if (!entry.at("twin").is_null()) {
    return kTwins + entry.at("twin").get<std::string>() + ".npz";
  }
  std::string name = entry.at("name");
  return kFolder + name.substr(0, name.rfind('_')) + ".npz";
}

TEST_CASE("an accepted torch.export file computes what PyTorch computes") {
  for (const json& entry : test::manifest(kFolder)) {
    if (!entry.at("accepted")) continue;
    for (int64_t output = 0; output < entry.at("outputs"); ++output) {
      INFO(entry.at("name") << ", output " << output);
      auto result = import_pt2(file(entry.at("name")), {{}, output});
      INFO(test::refusals(result));
      CHECK_NOTHROW(require_valid(result.graph));
      if (result.graph.nodes.empty()) continue;
      std::string data = answers(entry);
      std::string y =
          output == 0 ? "y.npy" : "y" + std::to_string(output) + ".npy";
      Outputs found = test::run(result.graph, test::read_array(data, "x.npy"));
      CHECK(test::difference(found.values, test::read_array(data, y.c_str())) <=
            entry.at("tolerance").get<double>());
    }
  }
}

TEST_CASE("a refused torch.export file says what is wrong with it") {
  for (const json& entry : test::manifest(kFolder)) {
    if (entry.at("accepted")) continue;
    INFO(entry.at("name"));
    std::string expected = test::lower(entry.at("expect"));
    CHECK_THAT(test::lower(complaint(file(entry.at("name")))),
               Contains(expected));
  }
}

TEST_CASE("nodes of a torch.export file are named after their modules") {
  auto result = import_pt2(file("plain_plain"), {});
  const Node* conv = result.graph.find("conv");
  REQUIRE(conv != nullptr);
  CHECK(std::holds_alternative<Conv2d>(conv->op));
  CHECK(conv->origin == std::vector<std::string>{"conv"});
  CHECK(result.graph.find("linear") != nullptr);
}

TEST_CASE("the input shape stands in a torch.export file") {
  auto result = import_pt2(file("plain_plain"), {});
  CHECK(std::get<Input>(result.graph.input().op).shape == Shape{3, 8, 6});
  CHECK_THAT(complaint(file("plain_plain"), {Shape{3, 9, 6}, 0}),
             Contains("expected the input shape [3, 9, 6]"));
  CHECK_NOTHROW(import_pt2(file("plain_plain"), {Shape{3, 8, 6}, 0}));
}

TEST_CASE("an output that a torch.export file does not have is refused") {
  CHECK_THAT(complaint(file("several_outputs_plain"), {{}, 2}),
             Contains("2 outputs"));
}

TEST_CASE("a file of torch.export is known by its content") {
  CHECK(is_pt2(file("plain_plain")));
  CHECK_FALSE(is_pt2(kTwins + "plain_traced.pt"));
  CHECK_FALSE(is_pt2(kFolder + "manifest.json"));
  CHECK_FALSE(is_pt2(kFolder));
  CHECK_FALSE(is_pt2(kFolder + "none.pt2"));
}

TEST_CASE("a tensor must lie within its storage") {
  const std::string config = "model_weights_config.json";
  auto conv = [](json& whole) -> json& { return weight(whole, "conv.weight"); };
  CHECK_THAT(
      complaint_after_json(
          config, [&](json& c) { conv(c)["strides"][0]["as_int"] = 28; }),
      Contains("conv.weight") && Contains("beyond the bytes"));
  CHECK_THAT(
      complaint_after_json(
          config, [&](json& c) { conv(c)["storage_offset"]["as_int"] = 1; }),
      Contains("beyond the bytes"));
  CHECK_THAT(
      complaint_after_json(
          config, [&](json& c) { conv(c)["strides"][3]["as_int"] = -1; }),
      Contains("beyond the bytes"));
  CHECK_THAT(
      complaint_after_json(
          config,
          [&](json& c) { conv(c)["sizes"][0]["as_int"] = int64_t{1} << 62; }),
      Contains("beyond the bytes"));
  CHECK_THAT(complaint_after([](ZipEntries& entries) {
               test::entry_ending(entries, "weights/weight_0").resize(100);
             }),
             Contains("conv.weight") && Contains("beyond the bytes"));
}

TEST_CASE("a tensor that repeats a number takes no more than a bounded room") {
  auto change = [](json& config) {
    json& meta = weight(config, "conv.weight");
    for (json& stride : meta["strides"]) stride["as_int"] = 0;
    for (json& size : meta["sizes"]) size["as_int"] = 30000;
  };
  CHECK_THAT(complaint_after_json("model_weights_config.json", change),
             Contains("more room than the file has bytes for"));
}

TEST_CASE("a weight that is missing is named") {
  auto forget = [](json& config) { config["config"].erase("bn.bias"); };
  CHECK_THAT(complaint_after_json("model_weights_config.json", forget),
             Contains("'bn.bias' is missing"));
  CHECK_THAT(complaint_after([](ZipEntries& entries) {
               test::entry_ending(entries, "weights/weight_3") = "";
             }),
             Contains("beyond the bytes"));
}

TEST_CASE("a tensor of a class of its own is refused by name") {
  auto pickle = [](json& config) {
    config["config"]["bn.bias"]["use_pickle"] = true;
  };
  CHECK_THAT(complaint_after_json("model_weights_config.json", pickle),
             Contains("'bn.bias'") && Contains("use_pickle"));
}

TEST_CASE("weights of a type that is not supported are refused by operator") {
  auto complex = [](json& config) {
    weight(config, "conv.bias")["dtype"] = 10;
  };
  CHECK_THAT(complaint_after_json("model_weights_config.json", complex),
             Contains("aten::conv2d (conv)") && Contains("complex"));
}

TEST_CASE("another version of the schema is refused with both numbers") {
  auto newer = [](json& model) { model["schema_version"]["major"] = 9; };
  CHECK_THAT(complaint_after_json("models/model.json", newer),
             Contains("version 8") && Contains("found 9"));
}

TEST_CASE("a graph that is damaged is an error, wherever it is") {
  const std::string model = "models/model.json";
  auto graph = [](json& whole) -> json& {
    return whole["graph_module"]["graph"];
  };
  CHECK_THAT(complaint_after_json(model, [&](json& m) { graph(m).clear(); }),
             Contains("damaged"));
  CHECK_THAT(complaint_after_json(
                 model, [&](json& m) { graph(m)["nodes"][3]["inputs"] = 7; }),
             Contains("damaged"));
  CHECK_THAT(
      complaint_after_json(model, [&](json& m) { graph(m)["nodes"].erase(0); }),
      Contains("'conv2d' is read before it is made"));
  CHECK_THAT(complaint_after_json(model,
                                  [&](json& m) {
                                    m["graph_module"]["signature"].erase(
                                        "input_specs");
                                  }),
             Contains("'input_specs' is missing"));
  CHECK_THAT(complaint_after([&](ZipEntries& entries) {
               std::string& text = test::entry_ending(entries, model);
               text = std::string(100000, '[') + std::string(100000, ']');
             }),
             Contains("nested too deeply"));
  CHECK_THAT(complaint_after([&](ZipEntries& entries) {
               test::entry_ending(entries, model).resize(2000);
             }),
             Contains("no valid JSON"));
}

TEST_CASE("a network with two inputs is refused") {
  auto second = [](json& model) {
    json& specs = model["graph_module"]["signature"]["input_specs"];
    specs[1] = {{"user_input", {{"arg", {{"as_tensor", {{"name", "y"}}}}}}}};
  };
  CHECK_THAT(complaint_after_json("models/model.json", second),
             Contains("the arguments 'y' and 'x'"));
}

TEST_CASE("several models in one file are refused by name") {
  CHECK_THAT(complaint_after([](ZipEntries& entries) {
               std::string copy =
                   test::entry_ending(entries, "models/model.json");
               entries.emplace_back("plain_plain/models/other.json", copy);
             }),
             Contains("several models") && Contains("models/other.json"));
}

TEST_CASE("compiled code without a graph is refused") {
  CHECK_THAT(complaint_after([](ZipEntries& entries) {
               for (auto& [name, content] : entries) {
                 if (name.ends_with("model.json")) name += ".bin";
               }
             }),
             Contains("holds no graph"));
}

TEST_CASE("an operator that nobody knows is refused by name") {
  auto rename = [](json& model) {
    model["graph_module"]["graph"]["nodes"][2]["target"] =
        "torch.ops.mine.fancy.default";
  };
  CHECK_THAT(complaint_after_json("models/model.json", rename),
             Contains("mine::fancy (relu)") && Contains("no conversion"));
}

// What is said of a file of torch.save with this pickle in it.
std::string complaint_about_pickle(const std::string& pickle) {
  test::TemporaryFolder folder;
  std::string path = folder.path("saved.pt");
  test::write_zip(path, {{"archive/data.pkl", pickle}});
  std::ifstream stream(path, std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(stream)), {});
  try {
    frontend::pt2::read_saved_tensors(std::as_bytes(std::span(bytes)), "saved");
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST_CASE("a pickle that names anything but tensors is refused by name") {
  CHECK(complaint_about_pickle("\x80\x02}.") == "");
  CHECK_THAT(complaint_about_pickle("cposix\nsystem\n\x8c\x02ls\x85R."),
             Contains("posix.system"));
  CHECK_THAT(complaint_about_pickle("}\x8c\x01wK\x01s."),
             Contains("dict of tensors"));
  CHECK_THAT(complaint_about_pickle("cbuiltins\nobject\n)\x81."),
             Contains("more than tensors"));
}

TEST_CASE("a pickle that is damaged, or nests without end, is an error") {
  for (const char* each : {"", "}", ".", "(", "}s.", "u.", "h\x01.", "N)R.",
                           "K\x01Q.", "\x8c\xffx.",
                           "]q\x01h\x01"
                           "a."}) {
    INFO(each);
    CHECK_THAT(complaint_about_pickle(each), Contains("damaged"));
  }
  std::string nested = ")" + std::string(100000, '\x85') + ".";
  CHECK_THAT(complaint_about_pickle(nested), Contains("nested too deeply"));
}

TEST_CASE("a damaged torch.export file gives an error and never a crash") {
  test::TemporaryFolder folder;
  std::ifstream stream(file("plain_plain"), std::ios::binary);
  std::string good((std::istreambuf_iterator<char>(stream)), {});
  for (size_t size = 0; size < good.size(); size += good.size() / 40) {
    std::string path = folder.write("cut.pt2", good.substr(0, size));
    CHECK_THROWS_AS(import_pt2(path, {}), Error);
  }
  for (size_t at = 0; at < good.size(); at += good.size() / 400) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x55);
    std::string path = folder.write("flipped.pt2", bad);
    try {
      import_pt2(path, {});
    } catch (const Error& error) {
      CHECK_THAT(error.what(), Contains("flipped.pt2"));
    }
  }
}

TEST_CASE("what is no file of torch.export is refused") {
  test::TemporaryFolder folder;
  CHECK_THROWS_AS(import_pt2(folder.path("none.pt2"), {}), Error);
  CHECK_THROWS_AS(import_pt2(folder.path(), {}), Error);
  CHECK_THAT(complaint(folder.write("empty.pt2", "")), Contains("empty"));
}

}  // namespace
}  // namespace nc
