#include "passes/torch/training/replicas.h"

#include <ATen/core/grad_mode.h>

#include "ir/error.h"
#include "ir/sha256.h"
#include "passes/torch/sums.h"

namespace nc {
namespace {

using Facts = std::vector<std::pair<std::string, int64_t>>;

int64_t digest(Bytes bytes) {
  constexpr size_t kDigits = 15;
  return std::stoll(sha256(bytes).substr(0, kDigits), nullptr, 16);
}

void require_same(Processes* others, const Facts& facts) {
  std::vector<int64_t> own;
  for (const auto& each : facts) own.push_back(each.second);
  at::Tensor all = gathered(others, at::tensor(own, at::kLong));
  at::Tensor differ = all.ne(all[0]).nonzero();
  if (differ.size(0) == 0) return;
  auto rank = differ[0][0].item().toLong();
  const std::string& what =
      facts[static_cast<size_t>(differ[0][1].item().toLong())].first;
  throw Error("expected the same " + what + " in all processes; process " +
              std::to_string(rank) + " has another than process 0");
}

// Of all the state that an optimizer may have.
std::vector<std::string> state_names(const NamedTensors& like) {
  std::vector<std::string> names;
  for (const auto& [name, ignored] : like) {
    for (const char* kind : {".momentum", ".mean", ".square", ".step"}) {
      names.push_back(name + kind);
    }
  }
  return names;
}

// A tensor of the form that state `name` has.
at::Tensor state_like(const std::string& name, const NamedTensors& like) {
  if (name.ends_with(".step")) return at::zeros({1}, at::kLong);
  return at::zeros_like(like.at(name.substr(0, name.rfind('.'))));
}

NamedTensors optimizer_of_first(Processes* others, const NamedTensors& own,
                                const NamedTensors& like) {
  std::vector<std::string> names = state_names(like);
  std::vector<int64_t> present;
  for (const std::string& name : names) present.push_back(own.contains(name));
  at::Tensor all = of_first(others, at::tensor(present, at::kLong));
  NamedTensors state;
  for (size_t i = 0; i < names.size(); ++i) {
    if (all[static_cast<int64_t>(i)].item().toLong() == 0) continue;
    auto found = own.find(names[i]);
    state[names[i]] =
        of_first(others, found == own.end() ? state_like(names[i], like)
                                            : found->second);
  }
  return state;
}

NamedTensors tensors_of_first(Processes* others, const NamedTensors& own,
                              const NamedTensors& like) {
  NamedTensors tensors;
  for (const auto& [name, tensor] : like) {
    auto found = own.find(name);
    tensors[name] =
        of_first(others, found == own.end() ? tensor : found->second);
  }
  return tensors;
}

}  // namespace

void require_same(Processes* others, const Identity& identity) {
  if (!others) return;
  others->name_sums("options and data, to compare them");
  auto count = static_cast<int64_t>(identity.size());
  require_same(others, Facts{{"number of options", count}});
  Facts facts;
  for (const auto& [name, value] : identity) {
    std::string text = name + "=" + value;
    facts.emplace_back(name, digest(std::as_bytes(std::span(text))));
  }
  if (count > 0) require_same(others, facts);
}

void require_same(Processes* others, const std::vector<Slot*>& slots) {
  if (!others) return;
  Facts facts;
  for (const Slot* slot : slots) {
    at::Tensor values = slot->master.detach().contiguous();
    auto* bytes = static_cast<const std::byte*>(values.data_ptr());
    facts.emplace_back(slot->name, digest(Bytes(bytes, values.nbytes())));
  }
  require_same(others, facts);
}

void add_up_gradients(Processes* others, const std::vector<Slot*>& slots) {
  if (!others) return;
  at::NoGradGuard guard;
  std::vector<at::Tensor> parts;
  for (const Slot* slot : slots) {
    const at::Tensor& gradient = slot->master.grad();
    parts.push_back(gradient.defined()
                        ? gradient.flatten()
                        : at::zeros_like(slot->master).flatten());
  }
  at::Tensor all = added_up(others, at::cat(parts));
  int64_t next = 0;
  for (Slot* slot : slots) {
    int64_t count = slot->master.numel();
    if (slot->master.grad().defined()) {
      slot->master.mutable_grad().copy_(
          all.slice(0, next, next + count).view_as(slot->master));
    }
    next += count;
  }
}

bool any_of(Processes* others, bool wish) {
  if (!others) return wish;
  int64_t wishes = wish ? 1 : 0;
  others->add_up(&wishes, 1);
  return wishes > 0;
}

int64_t least_of(Processes* others, int64_t number) {
  return gathered(others, at::tensor({number}, at::kLong))
      .min()
      .item()
      .toLong();
}

Checkpoint of_first(Processes* others, std::optional<Checkpoint> own,
                    const NamedTensors& like) {
  Checkpoint mine = own ? std::move(*own) : Checkpoint{};
  if (!others) return mine;
  others->name_sums("the checkpoint");
  Progressed& now = mine.progressed;
  at::Tensor place = of_first(
      others, at::tensor({now.step, now.best_epoch, now.processes}, at::kLong));
  at::Tensor numbers = of_first(
      others,
      at::tensor({now.loss, now.accuracy, now.best, now.before}, at::kDouble));
  const auto* whole = place.data_ptr<int64_t>();
  const auto* real = numbers.data_ptr<double>();
  return {{whole[0], whole[1], real[0], real[1], real[2], real[3], whole[2]},
          tensors_of_first(others, mine.now, like),
          tensors_of_first(others, mine.best, like),
          optimizer_of_first(others, mine.optimizer, like)};
}

}  // namespace nc
