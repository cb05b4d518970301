// Passes over several same-shaped or row-broadcast operands: weighted sums, modulation, conversion, Adam.

template <class M>
static void weighted_sum_typed(const void *av, float scaleA, const void *bv, float scaleB, void *outv, ptrdiff_t n) {
    typedef typename M::T T;
    const T *a = (const T *)av;
    const T *b = (const T *)bv;
    T *out = (T *)outv;
    vf sa = splat(scaleA), sb = splat(scaleB);
    ptrdiff_t i = 0;
    for (; i + L <= n; i += L) M::store(out + i, M::load(a + i) * sa + M::load(b + i) * sb);
    if (i < n) store_part<M>(out + i, load_part<M>(a + i, n - i) * sa + load_part<M>(b + i, n - i) * sb, n - i);
}
static void weighted_sum(
    int dtype, const void *a, float scaleA, const void *b, float scaleB, void *out, ptrdiff_t n) {
    if (dtype == FSS_F32) weighted_sum_typed<F32>(a, scaleA, b, scaleB, out, n);
    else weighted_sum_typed<BF16>(a, scaleA, b, scaleB, out, n);
}

template <class M> static void modulate_typed(const ModulateRows &r) {
    typedef typename M::T T;
    vf one = splat(r.addOne);
    for (ptrdiff_t row = 0; row < r.rows; ++row) {
        const T *x = (const T *)r.x + row * r.n;
        const T *scale = (const T *)r.scale + row * r.rowStrideScale;
        const T *shift = (const T *)r.shift + row * r.rowStrideShift;
        T *out = (T *)r.out + row * r.n;
        vf scaleValue = splat(M::get(scale)), shiftValue = splat(M::get(shift));
        for (ptrdiff_t i = 0; i < r.n; i += L) {
            ptrdiff_t m = r.n - i;
            vf s = r.vectorScale ? load_up_to<M>(scale + i, m) : scaleValue;
            vf t = r.vectorShift ? load_up_to<M>(shift + i, m) : shiftValue;
            store_up_to<M>(out + i, load_up_to<M>(x + i, m) * (s + one) + t, m);
        }
    }
}
static void modulate(int dtype, const ModulateRows &r) {
    if (dtype == FSS_F32) modulate_typed<F32>(r);
    else modulate_typed<BF16>(r);
}

static void float_to_bfloat(const float *x, uint16_t *y, ptrdiff_t n) {
    ptrdiff_t i = 0;
    for (; i + L <= n; i += L) BF16::store(y + i, F32::load(x + i));
    for (; i < n; ++i) BF16::put(y + i, x[i]);
}
static void bfloat_to_float(const uint16_t *x, float *y, ptrdiff_t n) {
    ptrdiff_t i = 0;
    for (; i + L <= n; i += L) F32::store(y + i, BF16::load(x + i));
    for (; i < n; ++i) y[i] = BF16::get(x + i);
}

static void float_to_half(const float *x, uint16_t *y, ptrdiff_t n) {
    ptrdiff_t i = 0;
#if defined(FSS_HALF_ROUND)
    for (; i + L <= n; i += L) {
        const vh h = FSS_HALF_ROUND(F32::load(x + i));
        __builtin_memcpy(y + i, &h, sizeof h);
    }
#endif
    for (; i < n; ++i) y[i] = HalfFormat::narrow(x[i]);
}
static void half_to_float(const uint16_t *x, float *y, ptrdiff_t n) {
    ptrdiff_t i = 0;
#if defined(FSS_HALF_WIDEN)
    for (; i + L <= n; i += L) {
        vh h;
        __builtin_memcpy(&h, x + i, sizeof h);
        F32::store(y + i, FSS_HALF_WIDEN(h));
    }
#endif
    for (; i < n; ++i) y[i] = HalfFormat::widen(x[i]);
}

static void adam(const AdamRange &r, ptrdiff_t begin, ptrdiff_t end) {
    const fss_adam_step &k = *r.step;
    float root = __builtin_sqrtf(k.bias_correction2);
    vf stepSize = splat(k.learning_rate / k.bias_correction1);
    vf decay = splat(1.f - k.learning_rate * k.decoupled_decay);
    for (ptrdiff_t i = begin; i < end; i += L) {
        ptrdiff_t n = end - i;
        vf p = load_up_to<F32>(r.parameter + i, n);
        vf g = load_up_to<F32>(r.gradient + i, n) * k.gradient_scale + p * k.coupled_decay;
        vf m = load_up_to<F32>(r.first + i, n);
        vf v = load_up_to<F32>(r.second + i, n);
        m = m * k.beta1 + g * (1.f - k.beta1);
        v = v * k.beta2 + (g * g) * (1.f - k.beta2);
        vf denominator = __builtin_elementwise_sqrt(v) / root + k.epsilon;
        store_up_to<F32>(r.newParameter + i, p * decay - stepSize * (m / denominator), n);
        store_up_to<F32>(r.newFirst + i, m, n);
        store_up_to<F32>(r.newSecond + i, v, n);
    }
}
