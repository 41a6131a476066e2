#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "scorer_package.h"

namespace ds {
namespace {

// KenLM's header says at this byte that the words follow the n-grams; in a package they do not.
constexpr long kHasVocabulary = 88 + 12;

using File = std::unique_ptr<FILE, int (*)(FILE*)>;

template <class T>
void Append(std::string* bytes, T value) {
  bytes->append(reinterpret_cast<const char*>(&value), sizeof(value));
}

bool CopyBytes(FILE* from, FILE* to, uint64_t size) {
  std::vector<char> buffer(1 << 20);
  while (size > 0) {
    const size_t want = size < buffer.size() ? static_cast<size_t>(size) : buffer.size();
    if (std::fread(buffer.data(), 1, want, from) != want) return false;
    if (std::fwrite(buffer.data(), 1, want, to) != want) return false;
    size -= want;
  }
  return true;
}

std::string Header(const OutputAlphabet& alphabet, double alpha, double beta) {
  std::string bytes;
  Append(&bytes, kScorerMagic);
  Append(&bytes, kScorerVersion);
  Append(&bytes, static_cast<uint8_t>(alphabet.bytes_output));
  Append(&bytes, alpha);
  Append(&bytes, beta);
  return bytes;
}

std::string Trailer(const OutputAlphabet& alphabet) {
  std::string bytes;
  Append(&bytes, kAlphabetMagic);
  return bytes + alphabet.Serialize();
}

}  // namespace

int WriteScorerPackage(const std::string& lm_path, const std::vector<std::string>& words,
                       const OutputAlphabet& alphabet, double alpha, double beta,
                       const std::string& package_path, size_t* words_kept,
                       std::string* message) {
  char text[512];
  dskenlm_model* lm = nullptr;
  const int code = dskenlm_open(lm_path.c_str(), &lm, text, sizeof(text));
  const uint64_t lm_bytes = code == DSKENLM_OK ? dskenlm_end_of_data(lm) : 0;
  dskenlm_free(lm);
  if (code != DSKENLM_OK) {
    *message = text;
    return code == DSKENLM_CANNOT_OPEN ? kScorerUnreadable : kScorerInvalidLm;
  }
  if (lm_bytes == 0) {
    *message = "language model '" + lm_path +
               "' is an ARPA file: a package holds a KenLM binary, make one with build_binary";
    return kScorerInvalidLm;
  }
  const WordEncoder encoder(alphabet);
  std::vector<LabelSequence> spelled;
  spelled.reserve(words.size());
  for (const std::string& word : words) {
    LabelSequence labels;
    if (encoder.Encode(word, &labels)) spelled.push_back(std::move(labels));
  }
  *words_kept = spelled.size();
  if (spelled.empty()) {
    *message = "none of the " + std::to_string(words.size()) +
               " words can be spelled with the alphabet" +
               (words.empty() ? "" : " (the first is '" + words[0] + "')");
    return kScorerInvalid;
  }
  const std::string header = Header(alphabet, alpha, beta);
  const std::vector<uint8_t> fst = BuildConstFst(&spelled, lm_bytes + header.size());
  const std::string trailer = alphabet.bytes_output ? "" : Trailer(alphabet);

  const std::string partial = package_path + ".part" + std::to_string(getpid());
  File from(std::fopen(lm_path.c_str(), "rb"), std::fclose);
  FILE* to = std::fopen(partial.c_str(), "wb");
  bool ok = from && to && CopyBytes(from.get(), to, lm_bytes) &&
            std::fwrite(header.data(), 1, header.size(), to) == header.size() &&
            std::fwrite(fst.data(), 1, fst.size(), to) == fst.size() &&
            std::fwrite(trailer.data(), 1, trailer.size(), to) == trailer.size() &&
            std::fseek(to, kHasVocabulary, SEEK_SET) == 0 && std::fputc(0, to) == 0;
  if (to != nullptr) ok = std::fclose(to) == 0 && ok;
  ok = ok && std::rename(partial.c_str(), package_path.c_str()) == 0;
  if (!ok) {
    *message = "cannot write '" + package_path + "': " + std::strerror(errno);
    std::remove(partial.c_str());
    return kScorerUnreadable;
  }
  message->clear();
  return kScorerOk;
}

}  // namespace ds
