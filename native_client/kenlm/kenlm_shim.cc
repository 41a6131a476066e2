#include "kenlm/kenlm_shim.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/file.h"
#include "base/mapped_file.h"
#include "kenlm/guard.h"
#include "lm/binary_format.hh"
#include "lm/enumerate_vocab.hh"
#include "lm/lm_exception.hh"
#include "lm/model.hh"
#include "util/probing_hash_table.hh"

#if KENLM_MAX_ORDER != DSKENLM_MAX_ORDER
#error "compile KenLM and the shim with the same KENLM_MAX_ORDER"
#endif

namespace {

namespace ng = lm::ngram;

constexpr char kMagic[] = "mmap lm http://kheafield.com/code ";
// Where KenLM's header keeps what we look at before KenLM does (lm/binary_format.cc: the magic and
// test values take 88 bytes, then FixedWidthParameters, then one 64-bit count for each order).
constexpr size_t kParameters = 88;
constexpr size_t kCounts = kParameters + sizeof(ng::FixedWidthParameters);
// Quantisation uses at most 25 bits a value (util::ReadInt25).
constexpr unsigned kMaxQuantBits = 25;
// build_binary -p beyond this is no memory that anybody has; the default is 1.5.
constexpr float kMaxMultiplier = 1000.0f;
constexpr char kInMemory[] = "(in memory)";
// log10 probability of a word whose entry is damaged: what KenLM gives to words it never saw.
constexpr float kNoScore = -100.0f;

class Failure : public std::exception {
 public:
  Failure(int code, std::string text) : code_(code), text_(std::move(text)) {}
  const char* what() const noexcept override { return text_.c_str(); }
  int code() const { return code_; }

 private:
  int code_;
  std::string text_;
};

// KenLM's text is "file:line in function threw X because `condition'.\nwhat happened": the last
// part.
std::string LastLine(const char* what) {
  std::string text(what);
  const size_t cut = text.find('\n');
  if (cut != std::string::npos && cut + 1 < text.size()) text.erase(0, cut + 1);
  for (char& c : text) {
    if (c == '\n') {
      c = ' ';
    } else if (c < ' ' || c > '~') {
      c = '?';  // KenLM quotes the file: any bytes
    }
  }
  return text;
}

// Collects the words of an ARPA file while KenLM reads it: one buffer, words end with NUL.
class CollectWords : public lm::EnumerateVocab {
 public:
  void Add(lm::WordIndex index, const StringPiece& word) override {
    if (starts_.size() <= index) starts_.resize(index + 1, 0);
    starts_[index] = text_.size();
    text_.append(word.data(), word.size());
    text_.push_back('\0');
  }
  size_t size() const { return starts_.size(); }
  const char* word(size_t id) const { return text_.c_str() + starts_[id]; }

 private:
  std::string text_;
  std::vector<size_t> starts_;
};

struct Header {
  ng::Parameters parameters;
  size_t size = 0;  // of the header
};

void CheckOrder(size_t order) {
  if (order >= 2 && order <= DSKENLM_MAX_ORDER) return;
  throw Failure(DSKENLM_UNSUPPORTED, "has n-grams of order " + std::to_string(order) +
                                         ", orders 2 to " + std::to_string(DSKENLM_MAX_ORDER) +
                                         " are supported: estimate it again with such an order");
}

Header ReadHeader(int fd, uint64_t file_size) {
  Header header;
  ng::FixedWidthParameters& fixed = header.parameters.fixed;
  if (pread(fd, &fixed, sizeof(fixed), kParameters) != static_cast<ssize_t>(sizeof(fixed))) {
    throw Failure(DSKENLM_TRUNCATED, "ends inside the header");
  }
  CheckOrder(fixed.order);
  uint32_t type;  // as it stands in the file: not every number is a ModelType
  std::memcpy(&type, &fixed.model_type, sizeof(type));
  if (type > ng::QUANT_ARRAY_TRIE) {
    throw Failure(DSKENLM_UNSUPPORTED, "has the unknown model type " + std::to_string(type));
  }
  if (!(fixed.probing_multiplier >= 1.0f && fixed.probing_multiplier <= kMaxMultiplier)) {
    throw Failure(DSKENLM_UNSUPPORTED, "is damaged: it claims hash tables " +
                                           std::to_string(fixed.probing_multiplier) +
                                           " times as large as their contents");
  }
  std::vector<uint64_t>& counts = header.parameters.counts;
  counts.resize(fixed.order);
  const ssize_t bytes = static_cast<ssize_t>(counts.size() * sizeof(uint64_t));
  if (pread(fd, counts.data(), bytes, kCounts) != bytes) {
    throw Failure(DSKENLM_TRUNCATED, "ends inside the header");
  }
  for (size_t n = 0; n < counts.size(); ++n) {
    // A byte holds fewer than eight n-grams in every one of KenLM's structures.
    if (counts[n] / 8 > file_size || (n == 0 && (counts[0] == 0 || counts[0] > UINT32_MAX))) {
      throw Failure(DSKENLM_TRUNCATED, "has " + std::to_string(file_size) + " bytes, too few for " +
                                           std::to_string(counts[n]) + " " + std::to_string(n + 1) +
                                           "-grams");
    }
  }
  header.size = ALIGN8(kCounts + sizeof(uint64_t) * counts.size());
  return header;
}

// Whether this beginning of a file is an ARPA file's: \data\ after blank lines and comments.
bool LooksLikeArpa(const std::string& head) {
  for (size_t at = 0; at < head.size();) {
    const size_t end = std::min(head.find('\n', at), head.size());
    const size_t text = head.find_first_not_of(" \t\r", at);
    if (text < end && head[text] != '#') return head.compare(text, 6, "\\data\\") == 0;
    at = end + 1;
  }
  return false;
}

// KenLM makes room for all n-grams that an ARPA file announces: the file must be able to hold them.
void CheckArpaCounts(const std::string& head, uint64_t file_size) {
  constexpr uint64_t kShortestLine = 4;  // probability, tab, word, end of line
  const std::string mark = "\nngram ";
  size_t order = 0;
  for (size_t at = 0; (at = head.find(mark, at)) != std::string::npos; at += mark.size()) {
    const size_t equals = head.find('=', at);
    if (equals == std::string::npos) return;
    if (std::strtoull(head.c_str() + equals + 1, nullptr, 10) > file_size / kShortestLine) {
      throw Failure(DSKENLM_TRUNCATED, "has " + std::to_string(file_size) +
                                           " bytes, too few for the n-grams it declares");
    }
    ++order;
  }
  if (order > 0) CheckOrder(order);
}

// KenLM looks a key up until it comes to an empty slot: a hash table at byte `at` of the file must
// have one. In a sound file every third slot is empty, so little is read.
void CheckEmptySlot(int fd, uint64_t at, uint64_t bytes, size_t slot) {
  std::vector<char> block(slot << 12);
  const uint64_t end = at + bytes / slot * slot;
  while (at < end) {
    const size_t wanted = static_cast<size_t>(std::min<uint64_t>(block.size(), end - at));
    if (pread(fd, block.data(), wanted, static_cast<off_t>(at)) != static_cast<ssize_t>(wanted)) {
      throw Failure(DSKENLM_TRUNCATED, "ends inside a hash table");
    }
    for (size_t i = 0; i < wanted; i += slot) {
      uint64_t key;
      std::memcpy(&key, block.data() + i, sizeof(key));
      if (key == 0) return;
    }
    at += wanted;
  }
  throw Failure(DSKENLM_UNSUPPORTED, "is damaged: one of its hash tables is full");
}

// What lies where in the file, which KenLM itself does not tell.
struct Layout {
  uint64_t unigrams = 0;  // of a trie
  uint64_t end = 0;       // of the search structure: header plus Size(counts)
};

template <class Quant, class Pointers>
uint64_t BeforeUnigrams(const ng::trie::TrieSearch<Quant, Pointers>*, size_t order,
                        const ng::Config& config) {
  return Quant::Size(static_cast<uint8_t>(order), config);
}
uint64_t BeforeUnigrams(const void*, size_t, const ng::Config&) { return 0; }

// KenLM looks up the unigram of <s> as soon as it has found its id: that must be a word's.
void CheckBeginSentence(int fd, uint64_t at, uint64_t bytes, uint64_t unigrams) {
  ng::ProbingVocabularyEntry entry;
  const uint64_t slots = bytes / sizeof(entry);
  const uint64_t key = ng::detail::HashForVocab("<s>", 3);
  for (uint64_t i = 0; i < slots; ++i) {
    const uint64_t slot = at + (key % slots + i) % slots * sizeof(entry);
    if (pread(fd, &entry, sizeof(entry), static_cast<off_t>(slot)) != sizeof(entry)) return;
    if (entry.key == 0) return;
    if (entry.key != key) continue;
    if (entry.value < unigrams) return;
    throw Failure(DSKENLM_UNSUPPORTED, "is damaged: <s> is word " + std::to_string(entry.value) +
                                           " of " + std::to_string(unigrams));
  }
}

template <class Entry>
using HashTable = util::ProbingHashTable<Entry, util::IdentityHash>;

// The hash tables of a probing model: vocabulary, n-grams of 2 to order-1 words, the longest ones.
template <class Value>
void CheckTables(const ng::detail::HashedSearch<Value>*, int fd, const Header& header,
                 uint64_t vocabulary) {
  const std::vector<uint64_t>& counts = header.parameters.counts;
  const float multiplier = header.parameters.fixed.probing_multiplier;
  const auto check = [&](uint64_t at, uint64_t count, auto entry) {
    using Entry = decltype(entry);
    const uint64_t bytes = HashTable<Entry>::Size(count, multiplier);
    CheckEmptySlot(fd, at, bytes, sizeof(Entry));
    return at + bytes;
  };
  const uint64_t words = HashTable<ng::ProbingVocabularyEntry>::Size(counts[0], multiplier);
  check(header.size + vocabulary - words, counts[0], ng::ProbingVocabularyEntry());
  CheckBeginSentence(fd, header.size + vocabulary - words, words, counts[0] + 1);
  uint64_t at = header.size + vocabulary + (counts[0] + 1) * sizeof(typename Value::Weights);
  for (size_t n = 1; n + 1 < counts.size(); ++n) {
    at = check(at, counts[n], typename Value::ProbingEntry());
  }
  check(at, counts.back(), ng::detail::ProbEntry());
}
void CheckTables(const void*, int, const Header&, uint64_t) {}

template <class Model, class Search, class Vocabulary>
Layout FindLayout(int fd, const Header& header, ng::ModelType type, uint64_t file_size) {
  ng::Config config;
  config.messages = nullptr;
  config.probing_multiplier = header.parameters.fixed.probing_multiplier;
  const std::vector<uint64_t>& counts = header.parameters.counts;
  ng::BinaryFormat format(config);
  ng::Parameters ignored;
  format.InitializeBinary(dup(fd), type, Search::kVersion, ignored);
  const uint64_t vocabulary = Vocabulary::Size(counts[0], config);
  if (header.size + vocabulary > file_size) {
    throw Failure(DSKENLM_TRUNCATED, "ends inside the vocabulary");
  }
  Search::UpdateConfigFromBinary(format, counts, vocabulary, config);
  if (config.prob_bits > kMaxQuantBits || config.backoff_bits > kMaxQuantBits) {
    throw Failure(DSKENLM_UNSUPPORTED, "is damaged: it claims values of " +
                                           std::to_string(config.prob_bits) + " and " +
                                           std::to_string(config.backoff_bits) + " bits");
  }
  const Search* search = nullptr;
  const Layout layout = {header.size + vocabulary + BeforeUnigrams(search, counts.size(), config),
                         header.size + Model::Size(counts, config)};
  if (layout.end > file_size) {
    throw Failure(DSKENLM_TRUNCATED, "is cut off: " + std::to_string(file_size) +
                                         " bytes, its header declares " +
                                         std::to_string(layout.end));
  }
  CheckTables(search, fd, header, vocabulary);
  return layout;
}

template <class Value>
using Hashed = ng::detail::HashedSearch<Value>;
template <class Quant, class Pointers>
using Trie = ng::trie::TrieSearch<Quant, Pointers>;

Layout FindLayout(int fd, const Header& header, uint64_t file_size) {
  using ng::DontQuantize;
  using ng::SeparatelyQuantize;
  using ng::trie::ArrayBhiksha;
  using ng::trie::DontBhiksha;
  const ng::ModelType type = header.parameters.fixed.model_type;
  switch (type) {
    case ng::PROBING:
      return FindLayout<ng::ProbingModel, Hashed<ng::BackoffValue>, ng::ProbingVocabulary>(
          fd, header, type, file_size);
    case ng::REST_PROBING:
      return FindLayout<ng::RestProbingModel, Hashed<ng::RestValue>, ng::ProbingVocabulary>(
          fd, header, type, file_size);
    case ng::TRIE:
      return FindLayout<ng::TrieModel, Trie<DontQuantize, DontBhiksha>, ng::SortedVocabulary>(
          fd, header, type, file_size);
    case ng::QUANT_TRIE:
      return FindLayout<ng::QuantTrieModel, Trie<SeparatelyQuantize, DontBhiksha>,
                        ng::SortedVocabulary>(fd, header, type, file_size);
    case ng::ARRAY_TRIE:
      return FindLayout<ng::ArrayTrieModel, Trie<DontQuantize, ArrayBhiksha>, ng::SortedVocabulary>(
          fd, header, type, file_size);
    case ng::QUANT_ARRAY_TRIE:
      return FindLayout<ng::QuantArrayTrieModel, Trie<SeparatelyQuantize, ArrayBhiksha>,
                        ng::SortedVocabulary>(fd, header, type, file_size);
    default:
      throw Failure(DSKENLM_UNSUPPORTED, "has the unknown model type " + std::to_string(type));
  }
}

bool IsTrie(ng::ModelType type) { return type >= ng::TRIE; }

// Words of the vocabulary, <unk> among them. KenLM believes the number that its table states: it
// must be the header's, which in a probing model does not count an <unk> that the ARPA file lacked.
uint64_t VocabularySize(int fd, const Header& header) {
  const uint64_t counted = header.parameters.counts[0];
  uint64_t words = UINT64_MAX, most = counted;
  if (IsTrie(header.parameters.fixed.model_type)) {  // uint64 number of words without <unk>
    uint64_t stored = 0;
    if (pread(fd, &stored, sizeof(stored), header.size) == sizeof(stored)) words = stored + 1;
  } else {  // uint32 version, uint32 number of words
    uint32_t bound = 0;
    if (pread(fd, &bound, sizeof(bound), header.size + 4) == sizeof(bound)) words = bound;
    most = counted + 1;
  }
  if (words - 1 < most) return words;  // 0 is out of range too
  throw Failure(DSKENLM_UNSUPPORTED, "is damaged: " + std::to_string(words) +
                                         " words in its table, " + std::to_string(counted) +
                                         " in its header");
}

}  // namespace

struct dskenlm_model {
  std::string name;  // for messages
  std::unique_ptr<lm::base::Model> model;
  std::unique_ptr<CollectWords> words;  // of an ARPA file
  std::unique_ptr<ds::Fd> file;         // of a binary, for its words
  uint32_t order = 0;
  uint32_t vocab_size = 0;
  uint64_t end_of_data = 0;
  bool has_strings = false;
  const ng::trie::UnigramValue* unigrams = nullptr;  // of a trie in a file
  uint64_t bigrams = 0;

  // Whether the word's bigrams lie where bigrams are; see guard.h.
  bool Sound(uint32_t word) const {
    return unigrams == nullptr ||
           (unigrams[word].next <= unigrams[word + 1].next && unigrams[word + 1].next <= bigrams);
  }
};

namespace {

// Has KenLM read this file, whatever name it opens.
class OpensFile {
 public:
  explicit OpensFile(int fd) { dskenlm::file_to_open = fd; }
  ~OpensFile() { dskenlm::file_to_open = -1; }
};

ng::Config LoadConfig() {
  ng::Config config;
  config.show_progress = false;
  config.messages = nullptr;
  config.arpa_complain = ng::Config::NONE;
  config.unknown_missing = lm::SILENT;
  config.sentence_marker_missing = lm::SILENT;
  config.load_method = util::LAZY;
  return config;
}

// Opens a KenLM binary into `result`, whose file and name are set; first the header is checked.
void OpenBinary(uint64_t file_size, dskenlm_model* result) {
  const int fd = result->file->get();
  if (!ng::IsBinaryFormat(fd)) throw Failure(DSKENLM_TRUNCATED, "ends inside the header");
  const Header header = ReadHeader(fd, file_size);
  const Layout layout = FindLayout(fd, header, file_size);
  result->end_of_data = layout.end;
  result->has_strings = header.parameters.fixed.has_vocabulary;
  result->vocab_size = static_cast<uint32_t>(VocabularySize(fd, header));
  dskenlm::last_mapping = {};
  result->model.reset(ng::LoadVirtual(result->name.c_str(), LoadConfig()));
  if (IsTrie(header.parameters.fixed.model_type) && dskenlm::last_mapping.data != nullptr) {
    result->unigrams = reinterpret_cast<const ng::trie::UnigramValue*>(dskenlm::last_mapping.data +
                                                                       layout.unigrams);
    result->bigrams = header.parameters.counts[1];
  }
}

// The same for an ARPA file, whose words are kept.
void OpenArpa(uint64_t file_size, dskenlm_model* result) {
  std::string head(static_cast<size_t>(std::min<uint64_t>(file_size, 1 << 16)), '\0');
  const ssize_t got = pread(result->file->get(), &head[0], head.size(), 0);
  head.resize(got > 0 ? static_cast<size_t>(got) : 0);
  const bool is_arpa = LooksLikeArpa(head);
  if (is_arpa) CheckArpaCounts(head, file_size);
  result->words = std::make_unique<CollectWords>();
  ng::Config config = LoadConfig();
  config.enumerate_vocab = result->words.get();
  try {
    result->model.reset(ng::LoadVirtual(result->name.c_str(), config));
  } catch (const util::Exception& e) {
    throw Failure(DSKENLM_NOT_A_MODEL, (is_arpa ? "is a damaged ARPA file ("
                                                : "is neither a KenLM binary nor an ARPA file (") +
                                           LastLine(e.what()) + ")");
  }
  result->has_strings = true;
  result->vocab_size = static_cast<uint32_t>(result->words->size());
}

std::unique_ptr<dskenlm_model> Open(int fd, const std::string& name) {
  auto result = std::make_unique<dskenlm_model>();
  result->name = name;
  result->file = std::make_unique<ds::Fd>(fcntl(fd, F_DUPFD_CLOEXEC, 0));
  fd = result->file->get();
  struct stat status;
  if (fd < 0 || fstat(fd, &status) != 0) {
    throw Failure(DSKENLM_CANNOT_OPEN, std::string("cannot be opened: ") + std::strerror(errno));
  }
  if (!S_ISREG(status.st_mode)) throw Failure(DSKENLM_CANNOT_OPEN, "is not a regular file");
  const uint64_t file_size = static_cast<uint64_t>(status.st_size);
  char magic[sizeof(kMagic)] = {};
  const ssize_t got = pread(fd, magic, sizeof(kMagic) - 1, 0);
  const bool binary = got > 0 && !std::memcmp(magic, kMagic, got);

  const OpensFile opens(fd);
  binary ? OpenBinary(file_size, result.get()) : OpenArpa(file_size, result.get());
  result->order = result->model->Order();
  if (result->model->StateSize() != sizeof(ng::State)) {
    throw Failure(DSKENLM_UNSUPPORTED, "has a state of a different size");
  }
  if (result->words || !result->has_strings) result->file.reset();
  return result;
}

ds::Fd FileInMemory() {
#if defined(__linux__)
  const int fd = memfd_create("dskenlm", MFD_CLOEXEC);
  if (fd < 0) throw std::bad_alloc();
  return ds::Fd(fd);
#else
  return ds::Fd::Temporary();
#endif
}

// Runs `work`; exceptions become codes with "'name' what happened" in `message`.
template <class Work>
int Guard(const char* name, char* message, size_t message_size, Work work) noexcept {
  const auto write = [&](const char* what) {
    if (message != nullptr && message_size > 0) {
      std::snprintf(message, message_size, "language model '%s' %s", name, what);
    }
  };
  try {
    work();
    if (message != nullptr && message_size > 0) *message = '\0';
    return DSKENLM_OK;
  } catch (const Failure& e) {
    write(e.what());
    return e.code();
  } catch (const std::bad_alloc&) {
    write("does not fit into memory");
    return DSKENLM_NO_MEMORY;
  } catch (const std::exception& e) {
    try {
      write(("cannot be loaded: " + LastLine(e.what())).c_str());
    } catch (const std::bad_alloc&) {
      write("cannot be loaded");
    }
    return DSKENLM_UNSUPPORTED;
  } catch (...) {
    write("cannot be loaded");
    return DSKENLM_UNSUPPORTED;
  }
}

// Our state from KenLM's; what lies past its length becomes zero.
void Export(const ng::State& from, dskenlm_state* to) {
  const unsigned length = from.length;
  for (unsigned i = 0; i < DSKENLM_MAX_ORDER - 1; ++i) {
    to->words[i] = i < length ? from.words[i] : 0;
    to->backoff[i] = i < length ? from.backoff[i] : 0.0f;
  }
  to->length = length;
}

}  // namespace

int dskenlm_open(int fd, const char* name, dskenlm_model** model, char* message,
                 size_t message_size) {
  *model = nullptr;
  return Guard(name, message, message_size, [&] { *model = Open(fd, name).release(); });
}

int dskenlm_open_memory(const void* data, size_t size, dskenlm_model** model, char* message,
                        size_t message_size) {
  *model = nullptr;
  return Guard(kInMemory, message, message_size, [&] {
    const ds::Fd file = FileInMemory();  // KenLM reads files only
    const char* from = static_cast<const char*>(data);
    for (size_t left = size; left > 0;) {
      const ssize_t written = write(file.get(), from, left);
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) throw std::bad_alloc();
      from += written;
      left -= static_cast<size_t>(written);
    }
    *model = Open(file.get(), kInMemory).release();
  });
}

void dskenlm_free(dskenlm_model* model) { delete model; }

uint32_t dskenlm_order(const dskenlm_model* model) { return model->order; }
uint32_t dskenlm_vocab_size(const dskenlm_model* model) { return model->vocab_size; }
uint64_t dskenlm_end_of_data(const dskenlm_model* model) { return model->end_of_data; }

uint32_t dskenlm_index(const dskenlm_model* model, const char* word, size_t size) {
  const lm::WordIndex id = model->model->BaseVocabulary().Index(StringPiece(word, size));
  return id < model->vocab_size ? id : 0;  // a damaged hash table can hold anything
}

uint32_t dskenlm_end_sentence(const dskenlm_model* model) {
  const lm::WordIndex id = model->model->BaseVocabulary().EndSentence();
  return id < model->vocab_size ? id : 0;
}

void dskenlm_begin_state(const dskenlm_model* model, dskenlm_state* state) {
  Export(*static_cast<const ng::State*>(model->model->BeginSentenceMemory()), state);
}

void dskenlm_null_state(const dskenlm_model* model, dskenlm_state* state) {
  Export(*static_cast<const ng::State*>(model->model->NullContextMemory()), state);
}

float dskenlm_score(const dskenlm_model* model, const dskenlm_state* in, uint32_t word,
                    dskenlm_state* out) {
  ng::State from, to;
  std::memcpy(from.words, in->words, sizeof(from.words));
  std::memcpy(from.backoff, in->backoff, sizeof(from.backoff));
  from.length = static_cast<unsigned char>(in->length);
  if (word >= model->vocab_size) word = 0;
  if (!model->Sound(word)) {
    dskenlm_null_state(model, out);
    return kNoScore;
  }
  const float score = model->model->BaseScore(&from, word, &to);
  Export(to, out);
  return score;
}

int dskenlm_words(const dskenlm_model* model, dskenlm_visit visit, void* user, char* message,
                  size_t message_size) {
  return Guard(model->name.c_str(), message, message_size, [&] {
    if (model->words) {
      for (size_t id = 0; id < model->words->size(); ++id) {
        const char* word = model->words->word(id);
        visit(user, static_cast<uint32_t>(id), word, std::strlen(word));
      }
      return;
    }
    if (!model->has_strings) {
      throw Failure(DSKENLM_NO_STRINGS,
                    "was built without its words (build_binary -v); rebuild it without -v or make "
                    "a .scorer from it and a word list");
    }
    // The words follow the search structure, each ended by NUL, in the order of their ids.
    const ds::MappedFile file(*model->file);
    std::string_view rest = file.bytes().substr(model->end_of_data);
    for (uint32_t id = 0; id < model->vocab_size; ++id) {
      const size_t size = rest.find('\0');
      if (size == std::string_view::npos) {
        throw Failure(DSKENLM_TRUNCATED, "is cut off inside its list of words");
      }
      visit(user, id, rest.data(), size);
      rest.remove_prefix(size + 1);
    }
  });
}
