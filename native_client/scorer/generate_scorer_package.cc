// Puts a KenLM binary, a word list and two weights into a .scorer package.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <sstream>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "base/utf8.h"
#include "scorer/scorer_writer.h"

namespace {

constexpr char kUsage[] =
    "Put a KenLM binary, a vocabulary and two weights into a .scorer package.\n"
    "\n"
    "  generate_scorer_package --lm lm.binary --vocab vocab.txt --alphabet alphabet.txt\n"
    "                          --package my.scorer [options]\n"
    "\n"
    "  --lm FILE             KenLM binary (build_binary's output, any type)\n"
    "  --vocab FILE          words, separated by white space\n"
    "  --package FILE        the .scorer to write\n"
    "  --alphabet FILE       the model's alphabet; not needed for bytes output\n"
    "  --default_alpha X     weight of the language model (default %.15g)\n"
    "  --default_beta X      bonus per word (default %.17g)\n"
    "  --force_bytes_output_mode [true|false]\n"
    "                        package for a model with bytes output; default: true if every\n"
    "                        word of the vocabulary is a single character and the alphabet,\n"
    "                        where one is given, has a space\n"
    "  --help\n";

struct Arguments {
  std::string lm, vocab, package, alphabet;
  double alpha = ds::kDefaultAlpha;
  double beta = ds::kDefaultBeta;
  std::optional<bool> bytes_output;
};

[[noreturn]] void Fail(int status, const std::string& message) {
  std::fprintf(stderr, "generate_scorer_package: %s\n", message.c_str());
  std::exit(status);
}

double Number(const std::string& name, const std::string& value) {
  char* end = nullptr;
  const double number = std::strtod(value.c_str(), &end);
  if (value.empty() || *end != '\0') {
    Fail(2, "--" + name + " is '" + value + "': expected a number");
  }
  return number;
}

std::optional<bool> Boolean(const std::string& value) {
  if (value == "true" || value == "True" || value == "1" || value == "yes") return true;
  if (value == "false" || value == "False" || value == "0" || value == "no") return false;
  return std::nullopt;
}

Arguments Parse(int argc, char** argv) {
  Arguments arguments;
  for (int i = 1; i < argc; ++i) {
    std::string name = argv[i];
    if (name == "--help" || name == "-h") {
      std::printf(kUsage, ds::kDefaultAlpha, ds::kDefaultBeta);
      std::exit(0);
    }
    if (name.compare(0, 2, "--") != 0) {
      Fail(2, "'" + name + "' is not an option; --help lists them");
    }
    name.erase(0, 2);
    std::optional<std::string> value;
    const size_t equals = name.find('=');
    if (equals != std::string::npos) {
      value = name.substr(equals + 1);
      name.erase(equals);
    }
    if (name == "noforce_bytes_output_mode") {
      arguments.bytes_output = false;
      continue;
    }
    if (name == "force_bytes_output_mode") {
      if (!value && i + 1 < argc && Boolean(argv[i + 1])) value = argv[++i];
      arguments.bytes_output = Boolean(value.value_or("true"));
      if (!arguments.bytes_output) {
        Fail(2, "--force_bytes_output_mode is '" + *value + "': expected true or false");
      }
      continue;
    }
    if (!value) {
      if (i + 1 >= argc) Fail(2, "--" + name + " needs a value; --help lists the options");
      value = argv[++i];
    }
    if (name == "lm") {
      arguments.lm = *value;
    } else if (name == "vocab") {
      arguments.vocab = *value;
    } else if (name == "package") {
      arguments.package = *value;
    } else if (name == "alphabet") {
      arguments.alphabet = *value;
    } else if (name == "default_alpha") {
      arguments.alpha = Number(name, *value);
    } else if (name == "default_beta") {
      arguments.beta = Number(name, *value);
    } else {
      Fail(2, "unknown option --" + name + "; --help lists them");
    }
  }
  if (arguments.lm.empty()) Fail(2, "--lm is missing; --help lists the options");
  if (arguments.vocab.empty()) Fail(2, "--vocab is missing; --help lists the options");
  if (arguments.package.empty()) Fail(2, "--package is missing; --help lists the options");
  return arguments;
}

struct Vocabulary {
  std::vector<std::string> words;  // each once
  bool single_characters = true;
};

Vocabulary ReadVocabulary(const std::string& path) {
  Vocabulary vocabulary;
  std::istringstream text;
  try {
    text.str(ds::ReadAll(path));
  } catch (const ds::Error&) {
    throw ds::Error("vocabulary '" + path + "' cannot be read");
  }
  std::unordered_set<std::string> unique;
  for (std::string word; text >> word;) {
    if (!unique.insert(word).second) continue;
    vocabulary.words.push_back(word);
    const auto characters = std::count_if(word.begin(), word.end(), ds::StartsCharacter);
    vocabulary.single_characters = vocabulary.single_characters && characters <= 1;
  }
  if (vocabulary.words.empty()) throw ds::Error("vocabulary '" + path + "' has no words");
  return vocabulary;
}

void MakePackage(const Arguments& arguments) {
  Vocabulary vocabulary = ReadVocabulary(arguments.vocab);
  const size_t read = vocabulary.words.size();
  std::fprintf(stderr, "%zu unique words read from vocabulary file.\n", read);
  ds::Alphabet alphabet;
  const bool asked_for_bytes = arguments.bytes_output.value_or(false);
  if (!arguments.alphabet.empty() && !asked_for_bytes)
    alphabet = ds::Alphabet::Load(arguments.alphabet);
  // Without a space among its labels each word is a label of the alphabet that was given.
  const bool spaceless = !alphabet.labels.empty() && alphabet.space() < 0;
  const bool bytes_output =
      arguments.bytes_output.value_or(vocabulary.single_characters && !spaceless);
  if (!arguments.bytes_output) {
    std::fprintf(stderr, "--force_bytes_output_mode not given: %s, because %s.\n",
                 bytes_output ? "on" : "off",
                 bytes_output ? "every word is a single character"
                 : spaceless  ? "the alphabet has no space"
                              : "some words have several characters");
  }
  if (!bytes_output && arguments.alphabet.empty()) {
    Fail(2, "--alphabet is missing: it is required unless --force_bytes_output_mode is on");
  }
  const size_t kept = ds::WriteScorerPackage(
      {arguments.lm, std::move(vocabulary.words),
       bytes_output ? ds::Alphabet::Bytes() : std::move(alphabet), arguments.alpha, arguments.beta},
      arguments.package);
  if (kept < read) {
    std::fprintf(stderr, "%zu words left out: the alphabet cannot spell them.\n", read - kept);
  }
  std::fprintf(stderr, "Package created in %s.\n", arguments.package.c_str());
}

}  // namespace

int main(int argc, char** argv) {
  const Arguments arguments = Parse(argc, argv);
  try {
    MakePackage(arguments);
  } catch (const std::exception& e) {
    Fail(1, e.what());
  }
  return 0;
}
