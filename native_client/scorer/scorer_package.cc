#include "scorer/scorer_package.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "scorer/word_encoder.h"

namespace ds {
namespace {

constexpr size_t kHeaderBytes = 4 + 4 + 1 + 8 + 8;  // magic, version, mode, alpha, beta
constexpr std::string_view kGitLfs = "version https://git-lfs.github.com/spec/";
constexpr size_t kMostAlphabetBytes = 1 << 20;
// How many arcs are looked at when a package does not carry its alphabet.
constexpr int kArcsSampled = 4096;

template <class T>
T Get(std::string_view data, size_t at) {
  T value;
  std::memcpy(&value, data.data() + at, sizeof(value));
  return value;
}

std::string Quoted(const std::string& text) { return "'" + text + "'"; }

// Labels as a reader would write them: 'a', ' ', 0xc3.
std::string Show(const std::string& label) {
  if (label.size() == 1 && (label[0] < 0x20 || label[0] >= 0x7f)) {
    char hex[8];
    std::snprintf(hex, sizeof(hex), "0x%02x", static_cast<uint8_t>(label[0]));
    return hex;
  }
  return Quoted(label);
}

// "label 3 is 'c' there and 'd' here" for the first few differences.
std::string Differences(const std::vector<std::string>& scorer,
                        const std::vector<std::string>& model) {
  std::string text;
  int shown = 0;
  for (size_t i = 0; i < std::max(scorer.size(), model.size()) && shown < 5; ++i) {
    const std::string there = i < scorer.size() ? Show(scorer[i]) : "none";
    const std::string here = i < model.size() ? Show(model[i]) : "none";
    if (there == here) continue;
    text += (shown++ ? ", " : "") + std::string("label ") + std::to_string(i) + " is " + there +
            " in the scorer and " + here + " in the model";
  }
  return text;
}

// Any number in a damaged file.
int64_t LabelOf(const FstArc& arc) { return int64_t{arc.label} - 1; }

// The label that some word of the automaton ends with; -1 if none is found.
int64_t LastLabel(const ConstFst& fst) {
  int32_t state = fst.start();
  for (int steps = 0; steps < kArcsSampled && !fst.ArcsOf(state).empty(); ++steps) {
    const FstArc& arc = *fst.ArcsOf(state).begin();
    if (fst.IsFinal(arc.next)) return LabelOf(arc);
    state = arc.next;
  }
  return -1;
}

// Compares the automaton with the alphabet by its first words, for packages of older tools:
// labels within range, and in words mode a space exactly where a word ends.
std::string CompareLabels(const ConstFst& fst, const Alphabet& alphabet) {
  const int labels = alphabet.size();
  const int space = alphabet.space();
  std::vector<int32_t> open = {fst.start()};
  for (int seen = 0; !open.empty() && seen < kArcsSampled;) {
    const int32_t state = open.back();
    open.pop_back();
    for (const FstArc& arc : fst.ArcsOf(state)) {
      if (++seen > kArcsSampled) break;
      if (arc.label < 1 || arc.label > labels) {
        return "it uses label " + std::to_string(LabelOf(arc)) +
               ", the model's alphabet has labels 0 to " + std::to_string(labels - 1);
      }
      if (!alphabet.bytes_output && space >= 0) {
        const bool ends = fst.IsFinal(arc.next);
        if (ends != (arc.label == space + 1)) {
          const int64_t last = ends ? LabelOf(arc) : LastLabel(fst);
          return last == space ? "its words continue after label " + std::to_string(space) +
                                     ", which is the model's space"
                               : "its words end with label " + std::to_string(last) +
                                     ", the model's space is label " + std::to_string(space);
        }
        if (ends) continue;
      }
      open.push_back(arc.next);
    }
  }
  return "";
}

// How the alphabet of a package differs from the model's; empty if it does not. `rest` is what
// follows the automaton: the alphabet, in packages that carry it.
std::string OtherAlphabet(std::string_view rest, const ConstFst& fst, const Alphabet& alphabet) {
  if (rest.size() <= 4 || Get<uint32_t>(rest, 0) != kAlphabetMagic) {
    return CompareLabels(fst, alphabet);
  }
  Alphabet made_for;
  try {
    made_for = Alphabet::Deserialize(std::string(rest.substr(4, kMostAlphabetBytes - 4)));
  } catch (const Error&) {
    return CompareLabels(fst, alphabet);
  }
  return made_for.labels == alphabet.labels ? "" : Differences(made_for.labels, alphabet.labels);
}

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
  const std::string difference = OtherAlphabet(data.substr(at + fst_.file_bytes()), fst_, alphabet);
  require(difference.empty(), DS_ERR_INVALID_SCORER,
          "was made for a different alphabet: " + difference);
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
