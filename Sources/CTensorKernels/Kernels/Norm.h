// Normalisation: statistics over positions with the channels side by side, or over contiguous rows.

FSS_INLINE vf activate(vf x, int activation) {
    switch (activation) {
    case FSS_ACT_RELU: return relu_(x);
    case FSS_ACT_RELU6: return Relu6::f(x, x, x);
    case FSS_ACT_SILU: return Silu::f(x, x, x);
    case FSS_ACT_QUICK_GELU: return QuickGelu::f(x, x, x);
    case FSS_ACT_GELU_ERF: return GeluErf::f(x, x, x);
    case FSS_ACT_GELU_TANH: return GeluTanh::f(x, x, x);
    case FSS_ACT_SIGMOID: return sigmoid_(x);
    default: return x;
    }
}

// Mean and sum of squared distances from it, per channel, over a chunk of positions that stays in the first cache.
template <class M> static void channel_moments_typed(
    const void *xv, ptrdiff_t positions, ptrdiff_t channels, float *mean, float *squares) {
    const typename M::T *x = (const typename M::T *)xv;
    float inverse = 1.f / (float)positions;
    for (ptrdiff_t c = 0; c < channels; c += 2 * L) {
        ptrdiff_t n0 = channels - c, n1 = n0 - L;
        vf s0 = splat(0.f), s1 = s0, q0 = s0, q1 = s0;
        if (n1 >= L) {
            for (ptrdiff_t p = 0; p < positions; ++p) {
                s0 += M::load(x + p * channels + c);
                s1 += M::load(x + p * channels + c + L);
            }
            s0 *= inverse;
            s1 *= inverse;
            for (ptrdiff_t p = 0; p < positions; ++p) {
                vf d0 = M::load(x + p * channels + c) - s0, d1 = M::load(x + p * channels + c + L) - s1;
                q0 += d0 * d0;
                q1 += d1 * d1;
            }
            F32::store(mean + c, s0);
            F32::store(mean + c + L, s1);
            F32::store(squares + c, q0);
            F32::store(squares + c + L, q1);
            continue;
        }
        for (ptrdiff_t d = c; d < channels; d += L) {
            ptrdiff_t n = channels - d;
            vf s = splat(0.f), q = s;
            for (ptrdiff_t p = 0; p < positions; ++p) s += load_up_to<M>(x + p * channels + d, n);
            s *= inverse;
            for (ptrdiff_t p = 0; p < positions; ++p) {
                vf e = load_up_to<M>(x + p * channels + d, n) - s;
                q += e * e;
            }
            store_up_to<F32>(mean + d, s, n);
            store_up_to<F32>(squares + d, q, n);
        }
    }
}
static void channel_moments(
    int dtype, const void *x, ptrdiff_t positions, ptrdiff_t channels, float *mean, float *squares) {
    if (dtype == FSS_F32) channel_moments_typed<F32>(x, positions, channels, mean, squares);
    else channel_moments_typed<BF16>(x, positions, channels, mean, squares);
}

// `out = activation((x - mean) * factor + shift)` with one mean, factor and shift a channel.
template <class M> static void channel_affine_typed(
    const void *xv, ptrdiff_t positions, ptrdiff_t channels, const float *mean, const float *factor, const float *shift,
    int activation, void *outv) {
    typedef typename M::T T;
    const T *x = (const T *)xv;
    T *out = (T *)outv;
    for (ptrdiff_t p = 0; p < positions; ++p) {
        for (ptrdiff_t c = 0; c < channels; c += L) {
            ptrdiff_t n = channels - c;
            vf value = load_up_to<M>(x + p * channels + c, n) - load_up_to<F32>(mean + c, n);
            value = value * load_up_to<F32>(factor + c, n) + load_up_to<F32>(shift + c, n);
            store_up_to<M>(out + p * channels + c, activate(value, activation), n);
        }
    }
}
static void channel_affine(
    int dtype, const void *x, ptrdiff_t positions, ptrdiff_t channels, const float *mean, const float *factor,
    const float *shift, int activation, void *out) {
    if (dtype == FSS_F32) channel_affine_typed<F32>(x, positions, channels, mean, factor, shift, activation, out);
    else channel_affine_typed<BF16>(x, positions, channels, mean, factor, shift, activation, out);
}

// Per channel over a chunk: sum of g, and sum of g * (x - mean).
template <class M> static void channel_products_typed(
    const void *xv, const void *gv, ptrdiff_t positions, ptrdiff_t channels, const float *mean, float *sums, float *products) {
    typedef typename M::T T;
    const T *x = (const T *)xv;
    const T *g = (const T *)gv;
    for (ptrdiff_t c = 0; c < channels; c += L) {
        ptrdiff_t n = channels - c;
        vf m = load_up_to<F32>(mean + c, n), s = splat(0.f), q = s;
        for (ptrdiff_t p = 0; p < positions; ++p) {
            vf gi = load_up_to<M>(g + p * channels + c, n);
            s += gi;
            q += gi * (load_up_to<M>(x + p * channels + c, n) - m);
        }
        store_up_to<F32>(sums + c, s, n);
        store_up_to<F32>(products + c, q, n);
    }
}
static void channel_products(
    int dtype, const void *x, const void *g, ptrdiff_t positions, ptrdiff_t channels, const float *mean, float *sums,
    float *products) {
    if (dtype == FSS_F32) channel_products_typed<F32>(x, g, positions, channels, mean, sums, products);
    else channel_products_typed<BF16>(x, g, positions, channels, mean, sums, products);
}

// `out = g * a + (x - mean) * b + d`, all four per channel.
template <class M> static void channel_gradient_typed(
    const void *xv, const void *gv, ptrdiff_t positions, ptrdiff_t channels, const float *mean, const float *a,
    const float *b, const float *d, void *outv) {
    typedef typename M::T T;
    for (ptrdiff_t p = 0; p < positions; ++p) {
        const T *x = (const T *)xv + p * channels;
        const T *g = (const T *)gv + p * channels;
        T *out = (T *)outv + p * channels;
        for (ptrdiff_t c = 0; c < channels; c += L) {
            ptrdiff_t n = channels - c;
            vf value = (load_up_to<M>(x + c, n) - load_up_to<F32>(mean + c, n)) * load_up_to<F32>(b + c, n);
            value += load_up_to<M>(g + c, n) * load_up_to<F32>(a + c, n) + load_up_to<F32>(d + c, n);
            store_up_to<M>(out + c, value, n);
        }
    }
}
static void channel_gradient(
    int dtype, const void *x, const void *g, ptrdiff_t positions, ptrdiff_t channels, const float *mean, const float *a,
    const float *b, const float *d, void *out) {
    if (dtype == FSS_F32) channel_gradient_typed<F32>(x, g, positions, channels, mean, a, b, d, out);
    else channel_gradient_typed<BF16>(x, g, positions, channels, mean, a, b, d, out);
}
