#include "grammar/build.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <unordered_map>
#include <utility>

#include "grammar/spelling.h"

namespace ds {
namespace {

using Kind = Expansion::Kind;

constexpr size_t kMostNamed = 5;       // words in a message
constexpr size_t kDeepestRules = 200;  // rules within one another
constexpr size_t kDeepest = 1000;      // brackets, tags and rules

// The weight of what has a share of 0 to 1.
int32_t WeightOf(double share) {
  constexpr double kLeast = -60 * kPartsOfNat;
  return static_cast<int32_t>(std::lround(std::max(kLeast, std::log(share) * kPartsOfNat)));
}

// Spells words, and remembers those that it cannot.
class Words {
 public:
  Words(const Alphabet& alphabet, std::string name) : speller_(alphabet), name_(std::move(name)) {}

  const std::vector<int>& Spell(const std::string& word, const std::string& file, Place place) {
    const auto [found, added] = known_.try_emplace(word);
    if (added) {
      const std::string missing = speller_.Spell(word, &found->second);
      if (!missing.empty()) Refuse(word, missing, file, place);
    }
    return found->second;
  }
  // Throws if there was one; the text then goes on to be read to its end, to name more of them.
  void Check() const {
    if (refused_ == 0) return;
    std::string more;
    if (refused_ > kMostNamed) more = " and " + std::to_string(refused_ - kMostNamed) + " more";
    throw GrammarError(file_, place_,
                       "the model's alphabet cannot spell " + named_ + more +
                           ": write the words as they are spoken, in its letters");
  }

 private:
  void Refuse(const std::string& word, const std::string& missing, const std::string& file,
              Place place) {
    if (refused_++ == 0) {
      file_ = file;
      place_ = place;
    }
    if (refused_ > kMostNamed) return;
    named_ += named_.empty() ? "" : ", ";
    named_ += missing == word ? "'" + word + "'" : "'" + missing + "' in '" + word + "'";
  }

  const WordSpeller speller_;
  const std::string name_;
  std::unordered_map<std::string, std::vector<int>> known_;
  size_t refused_ = 0;
  std::string file_, named_;
  Place place_;
};

// Adds trees to a network.
class TreeBuilder {
 public:
  TreeBuilder(const Rules& rules, const Alphabet& alphabet, const std::string& name)
      : rules_(rules), words_(alphabet, name), name_(name), net_(alphabet.space()) {}

  Net Build() {
    if (rules_.by_name.empty()) {
      throw GrammarError(name_, "has no rule: expected 'public <name> = ...;'");
    }
    if (rules_.starts.empty()) {
      BuildSlots();
      words_.Check();
      return std::move(net_);
    }
    for (const std::string& start : rules_.starts) {
      const Rule& rule = rules_.by_name.at(start);
      const uint32_t begin = net_.AddNode();
      net_.AddArc(Net::kStart, kNothing, begin, 0,
                  net_.AddMark({Mark::Kind::kIntent, rule.name, "", 0}));
      file_ = rule.file;
      AddRule(start, rule, begin, Net::kEnd);
    }
    words_.Check();
    return std::move(net_);
  }

 private:
  // What every rule of the main text says, behind a label of its own.
  void BuildSlots() {
    shares_ = true;
    for (const std::string& whole : rules_.own) {
      const Rule& rule = rules_.by_name.at(whole);
      const uint32_t begin = net_.AddNode(), inside = net_.AddNode(), end = net_.AddNode();
      net_.AddArc(Net::kStart, kFirstSlot + num_slots_++, begin, 0,
                  net_.AddMark({Mark::Kind::kRule, rule.name, "", 0}));
      net_.AddArc(begin, kNothing, inside, 0, net_.AddMark({Mark::Kind::kSlotBegin, "", "", 0}));
      net_.AddArc(end, kNothing, Net::kEnd, 0,
                  net_.AddMark({Mark::Kind::kSlotEnd, rule.name, "", 0}));
      file_ = rule.file;
      AddRule(whole, rule, inside, end);
    }
  }

  struct Active {  // a rule that is being added
    const std::string* name;
    uint32_t from, to;
  };

  // Adds ways from `from` to `to` that say what `it` is.
  void Add(const Expansion& it, uint32_t from, uint32_t to) {
    if (depth_ == kDeepest) {
      throw GrammarError(file_, it.place,
                         "more than " + std::to_string(kDeepest) + " things within one another");
    }
    ++depth_;
    AddKind(it, from, to);
    --depth_;
  }

  void AddKind(const Expansion& it, uint32_t from, uint32_t to) {
    switch (it.kind) {
      case Kind::kWord:
        return AddWords(it, from, to);
      case Kind::kUnknown:
        return net_.AddUnknown(from, to);
      case Kind::kRule:
        return AddReference(it, from, to);
      case Kind::kSequence:
        return AddSequence(it, from, to);
      case Kind::kChoice:
        return AddChoice(it, from, to);
      case Kind::kRepeat: {
        const uint32_t again = net_.AddNode();
        net_.AddArc(from, kNothing, again);
        net_.AddArc(again, kNothing, to, Half());
        if (!shares_) return Add(it.parts[0], again, again);
        const uint32_t more = net_.AddNode();
        net_.AddArc(again, kNothing, more, Half());
        return Add(it.parts[0], more, again);
      }
      case Kind::kOften: {
        const uint32_t again = net_.AddNode(), said = net_.AddNode();
        net_.AddArc(from, kNothing, again);
        net_.AddArc(said, kNothing, again, Half());
        net_.AddArc(said, kNothing, to, Half());
        return Add(it.parts[0], again, said);
      }
      case Kind::kTagged:
        return AddTagged(it, from, to);
    }
  }

  void AddWords(const Expansion& it, uint32_t from, uint32_t to) {
    const std::vector<int>& labels = words_.Spell(it.text, file_, it.place);
    if (!labels.empty()) net_.AddWord(from, labels, to);
  }

  void AddSequence(const Expansion& it, uint32_t from, uint32_t to) {
    if (it.parts.empty()) return net_.AddArc(from, kNothing, to);
    for (size_t i = 0; i < it.parts.size(); ++i) {
      const uint32_t next = i + 1 == it.parts.size() ? to : net_.AddNode();
      Add(it.parts[i], from, next);
      from = next;
    }
  }

  // Of going on with a repetition, and of ending it.
  int32_t Half() const { return shares_ ? WeightOf(0.5) : 0; }

  void AddChoice(const Expansion& it, uint32_t from, uint32_t to) {
    double most = 0, sum = 0;
    for (const double weight : it.weights) most = std::max(most, weight), sum += weight;
    if (shares_) most = sum;
    if (shares_ && it.weights.empty() && it.parts.size() > 1) {  // all have the same share
      const uint32_t begin = net_.AddNode();
      net_.AddArc(from, kNothing, begin, WeightOf(1.0 / static_cast<double>(it.parts.size())));
      from = begin;
    }
    for (size_t i = 0; i < it.parts.size(); ++i) {
      if (it.weights.empty()) {
        Add(it.parts[i], from, to);
      } else if (it.weights[i] > 0) {
        const uint32_t begin = net_.AddNode();
        net_.AddArc(from, kNothing, begin, WeightOf(it.weights[i] / most));
        Add(it.parts[i], begin, to);
      }
    }
  }

  // {name}, {name=value}, {intent=name}, {+N}, {*N}
  void AddTagged(const Expansion& it, uint32_t from, uint32_t to) {
    const size_t begin = it.text.find_first_not_of(" \t\r\n");
    std::string tag = begin == std::string::npos ? "" : it.text.substr(begin);
    tag.erase(tag.find_last_not_of(" \t\r\n") + 1);
    if (tag.empty()) throw GrammarError(file_, it.place, "the tag is empty: expected {name}");
    const size_t equals = tag.find('=');
    const std::string name = tag.substr(0, equals);
    const std::string value = equals == std::string::npos ? "" : tag.substr(equals + 1);
    if (tag[0] == '+' || tag[0] == '*') {
      const int64_t number = Number(it, tag.substr(1));
      return AddMarked(it, from, to,
                       {tag[0] == '+' ? Mark::Kind::kAdd : Mark::Kind::kMultiply, "", "", number});
    }
    if (name == "intent" && !value.empty()) {
      return AddMarked(it, from, to, {Mark::Kind::kIntent, value, "", 0});
    }
    const uint32_t inside = net_.AddNode();
    net_.AddArc(from, kNothing, inside, 0, net_.AddMark({Mark::Kind::kSlotBegin, "", "", 0}));
    AddMarked(it, inside, to, {Mark::Kind::kSlotEnd, name, value, 0});
  }

  void AddMarked(const Expansion& it, uint32_t from, uint32_t to, Mark mark) {
    const uint32_t end = net_.AddNode();
    net_.AddArc(end, kNothing, to, 0, net_.AddMark(std::move(mark)));
    Add(it.parts[0], from, end);
  }

  int64_t Number(const Expansion& it, const std::string& text) const {
    char* end = nullptr;
    const long long number = std::strtoll(text.c_str(), &end, 10);
    if (text.empty() || *end != '\0' || number < 0 || number > 1000000000000) {
      throw GrammarError(file_, it.place,
                         "tag {" + it.text + "}, expected a whole number from 0 to 10^12");
    }
    return number;
  }

  void AddReference(const Expansion& it, uint32_t from, uint32_t to) {
    const auto found = rules_.by_name.find(it.text);
    if (found == rules_.by_name.end()) {
      throw GrammarError(file_, it.place, "there is no rule <" + it.text + ">" + Known(it.text));
    }
    const auto same = std::find_if(active_.begin(), active_.end(),
                                   [&](const Active& a) { return *a.name == found->first; });
    if (same == active_.end()) {
      const uint32_t begin = net_.AddNode();
      net_.AddArc(from, kNothing, begin);
      const std::string file = std::exchange(file_, found->second.file);
      AddRule(found->first, found->second, begin, to);
      file_ = file;
    } else if (from == same->from || Silent(same->from, from)) {
      throw GrammarError(file_, it.place,
                         "rule <" + found->second.name +
                             "> begins with itself, which would never end: write it with '*', or "
                             "with itself at its end");
    } else if (to != same->to) {
      throw GrammarError(file_, it.place,
                         "rule <" + found->second.name +
                             "> has itself in its middle: expected only at the end of an "
                             "alternative; '*' and '+' repeat");
    } else {
      net_.AddArc(from, kNothing, same->from);
    }
  }

  void AddRule(const std::string& name, const Rule& rule, uint32_t from, uint32_t to) {
    if (active_.size() == kDeepestRules) {
      throw GrammarError(
          rule.file, rule.place,
          "more than " + std::to_string(kDeepestRules) + " rules within one another");
    }
    active_.push_back({&name, from, to});
    Add(rule.body, from, to);
    active_.pop_back();
  }

  // Whether there is a way that says nothing.
  bool Silent(uint32_t from, uint32_t to) const {
    std::vector<uint32_t> seen = {from};
    for (size_t i = 0; i < seen.size(); ++i) {
      if (seen[i] == to) return true;
      net_.ForEachArc(seen[i], [&](const Net::Arc& arc) {
        if (arc.label != kNothing) return;
        if (std::find(seen.begin(), seen.end(), arc.next) == seen.end()) seen.push_back(arc.next);
      });
    }
    return false;
  }

  // ": did you mean ...?" for a name.
  std::string Known(const std::string& name) const {
    std::string names;
    size_t count = 0;
    for (const auto& [whole, rule] : rules_.by_name) {
      if (++count > 8) {
        names += ", ...";
        break;
      }
      names += (names.empty() ? "<" : ", <") + rule.name + ">";
    }
    return name.find('.') == std::string::npos ? ": the rules are " + names : "";
  }

  const Rules& rules_;
  Words words_;
  const std::string name_;
  std::string file_;
  Net net_;
  std::vector<Active> active_;
  size_t depth_ = 0;
  bool shares_ = false;  // alternatives have their share of all, not of the likeliest one
  int32_t num_slots_ = 0;
};

// Runs `build`; what grows too large gets the grammar's name.
template <class Build>
Net Named(const std::string& name, Build build) {
  try {
    return build();
  } catch (const GrammarError&) {
    throw;
  } catch (const Error& e) {
    throw GrammarError(name, e.what());
  }
}

}  // namespace

Net BuildRules(const Rules& rules, const Alphabet& alphabet, const std::string& name) {
  return Named(name, [&] { return TreeBuilder(rules, alphabet, name).Build(); });
}

Net BuildPhrases(const std::vector<ListedPhrase>& phrases, const Alphabet& alphabet,
                 const std::string& name) {
  return Named(name, [&] {
    Net net(alphabet.space());
    Words words(alphabet, name);
    std::vector<int> labels;  // of the words so far
    for (const ListedPhrase& phrase : phrases) {
      uint32_t node = Net::kStart;
      for (size_t i = 0; i < phrase.size(); ++i) {
        const bool last = i + 1 == phrase.size();
        if (phrase[i].text != kUnknownSpeech) {
          const std::vector<int>& word = words.Spell(phrase[i].text, name, phrase[i].place);
          if (!labels.empty() && net.space() >= 0) labels.push_back(net.space());
          labels.insert(labels.end(), word.begin(), word.end());
          if (!last && phrase[i + 1].text != kUnknownSpeech) continue;
        }
        const uint32_t next = last ? Net::kEnd : net.AddNode();
        if (phrase[i].text == kUnknownSpeech) {
          net.AddUnknown(node, next);
        } else if (!labels.empty()) {
          net.AddWord(node, labels, next);
        }
        labels.clear();
        node = next;
      }
    }
    words.Check();
    return net;
  });
}

Net BuildWords(const std::vector<ListedPhrase>& phrases, const Alphabet& alphabet,
               const std::string& name) {
  constexpr double kDiscount = 0.5;
  constexpr size_t kBegin = 0, kFinish = 1;  // words that are not said
  return Named(name, [&] {
    Net net(alphabet.space());
    Words words(alphabet, name);
    std::unordered_map<std::string, size_t> numbers;
    std::vector<const std::vector<int>*> spellings = {nullptr, nullptr};  // null: not known
    std::vector<std::map<size_t, double>> follows(2);
    std::vector<double> counts = {0, 0};
    double total = 0;
    for (const ListedPhrase& phrase : phrases) {
      size_t before = kBegin;
      for (size_t i = 0; i <= phrase.size(); ++i) {
        size_t word = kFinish;
        if (i < phrase.size()) {
          const auto [found, added] = numbers.try_emplace(phrase[i].text, spellings.size());
          word = found->second;
          if (added) {
            spellings.push_back(phrase[i].text == kUnknownSpeech
                                    ? nullptr
                                    : &words.Spell(phrase[i].text, name, phrase[i].place));
            follows.emplace_back();
            counts.push_back(0);
          }
        }
        ++follows[before][word];
        ++counts[word];
        ++total;
        before = word;
      }
    }
    words.Check();
    const uint32_t anywhere = net.AddNode();  // what follows does not depend on the word before
    std::vector<uint32_t> after(spellings.size(), Net::kEnd);
    for (size_t word = 2; word < spellings.size(); ++word) {
      after[word] = spellings[word] == nullptr ? anywhere : net.AddNode();
    }
    after[kBegin] = Net::kStart;
    const auto add = [&](uint32_t from, size_t word, double share) {
      if (word == kFinish) {
        net.AddArc(from, kNothing, Net::kEnd, WeightOf(share));
      } else if (spellings[word] == nullptr) {
        // One word: more of them go through `anywhere`, which keeps the automaton small.
        net.AddUnknown(from, after[word], false, WeightOf(share));
      } else {
        net.AddWord(from, *spellings[word], after[word], WeightOf(share));
      }
    };
    for (size_t word = 1; word < spellings.size(); ++word) {
      add(anywhere, word, counts[word] / total);
    }
    for (size_t before = 0; before < spellings.size(); ++before) {
      if (before == kFinish || after[before] == anywhere) continue;
      const double all = before == kBegin ? static_cast<double>(phrases.size()) : counts[before];
      for (const auto& [word, count] : follows[before]) {
        add(after[before], word, (count - kDiscount) / all);
      }
      net.AddArc(after[before], kNothing, anywhere,
                 WeightOf(kDiscount * static_cast<double>(follows[before].size()) / all));
    }
    return net;
  });
}

}  // namespace ds
