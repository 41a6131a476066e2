#include "decoder/alphabet.h"

namespace ds {
std::string Alphabet::Decode(const std::vector<int>& ids) const {
  std::string text;
  for (int id : ids) text += labels.at(static_cast<size_t>(id));
  return text;
}

bool Alphabet::Encode(const std::string& text, std::vector<int>* ids, size_t* stopped_at) const {
  ids->clear();
  size_t at = 0;
  while (at < text.size()) {
    int best = -1;
    for (int i = 0; i < size(); ++i) {
      const std::string& label = labels[i];
      if (text.compare(at, label.size(), label) == 0 &&
          (best < 0 || label.size() > labels[best].size())) {
        best = i;
      }
    }
    if (best < 0) break;
    ids->push_back(best);
    at += labels[best].size();
  }
  *stopped_at = at;
  return at == text.size();
}

}  // namespace ds
