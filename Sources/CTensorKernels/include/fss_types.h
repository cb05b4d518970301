#ifndef FSS_TYPES_H
#define FSS_TYPES_H

#include <stddef.h>
#include <stdint.h>

// The numbers are those of the Swift enumerations `DType`, `UnaryOperation`, `BinaryOperation` and `ReduceOperation`.

enum fss_dtype { FSS_F32 = 0, FSS_BF16, FSS_I32, FSS_I64, FSS_U8, FSS_BOOL, FSS_F16 };

enum fss_unary_op {
    FSS_NEGATE = 0, FSS_ABSOLUTE, FSS_SQUARE, FSS_SQRT, FSS_RSQRT, FSS_RECIPROCAL,
    FSS_EXP, FSS_LOG, FSS_SIN, FSS_COS, FSS_SIGN, FSS_FLOOR, FSS_ROUND,
    FSS_SIGMOID, FSS_TANH, FSS_RELU, FSS_SILU, FSS_QUICK_GELU, FSS_GELU_ERF, FSS_GELU_TANH,
    FSS_LEAKY_RELU, FSS_ELU, FSS_SOFTPLUS, FSS_CLAMP, FSS_HARD_SWISH, FSS_HARD_SIGMOID,
    FSS_AFFINE, FSS_POWER, FSS_ERF, FSS_LOGICAL_NOT,
    FSS_UNARY_COUNT
};

enum fss_binary_op {
    FSS_ADD = 0, FSS_SUBTRACT, FSS_MULTIPLY, FSS_DIVIDE, FSS_MINIMUM, FSS_MAXIMUM, FSS_POW,
    FSS_EQUAL, FSS_NOT_EQUAL, FSS_LESS, FSS_LESS_OR_EQUAL, FSS_GREATER, FSS_GREATER_OR_EQUAL,
    FSS_AND, FSS_OR,
    FSS_BINARY_COUNT
};

enum fss_reduce_op { FSS_REDUCE_SUM = 0, FSS_REDUCE_MEAN, FSS_REDUCE_MAX, FSS_REDUCE_MIN, FSS_REDUCE_PRODUCT };

// The numbers of `FusedActivation`, in order.
enum fss_activation {
    FSS_ACT_NONE = 0, FSS_ACT_RELU, FSS_ACT_RELU6, FSS_ACT_SILU, FSS_ACT_QUICK_GELU, FSS_ACT_GELU_ERF, FSS_ACT_GELU_TANH,
    FSS_ACT_SIGMOID
};

// The extents of a tensor, outermost first.
enum { FSS_MAX_RANK = 8 };

#ifdef __cplusplus
#define FSS_API extern "C"
#else
#define FSS_API
#endif

#endif
