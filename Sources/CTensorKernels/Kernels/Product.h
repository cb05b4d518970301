// The inner product of matrices that stays in registers: rows of the left operand by vectors of outputs.

// One channel at a time.
struct FloatSteps {
    typedef float T;
    typedef vf Value;
    static constexpr ptrdiff_t channels = 1;
    FSS_INLINE Value broadcast(const T *p) { return splat(*p); }
    FSS_INLINE vf add(vf sum, Value a, Value b) { return sum + a * b; }
};

#if defined(FSS_BFLOAT_DOT)
// Two channels at a time: the dot-product instruction adds both products to a float.
struct BFloatSteps {
    typedef uint16_t T;
    typedef vi Value;
    static constexpr ptrdiff_t channels = 2;
    FSS_INLINE Value broadcast(const T *p) {
        int32_t pair;
        __builtin_memcpy(&pair, p, sizeof pair);
        return (vi)(pair);
    }
    FSS_INLINE vf add(vf sum, Value a, Value b) { return FSS_BFLOAT_DOT(sum, a, b); }
};
#endif

// `sums += x u`: `Rows` rows of `x`, `stride` elements apart, by packed weights `[channels / S::channels][Vectors * L][S::channels]`.
template <class S, ptrdiff_t Rows, ptrdiff_t Vectors>
FSS_INLINE void add_product(
    const typename S::T *x, ptrdiff_t stride, ptrdiff_t channels, const typename S::T *u, vf (&sums)[Rows][Vectors]) {
    for (ptrdiff_t c = 0; c < channels; c += S::channels, u += S::channels * Vectors * L) {
        typename S::Value weights[Vectors];
        __builtin_memcpy(weights, u, sizeof weights);
#pragma clang loop unroll(full)
        for (ptrdiff_t r = 0; r < Rows; ++r) {
            const typename S::Value value = S::broadcast(x + r * stride + c);
#pragma clang loop unroll(full)
            for (ptrdiff_t j = 0; j < Vectors; ++j) sums[r][j] = S::add(sums[r][j], value, weights[j]);
        }
    }
}

// Stores one vector of packed weights: lane `l` is output `o + l`; two channels of an output lie side by side in bfloat16.
template <class M> FSS_INLINE void store_packed(typename M::T *u, ptrdiff_t width, ptrdiff_t o, ptrdiff_t c, vf values) {
    if (sizeof(typename M::T) == 4) {
        M::store(u + c * width + o, values);
        return;
    }
    typename M::T lanes[L];
    M::store(lanes, values);
    typename M::T *to = u + c / 2 * 2 * width + c % 2;
    for (ptrdiff_t lane = 0; lane < L; ++lane) to[(o + lane) * 2] = lanes[lane];
}
