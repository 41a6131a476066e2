#include <algorithm>
#include <fstream>
#include <sstream>

#include "scorer_package.h"

namespace ds {

int OutputAlphabet::space() const {
  const auto found = std::find(labels.begin(), labels.end(), " ");
  return found == labels.end() ? -1 : static_cast<int>(found - labels.begin());
}

OutputAlphabet OutputAlphabet::Bytes() {
  OutputAlphabet alphabet;
  alphabet.bytes_output = true;
  for (int byte = 1; byte < 256; ++byte) {
    alphabet.labels.push_back(std::string(1, static_cast<char>(byte)));
  }
  return alphabet;
}

bool OutputAlphabet::Load(const std::string& path, OutputAlphabet* alphabet, std::string* error) {
  *alphabet = OutputAlphabet();
  std::ifstream file(path, std::ios::binary);
  std::ostringstream all;
  if (!file || !(all << file.rdbuf())) {
    *error = "alphabet '" + path + "' cannot be read: give a file with one label a line";
    return false;
  }
  std::string text = all.str();
  for (size_t at; (at = text.find("\r\n")) != std::string::npos;) text.erase(at, 1);
  std::replace(text.begin(), text.end(), '\r', '\n');
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line[0] == '#') continue;
    alphabet->labels.push_back(line == "\\#" ? "#" : line);
  }
  if (alphabet->labels.empty()) {
    *error = "alphabet '" + path + "' has no labels: one label a line is expected";
    return false;
  }
  return true;
}

WordEncoder::WordEncoder(const OutputAlphabet& alphabet)
    : alphabet_(alphabet), space_(alphabet.space()) {
  for (size_t i = 0; i < alphabet.labels.size(); ++i) {
    const std::string& label = alphabet.labels[i];
    if (label.empty() || static_cast<int>(i) == space_) continue;
    by_first_byte_[static_cast<uint8_t>(label[0])].push_back(static_cast<uint16_t>(i));
  }
  for (std::vector<uint16_t>& candidates : by_first_byte_) {
    std::stable_sort(candidates.begin(), candidates.end(), [&](uint16_t a, uint16_t b) {
      return alphabet.labels[a].size() > alphabet.labels[b].size();
    });
  }
}

bool WordEncoder::Encode(const std::string& word, LabelSequence* out) const {
  out->clear();
  if (word.empty() || alphabet_.labels.size() >= UINT16_MAX) return false;
  for (size_t at = 0; at < word.size();) {
    const size_t before = at;
    for (const uint16_t label : by_first_byte_[static_cast<uint8_t>(word[at])]) {
      const std::string& text = alphabet_.labels[label];
      if (word.compare(at, text.size(), text) != 0) continue;
      out->push_back(static_cast<uint16_t>(label + 1));
      at += text.size();
      break;
    }
    if (at == before) return false;
  }
  if (!alphabet_.bytes_output) {
    if (space_ < 0) return true;  // an alphabet without space: words are not told apart
    out->push_back(static_cast<uint16_t>(space_ + 1));
  }
  return true;
}

}  // namespace ds
