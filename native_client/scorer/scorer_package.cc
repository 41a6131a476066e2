#include "scorer_package.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <utility>

namespace ds {
namespace {

constexpr size_t kHeaderBytes = 4 + 4 + 1 + 8 + 8;  // magic, version, mode, alpha, beta
constexpr char kGitLfs[] = "version https://git-lfs.github.com/spec/";
constexpr size_t kMostAlphabetBytes = 1 << 20;
// How many arcs are looked at when a package does not carry its alphabet.
constexpr int kArcsSampled = 4096;

template <class T>
T Get(const uint8_t* data) {
  T value;
  std::memcpy(&value, data, sizeof(value));
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
std::string CompareLabels(const ConstFst& fst, const OutputAlphabet& alphabet) {
  const int labels = static_cast<int>(alphabet.labels.size());
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
          return last == space ? "its words go on after label " + std::to_string(space) +
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

int CodeOf(int kenlm_code) {
  return kenlm_code == DSKENLM_CANNOT_OPEN ? kScorerUnreadable : kScorerInvalidLm;
}

}  // namespace

ScorerPackage::~ScorerPackage() {
  dskenlm_free(lm_);
  if (map_ != nullptr) munmap(const_cast<uint8_t*>(map_), map_size_);
}

int ScorerPackage::Open(const std::string& path, const OutputAlphabet& alphabet,
                        std::unique_ptr<ScorerPackage>* package, std::string* message) {
  package->reset();
  std::unique_ptr<ScorerPackage> result(new ScorerPackage());
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat status;
  const auto unreadable = [&](const std::string& why) {
    *message = "scorer " + Quoted(path) + " cannot be read: " + why;
    return kScorerUnreadable;
  };
  if (fd < 0) return unreadable(std::strerror(errno));
  if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
    close(fd);
    return unreadable("it is not a regular file");
  }
  result->map_size_ = static_cast<size_t>(status.st_size);
  if (result->map_size_ == 0) {
    close(fd);
    return unreadable("it is empty");
  }
  void* map = mmap(nullptr, result->map_size_, PROT_READ, MAP_PRIVATE, fd, 0);
  close(fd);
  if (map == MAP_FAILED) return unreadable(std::strerror(errno));
  result->map_ = static_cast<const uint8_t*>(map);

  char text[512];
  const bool lfs = result->map_size_ >= sizeof(kGitLfs) - 1 &&
                   !std::memcmp(map, kGitLfs, sizeof(kGitLfs) - 1);
  if (lfs) {
    return unreadable("it is a Git LFS pointer of " + std::to_string(result->map_size_) +
                      " bytes, not the scorer itself; fetch it with 'git lfs pull'");
  }
  int code = dskenlm_open(path.c_str(), &result->lm_, text, sizeof(text));
  if (code != DSKENLM_OK) {
    *message = text;
    return CodeOf(code);
  }
  code = result->Load(result->map_, result->map_size_, path, alphabet, message);
  if (code == kScorerOk) *package = std::move(result);
  return code;
}

int ScorerPackage::OpenMemory(std::shared_ptr<const void> data, size_t size,
                              const OutputAlphabet& alphabet,
                              std::unique_ptr<ScorerPackage>* package, std::string* message) {
  package->reset();
  std::unique_ptr<ScorerPackage> result(new ScorerPackage());
  result->bytes_ = std::move(data);
  const auto* bytes = static_cast<const uint8_t*>(result->bytes_.get());
  char text[512];
  int code = dskenlm_open_memory(bytes, size, &result->lm_, text, sizeof(text));
  if (code != DSKENLM_OK) {
    *message = text;
    return CodeOf(code);
  }
  code = result->Load(bytes, size, "(in memory)", alphabet, message);
  if (code == kScorerOk) *package = std::move(result);
  return code;
}

int ScorerPackage::Load(const uint8_t* data, size_t size, const std::string& name,
                        const OutputAlphabet& alphabet, std::string* message) {
  const uint64_t end = dskenlm_end_of_data(lm_);
  if (end != 0 && end + 4 <= size && Get<uint32_t>(data + end) == kScorerMagic) {
    return LoadPackage(data, size, static_cast<size_t>(end), name, alphabet, message);
  }
  return BuildFromWords(name, alphabet, message);
}

int ScorerPackage::LoadPackage(const uint8_t* data, size_t size, size_t at,
                               const std::string& name, const OutputAlphabet& alphabet,
                               std::string* message) {
  const std::string who = "scorer " + Quoted(name) + " ";
  if (size - at < kHeaderBytes) {
    *message = who + "is cut off: it ends inside its package header";
    return kScorerInvalidTrie;
  }
  const int32_t version = Get<int32_t>(data + at + 4);
  if (version != kScorerVersion) {
    *message = who + "has package version " + std::to_string(version) + ", version " +
               std::to_string(kScorerVersion) +
               " is expected: make it again with generate_scorer_package";
    return kScorerVersionMismatch;
  }
  bytes_output_ = data[at + 8] != 0;
  alpha_ = Get<double>(data + at + 9);
  beta_ = Get<double>(data + at + 17);
  if (!std::isfinite(alpha_) || !std::isfinite(beta_)) {
    *message = who + "is damaged: its alpha or beta is not a number";
    return kScorerInvalidTrie;
  }
  if (bytes_output_ != alphabet.bytes_output) {
    *message = who + (bytes_output_
                          ? "was made for bytes output, the model writes labels of an alphabet"
                          : "was made for an alphabet, the model has bytes output") +
               ": make it again " + (bytes_output_ ? "without" : "with") +
               " --force_bytes_output_mode";
    return kScorerInvalid;
  }
  at += kHeaderBytes;
  std::string error;
  if (!fst_.Open(data + at, size - at, at, &error)) {
    *message = who + "cannot be used: " + error;
    return kScorerInvalidTrie;
  }
  const uint8_t* behind = data + at + fst_.file_bytes();
  const std::string rest(reinterpret_cast<const char*>(behind),
                         std::min<size_t>(data + size - behind, kMostAlphabetBytes));
  OutputAlphabet made_for;
  if (rest.size() > 4 && Get<uint32_t>(behind) == kAlphabetMagic &&
      OutputAlphabet::Deserialize(rest.substr(4), &made_for, &error)) {
    if (made_for.labels != alphabet.labels) error = Differences(made_for.labels, alphabet.labels);
  } else {
    error = CompareLabels(fst_, alphabet);
  }
  if (!error.empty()) {
    *message = who + "was made for another alphabet: " + error;
    return kScorerInvalid;
  }
  return kScorerOk;
}

int ScorerPackage::BuildFromWords(const std::string& name, const OutputAlphabet& alphabet,
                                  std::string* message) {
  struct Collected {
    WordEncoder encoder;
    std::vector<LabelSequence> words;
    size_t left_out = 0;
    std::string first_left_out;
  } collected{WordEncoder(alphabet), {}, 0, ""};
  const auto visit = [](void* user, uint32_t, const char* text, size_t size) {
    Collected* to = static_cast<Collected*>(user);
    const std::string word(text, size);
    if (word == "<s>" || word == "</s>" || word == "<unk>" || word == "<UNK>") return;
    LabelSequence labels;
    if (to->encoder.Encode(word, &labels)) {
      to->words.push_back(std::move(labels));
    } else if (to->left_out++ == 0) {
      to->first_left_out = word;
    }
  };
  char text[512];
  const int code = dskenlm_words(lm_, visit, &collected, text, sizeof(text));
  if (code != DSKENLM_OK) {
    *message = text;
    return code == DSKENLM_NO_STRINGS ? kScorerNoTrie : kScorerInvalidLm;
  }
  if (collected.words.empty()) {
    *message = "language model " + Quoted(name) + " has no word that the alphabet can spell" +
               (collected.left_out ? " (one of its words is " +
                                         Quoted(collected.first_left_out) + ")"
                                   : "");
    return kScorerInvalid;
  }
  words_left_out_ = collected.left_out;
  bytes_output_ = alphabet.bytes_output;
  built_ = BuildConstFst(&collected.words, 0);
  std::string error;
  if (!fst_.Open(built_.data(), built_.size(), 0, &error)) {
    *message = "language model " + Quoted(name) + " cannot be used: " + error;
    return kScorerInvalidTrie;
  }
  return kScorerOk;
}

}  // namespace ds
