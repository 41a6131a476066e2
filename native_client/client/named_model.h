// Models that are known by a name: files NAME.pbmm in the folders where models are kept, each with
// its language model NAME.scorer or its grammar NAME.grammar, where it has one, and its card
// NAME.md.
#ifndef DS_CLIENT_NAMED_MODEL_H_
#define DS_CLIENT_NAMED_MODEL_H_

#include <optional>
#include <string>
#include <vector>

namespace ds {

struct NamedModel {
  std::string name, path;
  std::string scorer, grammar;  // empty: it has none
  std::string title;            // the heading of its card
};

// Where they are looked for, the first found first: the folders of $DEEPSPEECH_MODELS, the user's,
// and those that came with this program.
std::vector<std::string> ModelFolders();

// All of them, by name; folders that are not there have none.
std::vector<NamedModel> ListModels();

// What `text` names; nothing where it is a path: a file that is there, or a text with a slash or a
// suffix. Throws Error for a name that nobody has.
std::optional<NamedModel> FindModel(const std::string& text);

}  // namespace ds
#endif  // DS_CLIENT_NAMED_MODEL_H_
