// The command `deepspeech-convert IN OUT`.
#ifndef DS_CLIENT_CONVERT_COMMAND_H_
#define DS_CLIENT_CONVERT_COMMAND_H_

#include <string>
#include <vector>

namespace ds {

// Returns the exit status: 0 fine, 1 failed, 2 wrong usage.
int RunConvert(const std::vector<std::string>& arguments);

}  // namespace ds
#endif  // DS_CLIENT_CONVERT_COMMAND_H_
