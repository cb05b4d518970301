// Layer norm and RMS norm: every row of `n` contiguous elements has its own statistics. Row `r` uses the parameters from
// `(r % groups) * n` on. `centred` distinguishes layer norm from RMS norm.

FSS_INLINE vf parameter_or(const float *p, ptrdiff_t i, ptrdiff_t n, float otherwise) {
    return p ? load_up_to<F32>(p + i, n) : splat(otherwise);
}

template <class M> static void row_norm_typed(const RowNorm &k, ptrdiff_t begin, ptrdiff_t end) {
    typedef typename M::T T;
    const ptrdiff_t n = k.n;
    for (ptrdiff_t r = begin; r < end; ++r) {
        const T *x = (const T *)k.x + r * n;
        T *out = (T *)k.out + r * n;
        const ptrdiff_t offset = (r % k.groups) * n;
        const float *scale = k.scale ? k.scale + offset : nullptr;
        const float *shift = k.shift ? k.shift + offset : nullptr;
        float mean = k.centred ? row_sum<M>(x, n) / (float)n : 0.f;
        vf q = splat(0.f);
        for (ptrdiff_t i = 0; i < n; i += L) {
            vf d = load_up_to<M>(x + i, n - i) - mean;
            for (ptrdiff_t j = n - i; j < L; ++j) d[j] = 0;
            q += d * d;
        }
        float deviation = 1.f / __builtin_sqrtf(sum_lanes(q) / (float)n + k.epsilon);
        if (k.mean) k.mean[r] = mean;
        k.deviation[r] = deviation;
        for (ptrdiff_t i = 0; i < n; i += L) {
            vf value = (load_up_to<M>(x + i, n - i) - mean) * deviation;
            value = value * parameter_or(scale, i, n - i, 1.f) + parameter_or(shift, i, n - i, 0.f);
            store_up_to<M>(out + i, activate(value, k.activation), n - i);
        }
    }
}
static void row_norm(int dtype, const RowNorm &k, ptrdiff_t begin, ptrdiff_t end) {
    if (dtype == FSS_F32) row_norm_typed<F32>(k, begin, end);
    else row_norm_typed<BF16>(k, begin, end);
}

// The derivative over rows [begin, end); parameter gradients of these rows are added to `scaleSum`, `shiftSum`
// (float32, groups * n) where given.
template <class M>
static void row_norm_gradient_typed(const RowNormGradient &k, ptrdiff_t begin, ptrdiff_t end, float *scaleSum, float *shiftSum) {
    typedef typename M::T T;
    const ptrdiff_t n = k.n;
    for (ptrdiff_t r = begin; r < end; ++r) {
        const T *x = (const T *)k.x + r * n;
        const T *g = (const T *)k.gradient + r * n;
        T *out = (T *)k.out + r * n;
        const ptrdiff_t offset = (r % k.groups) * n;
        const float *scale = k.scale ? k.scale + offset : nullptr;
        const float mean = k.mean ? k.mean[r] : 0.f, deviation = k.deviation[r];
        vf s = splat(0.f), q = s;
        for (ptrdiff_t i = 0; i < n; i += L) {
            const ptrdiff_t m = n - i;
            vf gi = load_up_to<M>(g + i, m);
            vf normal = (load_up_to<M>(x + i, m) - mean) * deviation;
            vf scaled = gi * parameter_or(scale, i, m, 1.f);
            s += scaled;
            q += scaled * normal;
            if (scaleSum) store_up_to<F32>(scaleSum + offset + i, load_up_to<F32>(scaleSum + offset + i, m) + gi * normal, m);
            if (shiftSum) store_up_to<F32>(shiftSum + offset + i, load_up_to<F32>(shiftSum + offset + i, m) + gi, m);
        }
        const float meanGradient = k.centred ? sum_lanes(s) / (float)n : 0.f;
        const float meanProduct = sum_lanes(q) / (float)n;
        for (ptrdiff_t i = 0; i < n; i += L) {
            const ptrdiff_t m = n - i;
            vf normal = (load_up_to<M>(x + i, m) - mean) * deviation;
            vf scaled = load_up_to<M>(g + i, m) * parameter_or(scale, i, m, 1.f);
            store_up_to<M>(out + i, deviation * (scaled - meanGradient - normal * meanProduct), m);
        }
    }
}
static void row_norm_gradient(
    int dtype, const RowNormGradient &k, ptrdiff_t begin, ptrdiff_t end, float *scaleSum, float *shiftSum) {
    if (dtype == FSS_F32) row_norm_gradient_typed<F32>(k, begin, end, scaleSum, shiftSum);
    else row_norm_gradient_typed<BF16>(k, begin, end, scaleSum, shiftSum);
}
