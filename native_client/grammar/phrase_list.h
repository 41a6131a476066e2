// Grammars that are lists of phrases.
#ifndef DS_GRAMMAR_PHRASE_LIST_H_
#define DS_GRAMMAR_PHRASE_LIST_H_

#include <string>
#include <vector>

#include "grammar/tree.h"

namespace ds {

struct ListedWord {
  std::string text;
  Place place;
};
using ListedPhrase = std::vector<ListedWord>;  // "[unk]" among its words is other speech

// A phrase a line; what begins with # is a comment. Throws GrammarError.
std::vector<ListedPhrase> ParseLines(const std::string& text, const std::string& name);

// True for what begins as a list of JSON does.
bool IsJsonList(const std::string& text);

// Vosk's list: ["turn on", "[unk]"]. Throws GrammarError.
std::vector<ListedPhrase> ParseJsonList(const std::string& text, const std::string& name);

}  // namespace ds
#endif  // DS_GRAMMAR_PHRASE_LIST_H_
