// Instance-normalised features under a style and under maps: one pass where normalising, convolving the signal and modulating
// twice would be five.

// `Pixels` neighbours share the weights. `rows` are three rows of the signal with a zero before and after.
template <class M, ptrdiff_t Pixels>
static void spatial_pixels(const SpatialRow &k, const float *const rows[3], ptrdiff_t x) {
    typedef typename M::T T;
    const ptrdiff_t channels = k.channels;
    const T *f = (const T *)k.x + x * channels;
    const T *maps = (const T *)k.maps + (k.maps ? x * 2 * channels : 0);
    T *out = (T *)k.out + x * channels;
    for (ptrdiff_t c = 0; c < channels; c += L) {
        const ptrdiff_t n = channels - c;
        vf gamma[Pixels], beta[Pixels];
        for (ptrdiff_t p = 0; p < Pixels; ++p) {
            gamma[p] = k.bias ? load_up_to<F32>(k.bias + c, n) : splat(0.f);
            beta[p] = k.bias ? load_up_to<F32>(k.bias + channels + c, n) : splat(0.f);
            if (!k.maps) continue;
            gamma[p] += load_up_to<M>(maps + p * 2 * channels + c, n);
            beta[p] += load_up_to<M>(maps + (p * 2 + 1) * channels + c, n);
        }
        for (ptrdiff_t i = 0; i < 9; ++i) {
            vf forGamma = load_up_to<F32>(k.weights + i * 2 * channels + c, n);
            vf forBeta = load_up_to<F32>(k.weights + (i * 2 + 1) * channels + c, n);
            for (ptrdiff_t p = 0; p < Pixels; ++p) {
                vf s = splat(rows[i / 3][x + p + i % 3]);
                gamma[p] += s * forGamma;
                beta[p] += s * forBeta;
            }
        }
        vf factor = load_up_to<F32>(k.factor + c, n), offset = load_up_to<F32>(k.offset + c, n);
        vf mean = load_up_to<F32>(k.mean + c, n);
        for (ptrdiff_t p = 0; p < Pixels; ++p) {
            vf styled = (load_up_to<M>(f + p * channels + c, n) - mean) * factor + offset;
            store_up_to<M>(out + p * channels + c, (gamma[p] + k.addOne) * styled + beta[p], n);
        }
    }
}

template <class M> static void spatial_row_typed(const SpatialRow &k, const float *const rows[3]) {
    ptrdiff_t x = 0;
    for (; x + 4 <= k.width; x += 4) spatial_pixels<M, 4>(k, rows, x);
    for (; x < k.width; ++x) spatial_pixels<M, 1>(k, rows, x);
}
static void spatial_row(int dtype, const SpatialRow &k, const float *const rows[3]) {
    if (dtype == FSS_F32) spatial_row_typed<F32>(k, rows);
    else spatial_row_typed<BF16>(k, rows);
}
