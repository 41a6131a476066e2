// Models of the TensorFlow Lite runtime: DeepSpeech 0.9.3, STT 1.4 and our own --export_tflite.
#ifndef DS_MODEL_TFLITE_H_
#define DS_MODEL_TFLITE_H_

#include <string>
#include <string_view>

namespace ds {

// Whether the bytes are a TensorFlow Lite file.
bool IsTflite(std::string_view file);

// The same network as a .pbmm package, int8 weights taken over as they are. Throws Error for what
// is damaged (FAIL_INTERPRETER), or is no network of ours (MODEL_INCOMPATIBLE, naming the tensor).
std::string PackageOfTflite(std::string_view file);

}  // namespace ds
#endif  // DS_MODEL_TFLITE_H_
