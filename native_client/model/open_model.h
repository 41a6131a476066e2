// Opens models of every format.
#ifndef DS_MODEL_OPEN_MODEL_H_
#define DS_MODEL_OPEN_MODEL_H_

#include <cstddef>
#include <memory>
#include <string>

#include "model/model_file.h"

namespace ds {

// A .pb or .pbmm is mapped; a .tflite becomes a .pbmm in memory (tflite.h). Throws Error if the
// file cannot be read, is empty or is known to be something else.
std::unique_ptr<ModelFile> OpenModel(const std::string& path);
// The same from memory; the bytes are copied.
std::unique_ptr<ModelFile> ModelFromMemory(const void* data, size_t size);

}  // namespace ds
#endif  // DS_MODEL_OPEN_MODEL_H_
