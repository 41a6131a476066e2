// Packs any model that can be opened: .pb, .pbmm and .tflite become our .pbmm.
#ifndef DS_MODEL_PACK_MODEL_H_
#define DS_MODEL_PACK_MODEL_H_

#include <string>

#include "model/model_file.h"

namespace ds {

// The packed package: weights as int8 in the order of packing.h, everything else as it was. With
// `recurrent_bits` 4 the recurrent rows of LSTMs get 4 bits a weight, from fp32 or int8; those that
// have 4 keep them. Throws Error for what cannot be run.
std::string PackModel(const ModelFile& file, int recurrent_bits = 8);

// Packs the model in one file into another, which is complete or not there at all.
void PackModelFile(const std::string& source, const std::string& target, int recurrent_bits = 8);

}  // namespace ds
#endif  // DS_MODEL_PACK_MODEL_H_
