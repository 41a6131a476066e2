#include "grammar/tokens.h"

#include <cstring>

#include "base/utf8.h"

namespace ds {
namespace {

constexpr size_t kShown = 40;  // bytes of a token in a message

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f'; }

// Ends a word.
bool IsSign(char c) { return c != '\0' && std::strchr(";=|*+<>()[]{}/\"", c) != nullptr; }

}  // namespace

std::string Token::Shown() const {
  if (kind == Kind::kEnd) return "the end of the text";
  std::string shown = text.substr(0, kShown);
  if (text.size() > kShown) {
    while (!shown.empty() && !StartsCharacter(static_cast<unsigned char>(text[shown.size()]))) {
      shown.pop_back();
    }
    shown += "...";
  }
  switch (kind) {
    case Kind::kQuoted:
      return "\"" + shown + "\"";
    case Kind::kRule:
      return "<" + shown + ">";
    case Kind::kTag:
      return "{" + shown + "}";
    case Kind::kWeight:
      return "/" + shown + "/";
    default:
      return "'" + shown + "'";
  }
}

void Tokens::FailHere(const std::string& expected) const {
  Fail(now_.place, "found " + now_.Shown() + ", expected " + expected);
}

void Tokens::Pass() {
  if (text_[at_] == '\n') {
    ++place_.line;
    place_.column = 1;
  } else if (at_ + 1 == text_.size() ||
             StartsCharacter(static_cast<unsigned char>(text_[at_ + 1]))) {
    ++place_.column;
  }
  ++at_;
}

void Tokens::PassBlanks() {
  while (at_ < text_.size()) {
    if (IsBlank(text_[at_])) {
      Pass();
    } else if (text_.compare(at_, 2, "//") == 0) {
      while (at_ < text_.size() && text_[at_] != '\n') Pass();
    } else if (text_.compare(at_, 2, "/*") == 0) {
      const Place begin = place_;
      const size_t end = text_.find("*/", at_ + 2);
      if (end == std::string::npos) Fail(begin, "the comment does not end: expected */");
      while (at_ < end + 2) Pass();
    } else {
      return;
    }
  }
}

std::string Tokens::Until(char end, const std::string& what) {
  const Place begin = place_;
  std::string inside;
  for (Pass(); at_ < text_.size() && text_[at_] != end; Pass()) {
    if (text_[at_] == '\\' && at_ + 1 < text_.size()) Pass();
    inside += text_[at_];
  }
  if (at_ == text_.size()) {
    Fail(begin, "the " + what + " does not end: expected " + std::string(1, end));
  }
  Pass();
  return inside;
}

Token Tokens::Next() {
  Token before = std::move(now_);
  PassBlanks();
  now_ = Token{Token::Kind::kEnd, place_, ""};
  if (at_ == text_.size()) return before;
  switch (text_[at_]) {
    case '"':
      now_.kind = Token::Kind::kQuoted;
      now_.text = Until('"', "quoted token");
      return before;
    case '<':
      now_.kind = Token::Kind::kRule;
      now_.text = Until('>', "name of a rule");
      while (!now_.text.empty() && IsBlank(now_.text.back())) now_.text.pop_back();
      now_.text.erase(0, now_.text.find_first_not_of(" \t\r\n\f"));
      return before;
    case '{':
      now_.kind = Token::Kind::kTag;
      now_.text = Until('}', "tag");
      return before;
    case '/':
      now_.kind = Token::Kind::kWeight;
      now_.text = Until('/', "weight");
      return before;
    default:
      break;
  }
  if (IsSign(text_[at_])) {
    now_.kind = Token::Kind::kSign;
    now_.text = text_[at_];
    Pass();
    return before;
  }
  now_.kind = Token::Kind::kWord;
  while (at_ < text_.size() && !IsBlank(text_[at_]) && !IsSign(text_[at_])) {
    if (text_[at_] == '\\' && at_ + 1 < text_.size()) Pass();
    now_.text += text_[at_];
    Pass();
  }
  return before;
}

}  // namespace ds
