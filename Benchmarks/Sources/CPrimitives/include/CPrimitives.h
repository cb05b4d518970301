#ifndef CPRIMITIVES_H
#define CPRIMITIVES_H

#ifdef __cplusplus
extern "C" {
#endif

// One oneDNN primitive with its operands in place, nothing around it: the floor of a convolution and a matrix product.
typedef struct bench_primitive bench_primitive;

// A square kernel with stride 1 that keeps the size. Images are channels last, weights [outputs, channels, kernel, kernel];
// the weights are packed here. Null where oneDNN refuses.
bench_primitive *bench_convolution(
    int bfloat16, int batch, int height, int width, int channels, int outputs, int kernel, const float *images,
    const float *weights);

// [rows, inner] times [inner, columns], both row-major. Null where oneDNN refuses.
bench_primitive *bench_matmul(int bfloat16, int rows, int inner, int columns, const float *a, const float *b);

// Executes once and waits; 0, or 1 where oneDNN failed.
int bench_run(bench_primitive *primitive);

// Copies the result as float32; 0, or 1 where oneDNN failed.
int bench_read(bench_primitive *primitive, float *out);

void bench_destroy(bench_primitive *primitive);

#ifdef __cplusplus
}
#endif

#endif
