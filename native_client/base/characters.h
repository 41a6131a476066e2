// Characters as an alphabet may spell them: lower case, composed, without accents.
//
// A small map for the scripts with letters of two cases; what it does not know stays as it is. The
// importers of training data (util/text) do more, for more languages.
#ifndef DS_BASE_CHARACTERS_H_
#define DS_BASE_CHARACTERS_H_

#include <string>
#include <string_view>

namespace ds {

// The code of the character that `utf8` is; U+FFFD if it is none.
char32_t CodeOf(std::string_view utf8);
std::string Utf8Of(char32_t code);

// Small letters for capitals: Latin, Greek, Cyrillic, Armenian.
char32_t Lower(char32_t code);

// A small letter and a combining mark in one character; 0 if there is none.
char32_t Compose(char32_t letter, char32_t mark);

// What a small letter is written with where it is missing: "e" for e with acute, "ss" for sharp s;
// "" if nothing is known.
std::string Plain(char32_t letter);

bool IsSpace(char32_t code);
bool IsMark(char32_t code);        // a combining accent
bool IsApostrophe(char32_t code);  // one of those that people type
bool IsPunctuation(char32_t code);
bool EndsSentence(char32_t code);

}  // namespace ds
#endif  // DS_BASE_CHARACTERS_H_
