// Element-wise functions of one operand.

#define FSS_UNARY(NAME, EXPRESSION) \
    struct NAME { FSS_INLINE vf f(vf x, vf a, vf b) { (void)a; (void)b; return EXPRESSION; } };

FSS_INLINE vf sign_of(vf x) {
    vf s = x > 0.f ? splat(1.f) : splat(0.f);
    return x < 0.f ? splat(-1.f) : s;
}
FSS_INLINE vf clamp_(vf x, vf low, vf high) {
    vf y = x < low ? low : x;
    return y > high ? high : y;
}
FSS_INLINE vf relu6_shifted(vf x) { return clamp_(x + 3.f, splat(0.f), splat(6.f)); }
FSS_INLINE vf gelu_tanh_inner(vf x) { return 0.7978845608028654f * (x + 0.044715f * (x * x * x)); }
FSS_INLINE vf elu_(vf x, vf a) {
    vf negative = a * expm1_(x);
    return x > 0.f ? x : negative;
}
FSS_INLINE vf softplus_(vf x) {
    vf y = log1p_(exp_(x));
    return x > 20.f ? x : y;
}
FSS_INLINE vf leaky_(vf x, vf a) {
    vf y = a * x;
    return x > 0.f ? x : y;
}
FSS_INLINE vf relu_(vf x) { return x <= 0.f ? splat(0.f) : x; }

FSS_UNARY(Negate, -x)
FSS_UNARY(Absolute, abs_(x))
FSS_UNARY(Square, x * x)
FSS_UNARY(Cube, x * x * x)
FSS_UNARY(Sqrt, __builtin_elementwise_sqrt(x))
FSS_UNARY(Rsqrt, 1.f / __builtin_elementwise_sqrt(x))
FSS_UNARY(Reciprocal, 1.f / x)
FSS_UNARY(ReciprocalSquare, 1.f / (x * x))
FSS_UNARY(Exp, exp_(x))
FSS_UNARY(Log, log_(x))
FSS_UNARY(Sin, sine_or_cosine(x, 0))
FSS_UNARY(Cos, sine_or_cosine(x, 1))
FSS_UNARY(Sign, sign_of(x))
FSS_UNARY(Floor, __builtin_elementwise_floor(x))
FSS_UNARY(Round, __builtin_elementwise_roundeven(x))
FSS_UNARY(Sigmoid, sigmoid_(x))
FSS_UNARY(Tanh, tanh_(x))
FSS_UNARY(Relu, relu_(x))
FSS_UNARY(Relu6, clamp_(x, splat(0.f), splat(6.f)))
FSS_UNARY(Silu, x / (1.f + exp_(-x)))
FSS_UNARY(QuickGelu, x / (1.f + exp_(-1.702f * x)))
FSS_UNARY(GeluErf, (0.5f * x) * (1.f + erf_(x * 0.70710678118654752f)))
FSS_UNARY(GeluTanh, (0.5f * x) * (1.f + tanh_(gelu_tanh_inner(x))))
FSS_UNARY(LeakyRelu, leaky_(x, a))
FSS_UNARY(Elu, elu_(x, a))
FSS_UNARY(Softplus, softplus_(x))
FSS_UNARY(Clamp, clamp_(x, a, b))
FSS_UNARY(HardSwish, x * relu6_shifted(x) / 6.f)
FSS_UNARY(HardSigmoid, relu6_shifted(x) / 6.f)
FSS_UNARY(Affine, a * x + b)
FSS_UNARY(Power, pow_(x, a))
FSS_UNARY(Erf, erf_(x))
FSS_UNARY(Identity, x)

template <class M, class Op> static void unary_loop(const void *xv, void *yv, ptrdiff_t n, float alpha, float beta) {
    const typename M::T *x = (const typename M::T *)xv;
    typename M::T *y = (typename M::T *)yv;
    vf a = splat(alpha), b = splat(beta);
    ptrdiff_t i = 0;
    for (; i + L <= n; i += L) M::store(y + i, Op::f(M::load(x + i), a, b));
    if (i < n) store_part<M>(y + i, Op::f(load_part<M>(x + i, n - i), a, b), n - i);
}

template <class M> static void power_loop(const void *x, void *y, ptrdiff_t n, float exponent) {
    if (exponent == 2.f) unary_loop<M, Square>(x, y, n, 0, 0);
    else if (exponent == 1.f) unary_loop<M, Identity>(x, y, n, 0, 0);
    else if (exponent == 3.f) unary_loop<M, Cube>(x, y, n, 0, 0);
    else if (exponent == 0.5f) unary_loop<M, Sqrt>(x, y, n, 0, 0);
    else if (exponent == -0.5f) unary_loop<M, Rsqrt>(x, y, n, 0, 0);
    else if (exponent == -1.f) unary_loop<M, Reciprocal>(x, y, n, 0, 0);
    else if (exponent == -2.f) unary_loop<M, ReciprocalSquare>(x, y, n, 0, 0);
    else unary_loop<M, Power>(x, y, n, exponent, 0);
}

template <class M> static void unary_typed(int op, const void *x, void *y, ptrdiff_t n, float a, float b) {
    switch (op) {
    case FSS_NEGATE: return unary_loop<M, Negate>(x, y, n, a, b);
    case FSS_ABSOLUTE: return unary_loop<M, Absolute>(x, y, n, a, b);
    case FSS_SQUARE: return unary_loop<M, Square>(x, y, n, a, b);
    case FSS_SQRT: return unary_loop<M, Sqrt>(x, y, n, a, b);
    case FSS_RSQRT: return unary_loop<M, Rsqrt>(x, y, n, a, b);
    case FSS_RECIPROCAL: return unary_loop<M, Reciprocal>(x, y, n, a, b);
    case FSS_EXP: return unary_loop<M, Exp>(x, y, n, a, b);
    case FSS_LOG: return unary_loop<M, Log>(x, y, n, a, b);
    case FSS_SIN: return unary_loop<M, Sin>(x, y, n, a, b);
    case FSS_COS: return unary_loop<M, Cos>(x, y, n, a, b);
    case FSS_SIGN: return unary_loop<M, Sign>(x, y, n, a, b);
    case FSS_FLOOR: return unary_loop<M, Floor>(x, y, n, a, b);
    case FSS_ROUND: return unary_loop<M, Round>(x, y, n, a, b);
    case FSS_SIGMOID: return unary_loop<M, Sigmoid>(x, y, n, a, b);
    case FSS_TANH: return unary_loop<M, Tanh>(x, y, n, a, b);
    case FSS_RELU: return unary_loop<M, Relu>(x, y, n, a, b);
    case FSS_SILU: return unary_loop<M, Silu>(x, y, n, a, b);
    case FSS_QUICK_GELU: return unary_loop<M, QuickGelu>(x, y, n, a, b);
    case FSS_GELU_ERF: return unary_loop<M, GeluErf>(x, y, n, a, b);
    case FSS_GELU_TANH: return unary_loop<M, GeluTanh>(x, y, n, a, b);
    case FSS_LEAKY_RELU: return unary_loop<M, LeakyRelu>(x, y, n, a, b);
    case FSS_ELU: return unary_loop<M, Elu>(x, y, n, a, b);
    case FSS_SOFTPLUS: return unary_loop<M, Softplus>(x, y, n, a, b);
    case FSS_CLAMP: return unary_loop<M, Clamp>(x, y, n, a, b);
    case FSS_HARD_SWISH: return unary_loop<M, HardSwish>(x, y, n, a, b);
    case FSS_HARD_SIGMOID: return unary_loop<M, HardSigmoid>(x, y, n, a, b);
    case FSS_AFFINE: return unary_loop<M, Affine>(x, y, n, a, b);
    case FSS_POWER: return power_loop<M>(x, y, n, a);
    case FSS_ERF: return unary_loop<M, Erf>(x, y, n, a, b);
    default: return;
    }
}

static void unary(int op, int dtype, const void *x, void *y, ptrdiff_t n, float a, float b) {
    if (dtype == FSS_F32) unary_typed<F32>(op, x, y, n, a, b);
    else unary_typed<BF16>(op, x, y, n, a, b);
}
