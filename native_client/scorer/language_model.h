// KenLM's n-gram model as an object that throws Error: the only file that knows kenlm_shim.h.
#ifndef DS_SCORER_LANGUAGE_MODEL_H_
#define DS_SCORER_LANGUAGE_MODEL_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/file.h"
#include "kenlm/kenlm_shim.h"

namespace ds {

// Read-only once it is open; any number of threads may score with it.
class LanguageModel {
 public:
  static constexpr int kMaxOrder = DSKENLM_MAX_ORDER;
  static constexpr uint32_t kUnknown = 0;  // the word <unk>
  // The words before, as far as they matter: plain memory, equal states are equal bytes.
  using State = dskenlm_state;

  // A KenLM binary, a .scorer (which begins with one) or an ARPA file; `name` is for messages.
  LanguageModel(const Fd& file, const std::string& name);
  // The same in memory; the bytes are copied.
  LanguageModel(const void* data, size_t size);

  int order() const { return static_cast<int>(dskenlm_order(model_.get())); }
  uint32_t num_words() const { return dskenlm_vocab_size(model_.get()); }  // ids are below
  // Where the n-grams end in the file and a vocabulary or a scorer's package begins; 0: ARPA.
  uint64_t end_of_data() const { return dskenlm_end_of_data(model_.get()); }
  // Id of a word, kUnknown if the model does not have it.
  uint32_t WordId(const std::string& word) const {
    return dskenlm_index(model_.get(), word.data(), word.size());
  }

  State Begin() const;    // after <s>
  State Nothing() const;  // after nothing that is known
  // log10 p(word | before); `after` must not be `before`.
  float Score(const State& before, uint32_t word, State* after) const {
    return dskenlm_score(model_.get(), &before, word, after);
  }
  float End(const State& before) const;  // log10 p(</s> | before)

  // Visits every word in the order of their ids, <unk>, <s> and </s> included. Throws Error
  // (SCORER_NO_TRIE) where the file does not carry them.
  void ForEachWord(const std::function<void(const std::string&)>& visit) const;

 private:
  struct Free {
    void operator()(dskenlm_model* model) const { dskenlm_free(model); }
  };
  std::unique_ptr<dskenlm_model, Free> model_;
};

}  // namespace ds
#endif  // DS_SCORER_LANGUAGE_MODEL_H_
