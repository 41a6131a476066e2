// Phrases to listen for, as a text has them.
#ifndef DS_KEYWORDS_KEYWORD_LIST_H_
#define DS_KEYWORDS_KEYWORD_LIST_H_

#include <string>
#include <vector>

#include "base/alphabet.h"

namespace ds {

constexpr double kUsualThreshold = 0.3;  // of phrases that name none

struct Keyword {
  std::string name;                     // what is reported
  std::vector<std::vector<int>> words;  // their labels
  double threshold;                     // least score of a hit, 0 to 1
};

// From a text, which has more than one line, or a file: a phrase a line, and in its line perhaps
// `#0.35`, its threshold, and `@name`, what to report. A line that begins with # is a comment.
// Throws GrammarError.
std::vector<Keyword> ReadKeywords(const std::string& text_or_path, const Alphabet& alphabet);

}  // namespace ds
#endif  // DS_KEYWORDS_KEYWORD_LIST_H_
