// 1x1 convolutions of stride 1 that add to a residual, which is read where the sums are stored.

#if defined(FSS_BFLOAT_DOT)
template <ptrdiff_t Rows>
FSS_INLINE void pointwise_tile(const Pointwise &k, ptrdiff_t row, ptrdiff_t o, const uint16_t *u) {
    constexpr ptrdiff_t vectors = 2;
    const ptrdiff_t at = row * k.outputs + o;
    const uint16_t *residual = (const uint16_t *)k.residual + at;
    uint16_t *out = (uint16_t *)k.out + at;
    // Both are needed only when the product is done.
#pragma clang loop unroll(full)
    for (ptrdiff_t r = 0; r < Rows; ++r) {
        __builtin_prefetch(residual + r * k.outputs);
        __builtin_prefetch(out + r * k.outputs, 1);
    }
    vf sums[Rows][vectors];
#pragma clang loop unroll(full)
    for (ptrdiff_t j = 0; j < vectors; ++j) {
        const vf bias = k.bias ? F32::load(k.bias + o + j * L) : splat(0.f);
#pragma clang loop unroll(full)
        for (ptrdiff_t r = 0; r < Rows; ++r) sums[r][j] = bias;
    }
    add_product<BFloatSteps>((const uint16_t *)k.x + row * k.channels, k.channels, k.channels, u, sums);
    const vf least = splat(k.isRectified ? 0.f : -__builtin_inff());
#pragma clang loop unroll(full)
    for (ptrdiff_t r = 0; r < Rows; ++r) {
#pragma clang loop unroll(full)
        for (ptrdiff_t j = 0; j < vectors; ++j) {
            const ptrdiff_t i = r * k.outputs + j * L;
            BF16::store(out + i, max_nan(sums[r][j] + BF16::load(residual + i), least));
        }
    }
}

static void pointwise(const Pointwise &k, ptrdiff_t begin, ptrdiff_t end) {
    for (ptrdiff_t o = 0; o < k.outputs; o += 2 * L) {
        const uint16_t *u = (const uint16_t *)k.u + o * k.channels;
        ptrdiff_t r = begin;
        for (; r + 12 <= end; r += 12) pointwise_tile<12>(k, r, o, u);
        for (; r + 4 <= end; r += 4) pointwise_tile<4>(k, r, o, u);
        for (; r < end; ++r) pointwise_tile<1>(k, r, o, u);
    }
}

// Packs the weights of the outputs from `o`.
static void pointwise_weights(const Pointwise &k, const float *weight, ptrdiff_t o, void *to) {
    const ptrdiff_t width = 2 * L;
    uint16_t *u = (uint16_t *)to + o / width * width * k.channels;
    for (ptrdiff_t c = 0; c < k.channels; ++c) {
        float lanes[L];
        for (ptrdiff_t lane = 0; lane < L; ++lane) lanes[lane] = weight[(o + lane) * k.channels + c];
        store_packed<BF16>(u, width, o % width, c, F32::load(lanes));
    }
}
#define FSS_POINTWISE pointwise, pointwise_weights
#else
#define FSS_POINTWISE nullptr, nullptr
#endif
