#include "scorer/language_model.h"

#include <exception>

#include "base/error.h"

namespace ds {
namespace {

// Calls a function of the shim that ends in (message, message_size).
template <class Call>
void Check(Call call) {
  char message[512];
  switch (call(message, sizeof message)) {
    case DSKENLM_OK:
      return;
    case DSKENLM_CANNOT_OPEN:
      throw Error(DS_ERR_SCORER_UNREADABLE, message);
    case DSKENLM_NO_STRINGS:
      throw Error(DS_ERR_SCORER_NO_TRIE, message);
    default:
      throw Error(DS_ERR_SCORER_INVALID_LM, message);
  }
}

}  // namespace

LanguageModel::LanguageModel(const Fd& file, const std::string& name) {
  dskenlm_model* model = nullptr;
  Check([&](char* message, size_t size) {
    return dskenlm_open(file.get(), name.c_str(), &model, message, size);
  });
  model_.reset(model);
}

LanguageModel::LanguageModel(const void* data, size_t size) {
  dskenlm_model* model = nullptr;
  Check([&](char* message, size_t message_size) {
    return dskenlm_open_memory(data, size, &model, message, message_size);
  });
  model_.reset(model);
}

LanguageModel::State LanguageModel::Begin() const {
  State state;
  dskenlm_begin_state(model_.get(), &state);
  return state;
}

LanguageModel::State LanguageModel::Nothing() const {
  State state;
  dskenlm_null_state(model_.get(), &state);
  return state;
}

float LanguageModel::End(const State& before) const {
  State after;
  return Score(before, dskenlm_end_sentence(model_.get()), &after);
}

void LanguageModel::ForEachWord(const std::function<void(const std::string&)>& visit) const {
  struct Visit {
    const std::function<void(const std::string&)>& visit;
    std::exception_ptr failure;  // no exception may pass through the C interface
  } state{visit, nullptr};
  const auto on_word = [](void* user, uint32_t, const char* word, size_t size) {
    auto* to = static_cast<Visit*>(user);
    if (to->failure) return;
    try {
      to->visit(std::string(word, size));
    } catch (...) {
      to->failure = std::current_exception();
    }
  };
  Check([&](char* message, size_t size) {
    return dskenlm_words(model_.get(), on_word, &state, message, size);
  });
  if (state.failure) std::rethrow_exception(state.failure);
}

}  // namespace ds
