#include "scorer/scorer_package.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "scorer/fit.h"
#include "scorer/word_encoder.h"

namespace ds {
namespace {

constexpr size_t kHeaderBytes = 4 + 4 + 1 + 8 + 8;  // magic, version, mode, alpha, beta
constexpr std::string_view kGitLfs = "version https://git-lfs.github.com/spec/";

template <class T>
T Get(std::string_view data, size_t at) {
  T value;
  std::memcpy(&value, data.data() + at, sizeof(value));
  return value;
}

std::string Quoted(const std::string& text) { return "'" + text + "'"; }

Fd OpenScorer(const std::string& path) {
  try {
    return Fd::OpenRead(path);
  } catch (const Error& e) {
    throw Error(DS_ERR_SCORER_UNREADABLE,
                "scorer " + Quoted(path) + " cannot be read: " + e.what());
  }
}

MappedFile MapScorer(const Fd& fd, const std::string& path) {
  try {
    MappedFile file(fd);
    if (file.bytes().substr(0, kGitLfs.size()) == kGitLfs) {
      throw Error("it is a Git LFS pointer of " + std::to_string(file.bytes().size()) +
                  " bytes, not the scorer itself; fetch it with 'git lfs pull'");
    }
    return file;
  } catch (const Error& e) {
    throw Error(DS_ERR_SCORER_UNREADABLE,
                "scorer " + Quoted(path) + " cannot be read: " + e.what());
  }
}

}  // namespace

ScorerPackage::ScorerPackage(const std::string& path, const Alphabet& alphabet)
    : ScorerPackage(OpenScorer(path), path, alphabet) {}

ScorerPackage::ScorerPackage(const Fd& fd, const std::string& path, const Alphabet& alphabet)
    : file_(MapScorer(fd, path)), lm_(fd, path) {
  Load(file_.bytes(), path, alphabet);
}

ScorerPackage::ScorerPackage(std::shared_ptr<const void> data, size_t size,
                             const Alphabet& alphabet)
    : memory_(std::move(data)), lm_(memory_.get(), size) {
  Load({static_cast<const char*>(memory_.get()), size}, "(in memory)", alphabet);
}

void ScorerPackage::Load(std::string_view data, const std::string& name, const Alphabet& alphabet) {
  const uint64_t end = lm_.end_of_data();
  if (end != 0 && end + 4 <= data.size() && Get<uint32_t>(data, end) == kScorerMagic) {
    LoadPackage(data, static_cast<size_t>(end), name, alphabet);
  } else {
    BuildFromWords(name, alphabet);
  }
}

void ScorerPackage::LoadPackage(std::string_view data, size_t at, const std::string& name,
                                const Alphabet& alphabet) {
  const auto require = [&](bool good, int code, const std::string& what) {
    if (!good) throw Error(code, "scorer " + Quoted(name) + " " + what);
  };
  require(data.size() - at >= kHeaderBytes, DS_ERR_SCORER_INVALID_TRIE,
          "is cut off: it ends inside its package header");
  const int32_t version = Get<int32_t>(data, at + 4);
  require(version == kScorerVersion, DS_ERR_SCORER_VERSION_MISMATCH,
          "has package version " + std::to_string(version) + ", expected version " +
              std::to_string(kScorerVersion) + ": rebuild it with generate_scorer_package");
  bytes_output_ = data[at + 8] != 0;
  alpha_ = Get<double>(data, at + 9);
  beta_ = Get<double>(data, at + 17);
  require(std::isfinite(alpha_) && std::isfinite(beta_), DS_ERR_SCORER_INVALID_TRIE,
          "is damaged: its alpha or beta is not a number");
  require(bytes_output_ == alphabet.bytes_output, DS_ERR_INVALID_SCORER,
          std::string(bytes_output_
                          ? "was made for bytes output, but the model writes labels of an alphabet"
                          : "was made for an alphabet, but the model has bytes output") +
              ": rebuild it " + (bytes_output_ ? "without" : "with") +
              " --force_bytes_output_mode");
  at += kHeaderBytes;
  try {
    fst_ = ConstFst(data.substr(at), at);
  } catch (const Error& e) {
    require(false, DS_ERR_SCORER_INVALID_TRIE, std::string("cannot be used: ") + e.what());
  }
  const std::string misfit = Misfit(data.substr(at + fst_.file_bytes()), fst_, lm_, alphabet);
  require(misfit.empty(), DS_ERR_INVALID_SCORER, misfit);
}

void ScorerPackage::BuildFromWords(const std::string& name, const Alphabet& alphabet) {
  const WordEncoder encoder(alphabet);
  std::vector<LabelSequence> words;
  std::string first_left_out;
  lm_.ForEachWord([&](const std::string& word) {
    if (word == "<s>" || word == "</s>" || word == "<unk>" || word == "<UNK>") return;
    LabelSequence labels;
    if (encoder.Encode(word, &labels)) {
      words.push_back(std::move(labels));
    } else if (words_left_out_++ == 0) {
      first_left_out = word;
    }
  });
  if (words.empty()) {
    throw Error(
        DS_ERR_INVALID_SCORER,
        "language model " + Quoted(name) + " has no word that the alphabet can spell" +
            (words_left_out_ ? " (one of its words is " + Quoted(first_left_out) + ")" : ""));
  }
  bytes_output_ = alphabet.bytes_output;
  built_ = BuildConstFst(&words, 0);
  fst_ = ConstFst({reinterpret_cast<const char*>(built_.data()), built_.size()}, 0);
}

}  // namespace ds
