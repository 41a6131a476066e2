// What is said of a grammar's text whatever it is written in.
#ifndef DS_GRAMMAR_TEXT_H_
#define DS_GRAMMAR_TEXT_H_

#include <string>

namespace ds {

// Without a byte-order mark. Throws GrammarError for what is no text in UTF-8, or too much of it.
std::string CheckedGrammarText(std::string text, const std::string& name);

// The text of a file, which is `expected` to be "a grammar". Throws GrammarError.
std::string ReadGrammarText(const std::string& path, const std::string& expected = "a grammar");

}  // namespace ds
#endif  // DS_GRAMMAR_TEXT_H_
