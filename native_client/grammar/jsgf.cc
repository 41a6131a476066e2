#include "grammar/jsgf.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <memory>
#include <set>
#include <utility>

#include "grammar/english.h"
#include "grammar/text.h"
#include "grammar/tokens.h"

namespace ds {
namespace {

using Kind = Expansion::Kind;
constexpr int kDeepest = 200;         // brackets in brackets
constexpr size_t kMostImports = 100;  // grammars

// Reads one text; collects what it imports.
class Parser {
 public:
  // `as`: the name by which it was asked for; "": whatever it calls itself.
  Parser(const std::string& text, const std::string& name, const std::string& as)
      : tokens_(text, name), name_(name), grammar_(as) {}

  void Read(Rules* rules, bool main) {
    Header();
    while (IsWord("import")) Import();
    while (tokens_.now().kind != Token::Kind::kEnd) ReadRule(rules, main);
    for (const std::string& name : names_) Resolve(&rules->by_name.at(name).body);
  }
  // Names of grammars, and where they were asked for.
  const std::map<std::string, Place>& imports() const { return imports_; }
  const std::string& grammar() const { return grammar_; }

 private:
  bool IsWord(const char* word) const {
    return tokens_.now().kind == Token::Kind::kWord && tokens_.now().text == word;
  }
  void Expect(char sign) {
    if (!tokens_.now().Is(sign)) tokens_.FailHere(std::string("'") + sign + "'");
    tokens_.Next();
  }
  Token Take(Token::Kind kind, const std::string& expected) {
    if (tokens_.now().kind != kind || tokens_.now().text.empty()) tokens_.FailHere(expected);
    return tokens_.Next();
  }

  // #JSGF V1.0 [encoding [locale]]; grammar NAME;
  void Header() {
    if (!IsWord("#JSGF")) tokens_.FailHere("#JSGF V1.0;");
    tokens_.Next();
    const Token version = Take(Token::Kind::kWord, "the version V1.0");
    if (version.text != "V1.0" && version.text != "1.0") {
      tokens_.Fail(version.place, "version " + version.Shown() + ", expected V1.0");
    }
    while (tokens_.now().kind == Token::Kind::kWord) {  // what the text is in was looked at
      tokens_.Next();
      if (tokens_.now().Is('/')) tokens_.Next();
    }
    Expect(';');
    if (!IsWord("grammar")) tokens_.FailHere("'grammar NAME;'");
    tokens_.Next();
    const Token name = Take(Token::Kind::kWord, "the grammar's name");
    const std::string last = grammar_.substr(grammar_.rfind('.') + 1);  // npos + 1 is 0
    if (grammar_.empty()) {
      grammar_ = name.text;
    } else if (name.text != grammar_ && name.text != last) {
      tokens_.Fail(name.place, "found " + name.Shown() + ", expected 'grammar " + grammar_ + ";'");
    }
    Expect(';');
  }

  void Import() {
    tokens_.Next();
    const Token what = Take(Token::Kind::kRule, "<grammar.rule> or <grammar.*>");
    const size_t dot = what.text.rfind('.');
    if (dot == std::string::npos || dot == 0 || dot + 1 == what.text.size()) {
      tokens_.Fail(what.place,
                   "import of " + what.Shown() + ", expected <grammar.rule> or <grammar.*>");
    }
    const std::string grammar = what.text.substr(0, dot), rule = what.text.substr(dot + 1);
    imports_.emplace(grammar, what.place);
    if (rule == "*") {
      whole_.push_back(grammar);
    } else {
      single_.emplace(rule, what.text);
    }
    Expect(';');
  }

  void ReadRule(Rules* rules, bool main) {
    Rule rule;
    rule.file = name_;
    rule.is_public = IsWord("public");
    if (rule.is_public) tokens_.Next();
    rule.place = tokens_.now().place;
    rule.name = Take(Token::Kind::kRule, rule.is_public ? "<rule>" : "'public' or <rule>").text;
    const std::string whole = grammar_ + "." + rule.name;
    if (rule.name == "NULL" || rule.name == "VOID") {
      tokens_.Fail(rule.place, "<" + rule.name + "> has its meaning already: give another name");
    }
    if (rules->by_name.count(whole)) {
      tokens_.Fail(rule.place, "rule <" + rule.name + "> is there already, from line " +
                                   std::to_string(rules->by_name[whole].place.line));
    }
    Expect('=');
    rule.body = Alternatives(0);
    if (!tokens_.now().Is(';')) tokens_.FailHere("';', '|' or more of rule <" + rule.name + ">");
    tokens_.Next();
    if (main && rule.is_public) rules->starts.push_back(whole);
    if (main) rules->own.push_back(whole);
    names_.insert(whole);
    rules->by_name.emplace(whole, std::move(rule));
  }

  Expansion Alternatives(int depth) {
    if (depth > kDeepest) {
      tokens_.Fail(tokens_.now().place,
                   "more than " + std::to_string(kDeepest) + " brackets in one another");
    }
    Expansion choice{Kind::kChoice, tokens_.now().place, "", {}, {}};
    bool weighted = false;
    for (;;) {
      double weight = 1;
      if (tokens_.now().kind == Token::Kind::kWeight) {
        weight = Weight(tokens_.Next());
        weighted = true;
      }
      choice.weights.push_back(weight);
      choice.parts.push_back(Sequence(depth));
      if (!tokens_.now().Is('|')) break;
      tokens_.Next();
    }
    if (!weighted) choice.weights.clear();
    if (choice.parts.size() == 1 && !weighted) return std::move(choice.parts[0]);
    return choice;
  }

  double Weight(const Token& token) const {
    char* end = nullptr;
    const double weight = std::strtod(token.text.c_str(), &end);
    if (token.text.empty() || *end != '\0' || !std::isfinite(weight) || weight < 0) {
      tokens_.Fail(token.place, "weight " + token.Shown() + ", expected a number from 0 on");
    }
    return weight;
  }

  bool BeginsItem() const {
    const Token& now = tokens_.now();
    return now.kind == Token::Kind::kWord || now.kind == Token::Kind::kQuoted ||
           now.kind == Token::Kind::kRule || now.Is('(') || now.Is('[');
  }

  Expansion Sequence(int depth) {
    Expansion sequence{Kind::kSequence, tokens_.now().place, "", {}, {}};
    if (!BeginsItem()) tokens_.FailHere("a word, <rule>, '(' or '['");
    while (BeginsItem()) {
      sequence.parts.push_back(Item(depth));
      if (tokens_.now().kind == Token::Kind::kWeight) {
        tokens_.FailHere("a weight only at the beginning of an alternative");
      }
    }
    if (sequence.parts.size() == 1) return std::move(sequence.parts[0]);
    return sequence;
  }

  Expansion Item(int depth) {
    Expansion item = Primary(depth);
    if (tokens_.now().Is('*') || tokens_.now().Is('+')) {
      Expansion repeat{Kind::kOften, tokens_.now().place, "", {}, {}};
      while (tokens_.now().Is('*') || tokens_.now().Is('+')) {  // several: as if one were a *
        if (tokens_.Next().Is('*')) repeat.kind = Kind::kRepeat;
      }
      repeat.parts.push_back(std::move(item));
      item = std::move(repeat);
    }
    for (int tags = 0; tokens_.now().kind == Token::Kind::kTag; ++tags) {
      const Token tag = tokens_.Next();
      if (tags == kDeepest) tokens_.Fail(tag.place, "too many tags in a row");
      Expansion tagged{Kind::kTagged, tag.place, tag.text, {}, {}};
      tagged.parts.push_back(std::move(item));
      item = std::move(tagged);
    }
    return item;
  }

  Expansion Primary(int depth) {
    const Token token = tokens_.Next();
    Expansion item{Kind::kWord, token.place, token.text, {}, {}};
    switch (token.kind) {
      case Token::Kind::kWord:
        return item;
      case Token::Kind::kQuoted:
        return Quoted(token);
      case Token::Kind::kRule:
        if (token.text.empty()) tokens_.Fail(token.place, "found <>, expected the name of a rule");
        item.kind = token.text == "NULL"   ? Kind::kSequence
                    : token.text == "VOID" ? Kind::kChoice
                                           : Kind::kRule;
        return item;
      default:
        break;
    }
    const bool optional = token.Is('[');
    Expansion inside = Alternatives(depth + 1);
    if (!tokens_.now().Is(optional ? ']' : ')')) {
      tokens_.FailHere(std::string("'") + (optional ? ']' : ')') + "', which ends the '" +
                       token.text + "' of line " + std::to_string(token.place.line) + ", column " +
                       std::to_string(token.place.column));
    }
    tokens_.Next();
    if (!optional) return inside;
    if (inside.kind == Kind::kWord && inside.text == "unk") {
      inside.kind = Kind::kUnknown;
      return inside;
    }
    Expansion choice{Kind::kChoice, token.place, "", {}, {}};
    choice.parts.push_back(std::move(inside));
    choice.parts.emplace_back();
    choice.parts.back().place = token.place;
    return choice;
  }

  // The words of a quoted token.
  Expansion Quoted(const Token& token) const {
    Expansion sequence{Kind::kSequence, token.place, "", {}, {}};
    for (size_t at = 0; at < token.text.size();) {
      const size_t begin = token.text.find_first_not_of(" \t\r\n", at);
      if (begin == std::string::npos) break;
      at = std::min(token.text.find_first_of(" \t\r\n", begin), token.text.size());
      sequence.parts.push_back(
          {Kind::kWord, token.place, token.text.substr(begin, at - begin), {}, {}});
    }
    if (sequence.parts.empty()) tokens_.Fail(token.place, "the quoted token is empty");
    return sequence;
  }

  // Gives the rules that are meant their whole names.
  void Resolve(Expansion* expansion) {
    for (Expansion& part : expansion->parts) Resolve(&part);
    if (expansion->kind != Kind::kRule) return;
    std::string& name = expansion->text;
    const std::string own = grammar_ + "." + name;
    const auto imported = single_.find(name);
    if (names_.count(own)) {
      name = own;
    } else if (imported != single_.end()) {
      name = imported->second;
    } else if (name.find('.') != std::string::npos) {
      const std::string grammar = name.substr(0, name.rfind('.'));
      if (grammar != grammar_) imports_.emplace(grammar, expansion->place);
    } else {
      undecided_.push_back(expansion);
    }
  }

 public:
  // The same for those that come with a whole grammar, when all of them are read.
  void ResolveImported(const Rules& rules) const {
    for (Expansion* expansion : undecided_) {
      for (const std::string& grammar : whole_) {
        const std::string whole = grammar + "." + expansion->text;
        if (!rules.by_name.count(whole)) continue;
        expansion->text = whole;
        break;
      }
    }
  }

 private:
  Tokens tokens_;
  const std::string name_;
  std::string grammar_;
  std::map<std::string, Place> imports_;
  std::map<std::string, std::string> single_;  // rule: its whole name
  std::vector<std::string> whole_;             // grammars
  std::set<std::string> names_;                // of the rules here
  std::vector<Expansion*> undecided_;
};

struct GrammarText {
  std::string text, name;
};

std::vector<std::string> SearchFolders(const std::string& folder) {
  std::vector<std::string> folders;
  if (!folder.empty()) folders.push_back(folder);
  const char* path = std::getenv("JSGF_PATH");
  const std::string list = path == nullptr ? "" : path;
  for (size_t at = 0; at < list.size();) {
    const size_t end = std::min(list.find(':', at), list.size());
    if (end > at) folders.push_back(list.substr(at, end - at));
    at = end + 1;
  }
  return folders;
}

// The grammar of that name: pkg/name.gram in one of the folders, or one of ours.
GrammarText FindGrammar(const std::string& grammar, const std::string& folder,
                        const std::string& asking, Place place) {
  std::string file = grammar;
  for (char& c : file) c = c == '.' ? '/' : c;
  std::string looked_in;
  if (file.find("..") == std::string::npos && file[0] != '/') {
    for (const std::string& from : SearchFolders(folder)) {
      const std::string path = from + "/" + file + ".gram";
      if (access(path.c_str(), F_OK) == 0) return {ReadGrammarText(path), path};
      looked_in += (looked_in.empty() ? "" : ", ") + from;
    }
  }
  if (grammar == "en") return {kEnglish, "en"};
  throw GrammarError(asking, place,
                     "there is no grammar '" + grammar + "': expected the file " + file +
                         ".gram in " + (looked_in.empty() ? "a folder of JSGF_PATH" : looked_in) +
                         ", or en");
}

}  // namespace

bool IsJsgf(const std::string& text) {
  const size_t begin = text.find_first_not_of(" \t\r\n\f");
  return begin != std::string::npos && text.compare(begin, 5, "#JSGF") == 0;
}

Rules ParseJsgf(const std::string& text, const std::string& name, const std::string& folder) {
  Rules rules;
  std::vector<std::unique_ptr<GrammarText>> texts;
  std::vector<std::unique_ptr<Parser>> parsers;
  std::set<std::string> known;
  const auto read = [&](GrammarText from, const std::string& as) {
    texts.push_back(std::make_unique<GrammarText>(std::move(from)));
    const GrammarText& kept = *texts.back();
    parsers.push_back(std::make_unique<Parser>(kept.text, kept.name, as));
    parsers.back()->Read(&rules, parsers.size() == 1);
  };
  read({text, name}, "");
  known.insert(parsers[0]->grammar());
  for (size_t i = 0; i < parsers.size(); ++i) {
    const std::string asking = texts[i]->name;
    const auto imports = parsers[i]->imports();
    for (const auto& [grammar, place] : imports) {
      if (!known.insert(grammar).second) continue;
      if (known.size() > kMostImports) {
        throw GrammarError(asking, place,
                           "more than " + std::to_string(kMostImports) + " grammars are imported");
      }
      read(FindGrammar(grammar, folder, asking, place), grammar);
    }
  }
  for (const auto& parser : parsers) parser->ResolveImported(rules);
  return rules;
}

}  // namespace ds
