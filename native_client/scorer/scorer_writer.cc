#include "scorer/scorer_writer.h"

#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/file.h"
#include "base/mapped_file.h"
#include "base/whole_file.h"
#include "scorer/fit.h"
#include "scorer/language_model.h"
#include "scorer/word_encoder.h"

namespace ds {
namespace {

// KenLM's header says at this byte that the words follow the n-grams; in a package they do not.
constexpr size_t kHasVocabulary = 88 + 12;

template <class T>
void Append(std::string* bytes, T value) {
  bytes->append(reinterpret_cast<const char*>(&value), sizeof(value));
}

std::string Header(const ScorerContents& contents) {
  std::string bytes;
  Append(&bytes, kScorerMagic);
  Append(&bytes, kScorerVersion);
  Append(&bytes, static_cast<uint8_t>(contents.alphabet.bytes_output));
  Append(&bytes, contents.alpha);
  Append(&bytes, contents.beta);
  return bytes;
}

std::string Trailer(const Alphabet& alphabet) {
  if (alphabet.bytes_output) return "";
  std::string bytes;
  Append(&bytes, kAlphabetMagic);
  return bytes + alphabet.Serialize();
}

std::vector<LabelSequence> Spell(const std::vector<std::string>& words, const Alphabet& alphabet) {
  const WordEncoder encoder(alphabet);
  std::vector<LabelSequence> spelt;
  spelt.reserve(words.size());
  for (const std::string& word : words) {
    LabelSequence labels;
    if (encoder.Encode(word, &labels)) spelt.push_back(std::move(labels));
  }
  if (spelt.empty()) {
    throw Error(DS_ERR_INVALID_SCORER,
                "none of the " + std::to_string(words.size()) +
                    " words can be spelled with the alphabet" +
                    (alphabet.units() == Units::kLabels
                         ? ", which has no space: its words are single labels"
                         : "") +
                    (words.empty() ? "" : " (the first is '" + words[0] + "')"));
  }
  return spelt;
}

Fd OpenModel(const std::string& path) {
  try {
    return Fd::OpenRead(path);
  } catch (const Error& e) {
    throw Error(DS_ERR_SCORER_UNREADABLE,
                "language model '" + path + "' cannot be opened: " + e.what());
  }
}

}  // namespace

size_t WriteScorerPackage(const ScorerContents& contents, const std::string& package_path) {
  const Fd file = OpenModel(contents.lm_path);
  const size_t lm_bytes = static_cast<size_t>(LanguageModel(file, contents.lm_path).end_of_data());
  if (lm_bytes == 0) {
    throw Error(DS_ERR_SCORER_INVALID_LM,
                "language model '" + contents.lm_path +
                    "' is an ARPA file: a package needs a KenLM binary; make one with "
                    "build_binary");
  }
  std::vector<LabelSequence> words = Spell(contents.words, contents.alphabet);
  const size_t kept = words.size();
  const std::string header = Header(contents);
  const std::vector<uint8_t> fst = BuildConstFst(&words, lm_bytes + header.size());

  const MappedFile lm(file);
  WholeFile package(package_path);
  package.Write(lm.bytes().substr(0, kHasVocabulary));
  package.Write({"\0", 1});
  package.Write(lm.bytes().substr(kHasVocabulary + 1, lm_bytes - kHasVocabulary - 1));
  package.Write(header);
  package.Write({reinterpret_cast<const char*>(fst.data()), fst.size()});
  package.Write(Trailer(contents.alphabet));
  package.Commit();
  return kept;
}

}  // namespace ds
