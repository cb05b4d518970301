// Softmax and its derivative over contiguous rows. `scratch` holds one row of float32.

template <class M> FSS_INLINE float row_maximum(const typename M::T *x, ptrdiff_t n) {
    return combine_lanes<MaxOp>(block_reduce<M, MaxOp>(x, n));
}

template <class M>
static void softmax_typed(const void *xv, void *outv, ptrdiff_t rows, ptrdiff_t n, bool logarithmic, float *scratch) {
    typedef typename M::T T;
    for (ptrdiff_t r = 0; r < rows; ++r) {
        const T *x = (const T *)xv + r * n;
        T *out = (T *)outv + r * n;
        float top = row_maximum<M>(x, n);
        vf shift = splat(top);
        vf s0 = splat(0.f), s1 = s0;
        ptrdiff_t i = 0;
        for (; i + 2 * L <= n; i += 2 * L) {
            vf e0 = exp_(M::load(x + i) - shift), e1 = exp_(M::load(x + i + L) - shift);
            F32::store(scratch + i, e0);
            F32::store(scratch + i + L, e1);
            s0 += e0;
            s1 += e1;
        }
        for (; i < n; i += L) {
            ptrdiff_t m = n - i;
            vf e = exp_(load_up_to<M>(x + i, m) - shift);
            for (ptrdiff_t j = m; j < L; ++j) e[j] = 0;
            store_up_to<F32>(scratch + i, e, m);
            s0 += e;
        }
        float total = sum_lanes(s0 + s1);
        if (logarithmic) {
            // Two subtractions keep the digits of `x - top` when `top` is large.
            vf logTotal = log_(splat(total));
            for (i = 0; i < n; i += L) store_up_to<M>(out + i, (load_up_to<M>(x + i, n - i) - shift) - logTotal, n - i);
        } else {
            vf inverse = splat(1.f / total);
            for (i = 0; i + L <= n; i += L) M::store(out + i, F32::load(scratch + i) * inverse);
            if (i < n) store_part<M>(out + i, load_part<F32>(scratch + i, n - i) * inverse, n - i);
        }
    }
}
static void softmax(
    int dtype, const void *x, void *out, ptrdiff_t rows, ptrdiff_t n, bool logarithmic, float *scratch) {
    if (dtype == FSS_F32) softmax_typed<F32>(x, out, rows, n, logarithmic, scratch);
    else softmax_typed<BF16>(x, out, rows, n, logarithmic, scratch);
}

template <class M>
static void softmax_gradient_typed(
    const void *yv, const void *gv, void *outv, ptrdiff_t rows, ptrdiff_t n, bool logarithmic) {
    typedef typename M::T T;
    for (ptrdiff_t r = 0; r < rows; ++r) {
        const T *y = (const T *)yv + r * n;
        const T *g = (const T *)gv + r * n;
        T *out = (T *)outv + r * n;
        vf s = splat(0.f);
        for (ptrdiff_t i = 0; i < n; i += L) {
            vf gi = load_up_to<M>(g + i, n - i);
            s += logarithmic ? gi : gi * load_up_to<M>(y + i, n - i);
        }
        vf total = splat(sum_lanes(s));
        for (ptrdiff_t i = 0; i < n; i += L) {
            vf yi = load_up_to<M>(y + i, n - i), gi = load_up_to<M>(g + i, n - i);
            vf result = logarithmic ? gi - exp_(yi) * total : yi * (gi - total);
            store_up_to<M>(out + i, result, n - i);
        }
    }
}
static void softmax_gradient(
    int dtype, const void *y, const void *g, void *out, ptrdiff_t rows, ptrdiff_t n, bool logarithmic) {
    if (dtype == FSS_F32) softmax_gradient_typed<F32>(y, g, out, rows, n, logarithmic);
    else softmax_gradient_typed<BF16>(y, g, out, rows, n, logarithmic);
}
