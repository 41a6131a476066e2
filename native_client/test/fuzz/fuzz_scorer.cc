// Any bytes as a .scorer, KenLM binary or ARPA file.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "decoder/scorer.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const ds::Alphabet alphabet = [] {
    ds::Alphabet a;
    a.labels = {" "};
    for (char c = 'a'; c <= 'z'; ++c) a.labels.push_back(std::string(1, c));
    a.labels.push_back("'");
    return a;
  }();
  std::shared_ptr<ds::Scorer> scorer;
  std::string message;
  ds::Scorer::OpenMemory(data, size, alphabet, &scorer, &message);
  return 0;
}
