/* The network as C functions: libsnn.so, made by build_lib.sh. What predict
 * gives is what the hardware gives, bit for bit. One call at a time. */
#ifndef SNN_PREDICT_H
#define SNN_PREDICT_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Sizes of one sample: frames (1, or one per step), values of a frame, and
 * outputs. */
int64_t predict_frames(void);
int64_t predict_inputs(void);
int64_t predict_outputs(void);

/* Shapes, classes and layers, as JSON. */
const char* predict_metadata(void);

/* Stored values, such as pixels, to integers of the input node:
 * [samples][frames][inputs] of both. */
void quantize(const double* stored, int64_t samples, int32_t* input);

/* input [samples][frames][inputs], output [samples][outputs] in the source's
 * units. Gives 0, or 1 and predict_error() says why. */
int predict(const int32_t* input, int64_t samples, double* output);
const char* predict_error(void);

/* The spikes of layer number `layer` of the metadata in the last sample:
 * [steps][neurons]. Gives their number. */
int64_t predict_spikes(int64_t layer, const int32_t** spikes);

#ifdef __cplusplus
}
#endif

#endif
