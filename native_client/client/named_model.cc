#include "client/named_model.h"

#include <dirent.h>
#include <dlfcn.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <system_error>
#include <utility>

#include "base/error.h"
#include "base/file.h"

namespace ds {
namespace {

namespace fs = std::filesystem;

constexpr char kSuffix[] = ".pbmm";

bool IsFile(const fs::path& path) {
  std::error_code error;
  return fs::is_regular_file(path, error);
}

// The folder of the file in which this code is: a command, or a package's library.
fs::path OwnFolder() {
  Dl_info info = {};
  if (!dladdr(reinterpret_cast<const void*>(&OwnFolder), &info) || !info.dli_fname) return {};
  std::error_code error;
  fs::path file = fs::canonical(info.dli_fname, error);
  if (error) file = fs::canonical("/proc/self/exe", error);  // a command found by $PATH
  return error ? fs::path() : file.parent_path();
}

// The first heading of a card in Markdown, which may begin with YAML.
std::string Title(const fs::path& card) {
  std::string text;
  try {
    text = ReadAll(card.string());
  } catch (const Error&) {
    return "";  // it has no card
  }
  const size_t heading = ("\n" + text).find("\n# ");
  if (heading == std::string::npos) return "";
  const size_t from = heading + 2;
  return text.substr(from, text.find_first_of("\r\n", from) - from);
}

NamedModel Model(const fs::path& folder, const std::string& name) {
  const auto with = [&](const char* suffix) { return (folder / (name + suffix)).string(); };
  const auto if_there = [](std::string path) { return IsFile(path) ? path : std::string(); };
  return {name, with(kSuffix), if_there(with(".scorer")), if_there(with(".grammar")),
          Title(with(".md"))};
}

}  // namespace

std::vector<std::string> ModelFolders() {
  std::vector<std::string> folders;
  const auto variable = [](const char* name) {
    const char* value = std::getenv(name);
    return std::string(value ? value : "");
  };
  const std::string given = variable("DEEPSPEECH_MODELS");
  for (size_t from = 0, to; from < given.size(); from = to + 1) {
    to = std::min(given.find(':', from), given.size());
    if (to > from) folders.push_back(given.substr(from, to - from));
  }
  const std::string data = variable("XDG_DATA_HOME"), home = variable("HOME");
  if (!data.empty()) {
    folders.push_back(data + "/deepspeech/models");
  } else if (!home.empty()) {
    folders.push_back(home + "/.local/share/deepspeech/models");
  }
  const fs::path own = OwnFolder();
  if (!own.empty()) {
    folders.push_back((own / "models").string());                                 // a package
    folders.push_back((own.parent_path() / "share/deepspeech/models").string());  // installed
  }
  return folders;
}

std::vector<NamedModel> ListModels() {
  std::map<std::string, NamedModel> found;
  for (const std::string& path : ModelFolders()) {
    // Not by std::filesystem, which ends the program where memory is lacking.
    const std::unique_ptr<DIR, int (*)(DIR*)> folder(opendir(path.c_str()), closedir);
    if (!folder) continue;
    while (const dirent* entry = readdir(folder.get())) {
      const fs::path file = fs::path(path) / entry->d_name;
      const std::string name = file.stem().string();
      if (file.extension() != kSuffix || found.count(name) || !IsFile(file)) continue;
      found.emplace(name, Model(path, name));
    }
  }
  std::vector<NamedModel> models;
  for (auto& [name, model] : found) models.push_back(std::move(model));
  return models;
}

std::optional<NamedModel> FindModel(const std::string& text) {
  std::error_code error;
  if (text.empty() || text.find_first_of("/.") != std::string::npos || fs::exists(text, error)) {
    return std::nullopt;
  }
  for (const std::string& folder : ModelFolders()) {
    if (IsFile(fs::path(folder) / (text + kSuffix))) return Model(folder, text);
  }
  std::string names;
  for (const NamedModel& model : ListModels()) names += (names.empty() ? "" : ", ") + model.name;
  throw Error("no model '" + text + "': there is no such file, and the models known by name are " +
              (names.empty() ? "none" : names));
}

}  // namespace ds
