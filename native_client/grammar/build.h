// Networks of labels from what is written.
#ifndef DS_GRAMMAR_BUILD_H_
#define DS_GRAMMAR_BUILD_H_

#include <string>
#include <vector>

#include "base/alphabet.h"
#include "grammar/net.h"
#include "grammar/phrase_list.h"
#include "grammar/tree.h"

namespace ds {

// All of these throw GrammarError; `name` is what it calls the text.

// One of the public rules, whose names are the intents. Without any: the slots of free speech, one
// for each rule of the main text; behind the label kFirstSlot + number it says what the rule does,
// each alternative at its share of all of them, so that the shares of all texts sum up to 1.
Net BuildRules(const Rules& rules, const Alphabet& alphabet, const std::string& name);

// One of the phrases.
Net BuildPhrases(const std::vector<ListedPhrase>& phrases, const Alphabet& alphabet,
                 const std::string& name);

// The phrases' words in any order, most likely in the phrases': a bigram model with an absolute
// discount of 0.5, as Vosk makes of such a list.
Net BuildWords(const std::vector<ListedPhrase>& phrases, const Alphabet& alphabet,
               const std::string& name);

}  // namespace ds
#endif  // DS_GRAMMAR_BUILD_H_
