// Everything that is compiled once per instruction set, in an order that satisfies its own references.

#include "Vector.h"
#include "Math.h"
#include "Unary.h"
#include "UnaryGradient.h"
#include "Binary.h"
#include "Reduce.h"
#include "Combine.h"
#include "Softmax.h"
#include "Norm.h"
#include "RowNorm.h"
#include "Pool.h"
#include "SpatialModulation.h"
#include "Product.h"
#include "Winograd.h"
#include "Pointwise.h"

#if defined(FSS_BFLOAT_DOT)
#define FSS_BFLOAT_PRODUCTS true
#else
#define FSS_BFLOAT_PRODUCTS false
#endif

#define FSS_TABLE_ENTRIES \
    FSS_LANES, FSS_BFLOAT_PRODUCTS, unary, unary_gradient, binary, weighted_sum, modulate, float_to_bfloat, \
        bfloat_to_float, float_to_half, half_to_float, reduce_rows, reduce_columns, softmax, softmax_gradient, \
        channel_moments, channel_affine, channel_products, channel_gradient, row_norm, row_norm_gradient, pool_row, add_scaled, resample_columns, adam, \
        spatial_row, winograd, winograd_weights, FSS_POINTWISE
