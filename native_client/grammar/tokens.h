// The tokens of a JSGF text.
#ifndef DS_GRAMMAR_TOKENS_H_
#define DS_GRAMMAR_TOKENS_H_

#include <string>

#include "grammar/tree.h"

namespace ds {

struct Token {
  enum class Kind { kEnd, kSign, kWord, kQuoted, kRule, kTag, kWeight };
  Kind kind = Kind::kEnd;
  Place place;
  std::string text;  // a sign, or what stands between the quotes, brackets, braces or slashes

  bool Is(char sign) const { return kind == Kind::kSign && text[0] == sign; }
  std::string Shown() const;  // for messages
};

// Reads one after the other. Throws GrammarError.
class Tokens {
 public:
  // `text` must outlive it.
  Tokens(const std::string& text, const std::string& name) : text_(text), name_(name) { Next(); }

  const Token& now() const { return now_; }
  Token Next();  // returns now(), and goes on

  [[noreturn]] void Fail(Place place, const std::string& what) const {
    throw GrammarError(name_, place, what);
  }
  [[noreturn]] void FailHere(const std::string& expected) const;

 private:
  void Pass();  // goes on by a byte
  void PassBlanks();
  std::string Until(char end, const std::string& what);

  const std::string& text_;
  const std::string name_;
  size_t at_ = 0;
  Place place_;
  Token now_;
};

}  // namespace ds
#endif  // DS_GRAMMAR_TOKENS_H_
