// Pooling of one output row and the separable resampling of one output row, vectorised over channels.

template <class M> static void maximum_pool_row_typed(const PoolRow &k, ptrdiff_t n, ptrdiff_t oy) {
    typedef typename M::T T;
    const ptrdiff_t C = k.channels;
    const T *image = (const T *)k.x + n * k.height * k.width * C;
    const ptrdiff_t row = n * k.outHeight + oy;
    ptrdiff_t y0 = oy * k.strideY - k.padTop, y1 = y0 + k.kernelY;
    if (y0 < 0) y0 = 0;
    if (y1 > k.height) y1 = k.height;
    for (ptrdiff_t ox = 0; ox < k.outWidth; ++ox) {
        ptrdiff_t x0 = ox * k.strideX - k.padLeft, x1 = x0 + k.kernelX;
        if (x0 < 0) x0 = 0;
        if (x1 > k.width) x1 = k.width;
        T *out = (T *)k.out + (row * k.outWidth + ox) * C;
        int32_t *indices = k.indices ? k.indices + (row * k.outWidth + ox) * C : nullptr;
        for (ptrdiff_t c = 0; c < C; c += L) {
            const ptrdiff_t m = C - c;
            vf best = splat(-__builtin_inff());
            vi where = (vi)((int)(y0 * k.width + x0));
            for (ptrdiff_t y = y0; y < y1; ++y) {
                for (ptrdiff_t x = x0; x < x1; ++x) {
                    vf value = load_up_to<M>(image + (y * k.width + x) * C + c, m);
                    vi wins = (value > best) | (value != value);
                    best = wins ? value : best;
                    where = wins ? (vi)((int)(y * k.width + x)) : where;
                }
            }
            store_up_to<M>(out + c, best, m);
            if (indices) {
                if (m >= L) __builtin_memcpy(indices + c, &where, sizeof where);
                else for (ptrdiff_t i = 0; i < m; ++i) indices[c + i] = where[i];
            }
        }
    }
}

template <class M> static void average_pool_row_typed(const PoolRow &k, ptrdiff_t n, ptrdiff_t oy) {
    typedef typename M::T T;
    const ptrdiff_t C = k.channels;
    const T *image = (const T *)k.x + n * k.height * k.width * C;
    const ptrdiff_t row = n * k.outHeight + oy;
    for (ptrdiff_t ox = 0; ox < k.outWidth; ++ox) {
        const PoolWindow w = pool_window(k, oy, ox);
        T *out = (T *)k.out + (row * k.outWidth + ox) * C;
        for (ptrdiff_t c = 0; c < C; c += L) {
            const ptrdiff_t m = C - c;
            vf sum = splat(0.f);
            for (ptrdiff_t y = w.y0; y < w.y1; ++y) {
                for (ptrdiff_t x = w.x0; x < w.x1; ++x) sum += load_up_to<M>(image + (y * k.width + x) * C + c, m);
            }
            store_up_to<M>(out + c, sum / (float)w.divisor, m);
        }
    }
}
static void pool_row(int dtype, const PoolRow &k, ptrdiff_t n, ptrdiff_t oy) {
    if (k.maximum) {
        if (dtype == FSS_F32) maximum_pool_row_typed<F32>(k, n, oy);
        else maximum_pool_row_typed<BF16>(k, n, oy);
    } else {
        if (dtype == FSS_F32) average_pool_row_typed<F32>(k, n, oy);
        else average_pool_row_typed<BF16>(k, n, oy);
    }
}

// `target += x * weight` over `n` elements, float32 accumulation.
template <class M> FSS_INLINE void add_scaled_typed(float *target, const typename M::T *x, float weight, ptrdiff_t n, bool first) {
    ptrdiff_t i = 0;
    vf w = splat(weight);
    if (first) {
        for (; i + L <= n; i += L) F32::store(target + i, M::load(x + i) * w);
        for (; i < n; ++i) target[i] = M::get(x + i) * weight;
    } else {
        for (; i + L <= n; i += L) F32::store(target + i, F32::load(target + i) + M::load(x + i) * w);
        for (; i < n; ++i) target[i] += M::get(x + i) * weight;
    }
}
static void add_scaled(int dtype, float *target, const void *x, float weight, ptrdiff_t n, bool first) {
    if (dtype == FSS_F32) add_scaled_typed<F32>(target, (const float *)x, weight, n, first);
    else add_scaled_typed<BF16>(target, (const uint16_t *)x, weight, n, first);
}

// One output row of a resampling from a float32 row `[width, C]` through the sparse matrix of the columns.
template <class M> static void resample_columns_typed(const ResampleColumns &k, const float *row, typename M::T *out) {
    const ptrdiff_t C = k.channels;
    for (ptrdiff_t ox = 0; ox < k.outWidth; ++ox) {
        const int32_t begin = k.starts[ox], end = k.starts[ox + 1];
        if (C < L) {
            for (ptrdiff_t c = 0; c < C; ++c) {
                float sum = 0;
                for (int32_t e = begin; e < end; ++e) sum += row[k.indices[e] * C + c] * k.weights[e];
                M::put(out + ox * C + c, sum);
            }
            continue;
        }
        for (ptrdiff_t c = 0; c < C; c += L) {
            const ptrdiff_t m = C - c;
            vf sum = splat(0.f);
            for (int32_t e = begin; e < end; ++e) sum += load_up_to<F32>(row + k.indices[e] * C + c, m) * k.weights[e];
            store_up_to<M>(out + ox * C + c, sum, m);
        }
    }
}
static void resample_columns(int dtype, const ResampleColumns &k, const float *row, void *out) {
    if (dtype == FSS_F32) resample_columns_typed<F32>(k, row, (float *)out);
    else resample_columns_typed<BF16>(k, row, (uint16_t *)out);
}
