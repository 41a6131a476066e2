#include "base/alphabet.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/file.h"

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
  return twice == sorted.end() ? "" : "label '" + *twice + "' occurs twice";
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

Alphabet Alphabet::Bytes() {
  Alphabet alphabet;
  alphabet.bytes_output = true;
  for (int byte = 1; byte < 256; ++byte) {
    alphabet.labels.push_back(std::string(1, static_cast<char>(byte)));
  }
  return alphabet;
}

Alphabet Alphabet::Load(const std::string& path) {
  const auto fail = [&](const std::string& why) {
    throw Error(DS_ERR_INVALID_ALPHABET, "alphabet '" + path + "'" + why);
  };
  std::string text;
  try {
    text = ReadAll(path);
  } catch (const Error& e) {
    fail(std::string(" cannot be read (") + e.what() + "): give a file with one label per line");
  }
  if (text.compare(0, 3, "\xEF\xBB\xBF") == 0) text.erase(0, 3);
  Alphabet alphabet;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find_first_of("\r\n", begin), text.size());
    const std::string line = text.substr(begin, end - begin);
    begin = end + 1;  // the LF of a CRLF makes an empty line, which counts for nothing
    if (line.empty() || line[0] == '#') continue;
    alphabet.labels.push_back(line.compare(0, 2, "\\#") == 0 ? line.substr(1) : line);
  }
  const std::string fault = Fault(alphabet.labels);
  if (!fault.empty()) fail(": " + fault);
  return alphabet;
}

Alphabet Alphabet::Deserialize(const std::string& data) {
  const auto require = [&](bool good) {
    if (good) return;
    throw Error(DS_ERR_INVALID_ALPHABET,
                "not a serialised alphabet (" + std::to_string(data.size()) + " bytes)");
  };
  require(data.size() >= 2);
  const size_t count = ReadUint16(data, 0);
  Alphabet alphabet;
  alphabet.labels.resize(count);
  size_t at = 2;
  for (size_t i = 0; i < count; ++i) {
    require(at + 4 <= data.size());
    const size_t label = ReadUint16(data, at), length = ReadUint16(data, at + 2);
    require(label < count && length <= data.size() - at - 4);
    alphabet.labels[label] = data.substr(at + 4, length);
    at += 4 + length;
  }
  require(at == data.size() && Fault(alphabet.labels).empty());
  alphabet.bytes_output = alphabet.labels == Bytes().labels;
  return alphabet;
}

std::string Alphabet::Serialize() const {
  std::string data;
  AppendUint16(labels.size(), &data);
  for (size_t i = 0; i < labels.size(); ++i) {
    AppendUint16(i, &data);
    AppendUint16(labels[i].size(), &data);
    data += labels[i];
  }
  return data;
}

int Alphabet::space() const {
  const auto found = std::find(labels.begin(), labels.end(), " ");
  return found == labels.end() ? -1 : static_cast<int>(found - labels.begin());
}

std::string Alphabet::Decode(const std::vector<int>& ids) const {
  std::string text;
  for (int id : ids) text += labels.at(static_cast<size_t>(id));
  return text;
}

Speller::Speller(const Alphabet& alphabet) : alphabet_(alphabet) {
  for (size_t i = 0; i < alphabet.labels.size(); ++i) {
    by_first_byte_[static_cast<uint8_t>(alphabet.labels[i][0])].push_back(static_cast<uint16_t>(i));
  }
  for (std::vector<uint16_t>& candidates : by_first_byte_) {
    std::stable_sort(candidates.begin(), candidates.end(), [&](uint16_t a, uint16_t b) {
      return alphabet.labels[a].size() > alphabet.labels[b].size();
    });
  }
}

size_t Speller::Spell(const std::string& text, std::vector<int>* ids) const {
  ids->clear();
  size_t at = 0;
  while (at < text.size()) {
    const std::vector<uint16_t>& candidates = by_first_byte_[static_cast<uint8_t>(text[at])];
    const auto fits = std::find_if(candidates.begin(), candidates.end(), [&](uint16_t label) {
      const std::string& it = alphabet_.labels[label];
      return text.compare(at, it.size(), it) == 0;
    });
    if (fits == candidates.end()) break;
    ids->push_back(*fits);
    at += alphabet_.labels[*fits].size();
  }
  return at;
}

}  // namespace ds
