#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include "scorer_package.h"

namespace ds {
namespace {

// Checks what every alphabet must hold; a sentence if it does not.
std::string Fault(const std::vector<std::string>& labels) {
  if (labels.empty()) return "it has no labels: give one label per line";
  if (labels.size() > 65535) return "it has more than 65535 labels";
  std::vector<std::string> sorted(labels);
  std::sort(sorted.begin(), sorted.end());
  if (sorted.front().empty()) return "a label is empty";
  const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
  return twice == sorted.end() ? "" : "label '" + *twice + "' is in it twice";
}

uint16_t ReadUint16(const std::string& data, size_t at) {
  return static_cast<uint16_t>(static_cast<unsigned char>(data[at]) |
                               static_cast<unsigned char>(data[at + 1]) << 8);
}

void AppendUint16(size_t value, std::string* data) {
  data->push_back(static_cast<char>(value & 255));
  data->push_back(static_cast<char>(value >> 8));
}

}  // namespace

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
  std::ifstream file(path, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (!file.is_open() || file.bad()) {
    *error = "alphabet '" + path + "' cannot be read (" + std::strerror(errno) +
             "): give a file with one label per line";
    return false;
  }
  if (text.compare(0, 3, "\xEF\xBB\xBF") == 0) text.erase(0, 3);
  OutputAlphabet a;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find_first_of("\r\n", begin), text.size());
    const std::string line = text.substr(begin, end - begin);
    begin = end + 1;  // the LF of a CRLF makes an empty line, which counts for nothing
    if (line.empty() || line[0] == '#') continue;
    a.labels.push_back(line.compare(0, 2, "\\#") == 0 ? line.substr(1) : line);
  }
  const std::string fault = Fault(a.labels);
  if (!fault.empty()) {
    *error = "alphabet '" + path + "': " + fault;
    return false;
  }
  *alphabet = std::move(a);
  return true;
}

bool OutputAlphabet::Deserialize(const std::string& data, OutputAlphabet* alphabet, std::string* error) {
  *error = "not a serialised alphabet (" + std::to_string(data.size()) + " bytes)";
  if (data.size() < 2) return false;
  const size_t count = ReadUint16(data, 0);
  OutputAlphabet a;
  a.labels.resize(count);
  size_t at = 2;
  for (size_t i = 0; i < count; ++i) {
    if (at + 4 > data.size()) return false;
    const size_t label = ReadUint16(data, at), length = ReadUint16(data, at + 2);
    if (label >= count || length > data.size() - at - 4) return false;
    a.labels[label] = data.substr(at + 4, length);
    at += 4 + length;
  }
  const std::string fault = Fault(a.labels);
  if (at != data.size() || !fault.empty()) return false;
  a.bytes_output = a.labels == Bytes().labels;
  *alphabet = std::move(a);
  error->clear();
  return true;
}

std::string OutputAlphabet::Serialize() const {
  std::string data;
  AppendUint16(labels.size(), &data);
  for (size_t i = 0; i < labels.size(); ++i) {
    AppendUint16(i, &data);
    AppendUint16(labels[i].size(), &data);
    data += labels[i];
  }
  return data;
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
  if (word.empty() || alphabet_.labels.size() > UINT16_MAX) return false;
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
