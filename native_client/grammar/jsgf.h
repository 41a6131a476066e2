// The JSpeech Grammar Format: rules with alternatives, options, repetition, weights and tags.
#ifndef DS_GRAMMAR_JSGF_H_
#define DS_GRAMMAR_JSGF_H_

#include <string>

#include "grammar/tree.h"

namespace ds {

// True for what begins as such a grammar does.
bool IsJsgf(const std::string& text);

// The rules of a text and of all that it imports. `name` is what messages call the text, `folder`
// where other grammars are looked for first ("": there is none). Throws GrammarError.
Rules ParseJsgf(const std::string& text, const std::string& name, const std::string& folder);

}  // namespace ds
#endif  // DS_GRAMMAR_JSGF_H_
