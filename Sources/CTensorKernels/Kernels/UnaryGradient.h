// Derivatives of the element-wise functions, from the operand.

#define FSS_GRADIENT(NAME, EXPRESSION) \
    struct NAME##Gradient { FSS_INLINE vf f(vf x, vf g, vf a, vf b) { (void)x; (void)g; (void)a; (void)b; return EXPRESSION; } };

FSS_INLINE vf keep_where(vi condition, vf g) { return condition ? g : splat(0.f); }
FSS_INLINE vf swish_slope(vf x, float beta) {
    vf s = sigmoid_(beta * x);
    return s * (1.f + beta * x * (1.f - s));
}
FSS_INLINE vf gelu_erf_slope(vf x) {
    vf density = 0.3989422804014327f * exp_(-0.5f * (x * x));
    vf below = 0.5f * (1.f + erf_(x * 0.70710678118654752f));
    return below + x * density;
}
FSS_INLINE vf gelu_tanh_slope(vf x) {
    vf t = tanh_(gelu_tanh_inner(x));
    vf inner = 0.7978845608028654f * (1.f + 3.f * 0.044715f * (x * x));
    return 0.5f * (1.f + t) + (0.5f * x) * (1.f - t * t) * inner;
}
FSS_INLINE vf rsqrt_slope(vf x) {
    vf r = 1.f / __builtin_elementwise_sqrt(x);
    return -0.5f * (r * r * r);
}
FSS_INLINE vf hard_swish_slope(vf x) {
    vf y = x / 3.f + 0.5f;
    y = x <= -3.f ? splat(0.f) : y;
    return x >= 3.f ? splat(1.f) : y;
}
FSS_INLINE vf sigmoid_slope(vf x) {
    vf s = sigmoid_(x);
    return s * (1.f - s);
}
FSS_INLINE vf tanh_slope(vf x) {
    vf t = tanh_(x);
    return 1.f - t * t;
}
FSS_INLINE vf elu_slope(vf x, vf a) {
    vf y = a * exp_(x);
    return x > 0.f ? splat(1.f) : y;
}
FSS_INLINE vf softplus_slope(vf x) {
    vf y = sigmoid_(x);
    return x > 20.f ? splat(1.f) : y;
}

FSS_GRADIENT(Zero, splat(0.f))
FSS_GRADIENT(Negate, -g)
FSS_GRADIENT(Absolute, g * sign_of(x))
FSS_GRADIENT(Square, 2.f * x * g)
FSS_GRADIENT(Sqrt, g / (2.f * __builtin_elementwise_sqrt(x)))
FSS_GRADIENT(Rsqrt, g * rsqrt_slope(x))
FSS_GRADIENT(Reciprocal, -g / (x * x))
FSS_GRADIENT(Exp, g * exp_(x))
FSS_GRADIENT(Log, g / x)
FSS_GRADIENT(Sin, g * sine_or_cosine(x, 1))
FSS_GRADIENT(Cos, -g * sine_or_cosine(x, 0))
FSS_GRADIENT(Sigmoid, g * sigmoid_slope(x))
FSS_GRADIENT(Tanh, g * tanh_slope(x))
FSS_GRADIENT(Relu, x <= 0.f ? splat(0.f) : g)
FSS_GRADIENT(Silu, g * swish_slope(x, 1.f))
FSS_GRADIENT(QuickGelu, g * swish_slope(x, 1.702f))
FSS_GRADIENT(GeluErf, g * gelu_erf_slope(x))
FSS_GRADIENT(GeluTanh, g * gelu_tanh_slope(x))
FSS_GRADIENT(LeakyRelu, x > 0.f ? g : a * g)
FSS_GRADIENT(Elu, g * elu_slope(x, a))
FSS_GRADIENT(Softplus, g * softplus_slope(x))
FSS_GRADIENT(Clamp, keep_where((x >= a) & (x <= b), g))
FSS_GRADIENT(HardSwish, g * hard_swish_slope(x))
FSS_GRADIENT(HardSigmoid, keep_where((x > -3.f) & (x < 3.f), g / 6.f))
FSS_GRADIENT(Affine, a * g)
FSS_GRADIENT(Power, g * (a * pow_(x, a - 1.f)))
FSS_GRADIENT(Erf, g * (1.1283791670955126f * exp_(-(x * x))))

template <class M, class Op>
static void gradient_loop(const void *xv, const void *gv, void *yv, ptrdiff_t n, float alpha, float beta) {
    const typename M::T *x = (const typename M::T *)xv;
    const typename M::T *g = (const typename M::T *)gv;
    typename M::T *y = (typename M::T *)yv;
    vf a = splat(alpha), b = splat(beta);
    ptrdiff_t i = 0;
    for (; i + L <= n; i += L) M::store(y + i, Op::f(M::load(x + i), M::load(g + i), a, b));
    if (i < n) {
        vf tail = Op::f(load_part<M>(x + i, n - i), load_part<M>(g + i, n - i), a, b);
        store_part<M>(y + i, tail, n - i);
    }
}

template <class M>
static void gradient_typed(int op, const void *x, const void *g, void *y, ptrdiff_t n, float a, float b) {
    switch (op) {
    case FSS_NEGATE: return gradient_loop<M, NegateGradient>(x, g, y, n, a, b);
    case FSS_ABSOLUTE: return gradient_loop<M, AbsoluteGradient>(x, g, y, n, a, b);
    case FSS_SQUARE: return gradient_loop<M, SquareGradient>(x, g, y, n, a, b);
    case FSS_SQRT: return gradient_loop<M, SqrtGradient>(x, g, y, n, a, b);
    case FSS_RSQRT: return gradient_loop<M, RsqrtGradient>(x, g, y, n, a, b);
    case FSS_RECIPROCAL: return gradient_loop<M, ReciprocalGradient>(x, g, y, n, a, b);
    case FSS_EXP: return gradient_loop<M, ExpGradient>(x, g, y, n, a, b);
    case FSS_LOG: return gradient_loop<M, LogGradient>(x, g, y, n, a, b);
    case FSS_SIN: return gradient_loop<M, SinGradient>(x, g, y, n, a, b);
    case FSS_COS: return gradient_loop<M, CosGradient>(x, g, y, n, a, b);
    case FSS_SIGMOID: return gradient_loop<M, SigmoidGradient>(x, g, y, n, a, b);
    case FSS_TANH: return gradient_loop<M, TanhGradient>(x, g, y, n, a, b);
    case FSS_RELU: return gradient_loop<M, ReluGradient>(x, g, y, n, a, b);
    case FSS_SILU: return gradient_loop<M, SiluGradient>(x, g, y, n, a, b);
    case FSS_QUICK_GELU: return gradient_loop<M, QuickGeluGradient>(x, g, y, n, a, b);
    case FSS_GELU_ERF: return gradient_loop<M, GeluErfGradient>(x, g, y, n, a, b);
    case FSS_GELU_TANH: return gradient_loop<M, GeluTanhGradient>(x, g, y, n, a, b);
    case FSS_LEAKY_RELU: return gradient_loop<M, LeakyReluGradient>(x, g, y, n, a, b);
    case FSS_ELU: return gradient_loop<M, EluGradient>(x, g, y, n, a, b);
    case FSS_SOFTPLUS: return gradient_loop<M, SoftplusGradient>(x, g, y, n, a, b);
    case FSS_CLAMP: return gradient_loop<M, ClampGradient>(x, g, y, n, a, b);
    case FSS_HARD_SWISH: return gradient_loop<M, HardSwishGradient>(x, g, y, n, a, b);
    case FSS_HARD_SIGMOID: return gradient_loop<M, HardSigmoidGradient>(x, g, y, n, a, b);
    case FSS_AFFINE: return gradient_loop<M, AffineGradient>(x, g, y, n, a, b);
    case FSS_POWER: return a == 2.f ? gradient_loop<M, SquareGradient>(x, g, y, n, a, b)
                                    : gradient_loop<M, PowerGradient>(x, g, y, n, a, b);
    case FSS_ERF: return gradient_loop<M, ErfGradient>(x, g, y, n, a, b);
    default: return gradient_loop<M, ZeroGradient>(x, g, y, n, a, b);
    }
}

static void unary_gradient(int op, int dtype, const void *x, const void *g, void *y, ptrdiff_t n, float a, float b) {
    if (dtype == FSS_F32) gradient_typed<F32>(op, x, g, y, n, a, b);
    else gradient_typed<BF16>(op, x, g, y, n, a, b);
}
