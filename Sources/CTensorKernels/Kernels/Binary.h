// Element-wise functions of two operands over rows: each operand is a vector or a single value within a row.

// Integers wrap around.
struct Add {
    FSS_INLINE vf f(vf a, vf b) { return a + b; }
    template <class I> FSS_INLINE I s(I a, I b) { return wrapping_add(a, b); }
};
struct Subtract {
    FSS_INLINE vf f(vf a, vf b) { return a - b; }
    template <class I> FSS_INLINE I s(I a, I b) { return wrapping_subtract(a, b); }
};
struct Multiply {
    FSS_INLINE vf f(vf a, vf b) { return a * b; }
    template <class I> FSS_INLINE I s(I a, I b) { return wrapping_multiply(a, b); }
};
struct Divide {
    FSS_INLINE vf f(vf a, vf b) { return a / b; }
    // Toward zero; by zero it is zero, and the lowest value divided by -1 is itself.
    template <class I> FSS_INLINE I s(I a, I b) { return b == 0 ? 0 : (b == -1 ? wrapping_subtract((I)0, a) : a / b); }
};
struct Minimum { FSS_INLINE vf f(vf a, vf b) { return min_nan(a, b); } template <class I> FSS_INLINE I s(I a, I b) { return a < b ? a : b; } };
struct Maximum { FSS_INLINE vf f(vf a, vf b) { return max_nan(a, b); } template <class I> FSS_INLINE I s(I a, I b) { return a > b ? a : b; } };
struct Pow {
    FSS_INLINE vf f(vf a, vf b) { return pow_(a, b); }
    template <class I> FSS_INLINE I s(I a, I b) {
        if (b < 0) return a == 1 ? 1 : (a == -1 ? (b % 2 ? -1 : 1) : 0);
        I y = 1;
        for (; b > 0; b /= 2, a = wrapping_multiply(a, a)) y = b % 2 ? wrapping_multiply(y, a) : y;
        return y;
    }
};
struct Equal { FSS_INLINE vi f(vf a, vf b) { return a == b; } template <class I> FSS_INLINE bool s(I a, I b) { return a == b; } };
struct NotEqual { FSS_INLINE vi f(vf a, vf b) { return a != b; } template <class I> FSS_INLINE bool s(I a, I b) { return a != b; } };
struct Less { FSS_INLINE vi f(vf a, vf b) { return a < b; } template <class I> FSS_INLINE bool s(I a, I b) { return a < b; } };
struct LessOrEqual { FSS_INLINE vi f(vf a, vf b) { return a <= b; } template <class I> FSS_INLINE bool s(I a, I b) { return a <= b; } };
struct Greater { FSS_INLINE vi f(vf a, vf b) { return a > b; } template <class I> FSS_INLINE bool s(I a, I b) { return a > b; } };
struct GreaterOrEqual { FSS_INLINE vi f(vf a, vf b) { return a >= b; } template <class I> FSS_INLINE bool s(I a, I b) { return a >= b; } };
struct And {
    FSS_INLINE vi f(vf a, vf b) { return (a != 0.f) & (b != 0.f); }
    template <class I> FSS_INLINE bool s(I a, I b) { return (a != 0) & (b != 0); }
};
struct Or {
    FSS_INLINE vi f(vf a, vf b) { return (a != 0.f) | (b != 0.f); }
    template <class I> FSS_INLINE bool s(I a, I b) { return (a != 0) | (b != 0); }
};

// Writers of the two kinds of result.
template <class M> struct ValueOut {
    typedef typename M::T T;
    FSS_INLINE void store(T *p, vf v) { M::store(p, v); }
    FSS_INLINE void store_some(T *p, vf v, ptrdiff_t n) { store_part<M>(p, v, n); }
};
struct TruthOut {
    typedef uint8_t T;
    FSS_INLINE void store(uint8_t *p, vi v) {
        vb bytes = __builtin_convertvector(v & (vi)(1), vb);
        __builtin_memcpy(p, &bytes, sizeof bytes);
    }
    FSS_INLINE void store_some(uint8_t *p, vi v, ptrdiff_t n) {
        for (ptrdiff_t i = 0; i < n; ++i) p[i] = (uint8_t)(v[i] & 1);
    }
};

template <class M, class Op, class Out, bool VectorA, bool VectorB> static void binary_rows_mode(const BinaryRows &r) {
    typedef typename M::T T;
    for (ptrdiff_t row = 0; row < r.rows; ++row) {
        const T *a = (const T *)r.a + row * r.rowStrideA;
        const T *b = (const T *)r.b + row * r.rowStrideB;
        typename Out::T *out = (typename Out::T *)r.out + row * r.n;
        vf valueA = splat(M::get(a)), valueB = splat(M::get(b));
        ptrdiff_t i = 0;
        for (; i + L <= r.n; i += L) {
            vf left = VectorA ? M::load(a + i) : valueA;
            vf right = VectorB ? M::load(b + i) : valueB;
            Out::store(out + i, Op::f(left, right));
        }
        if (i < r.n) {
            vf left = VectorA ? load_part<M>(a + i, r.n - i) : valueA;
            vf right = VectorB ? load_part<M>(b + i, r.n - i) : valueB;
            Out::store_some(out + i, Op::f(left, right), r.n - i);
        }
    }
}

template <class M, class Op, class Out> static void binary_rows(const BinaryRows &r) {
    if (r.vectorA && r.vectorB) binary_rows_mode<M, Op, Out, true, true>(r);
    else if (r.vectorA) binary_rows_mode<M, Op, Out, true, false>(r);
    else binary_rows_mode<M, Op, Out, false, true>(r);
}

template <class I, class O, class Op> static void integer_rows(const BinaryRows &r) {
    for (ptrdiff_t row = 0; row < r.rows; ++row) {
        const I *a = (const I *)r.a + row * r.rowStrideA;
        const I *b = (const I *)r.b + row * r.rowStrideB;
        O *out = (O *)r.out + row * r.n;
        if (r.vectorA && r.vectorB) {
            for (ptrdiff_t i = 0; i < r.n; ++i) out[i] = (O)Op::template s<I>(a[i], b[i]);
        } else if (r.vectorA) {
            I value = *b;
            for (ptrdiff_t i = 0; i < r.n; ++i) out[i] = (O)Op::template s<I>(a[i], value);
        } else {
            I value = *a;
            for (ptrdiff_t i = 0; i < r.n; ++i) out[i] = (O)Op::template s<I>(value, b[i]);
        }
    }
}

template <class Op> static void arithmetic(int dtype, const BinaryRows &r) {
    switch (dtype) {
    case FSS_F32: return binary_rows<F32, Op, ValueOut<F32>>(r);
    case FSS_BF16: return binary_rows<BF16, Op, ValueOut<BF16>>(r);
    case FSS_I32: return integer_rows<int32_t, int32_t, Op>(r);
    case FSS_I64: return integer_rows<int64_t, int64_t, Op>(r);
    default: return;
    }
}
template <class Op> static void predicate(int dtype, const BinaryRows &r) {
    switch (dtype) {
    case FSS_F32: return binary_rows<F32, Op, TruthOut>(r);
    case FSS_BF16: return binary_rows<BF16, Op, TruthOut>(r);
    case FSS_I32: return integer_rows<int32_t, uint8_t, Op>(r);
    case FSS_I64: return integer_rows<int64_t, uint8_t, Op>(r);
    default: return integer_rows<uint8_t, uint8_t, Op>(r);
    }
}

static void binary(int op, int dtype, const BinaryRows &r) {
    switch (op) {
    case FSS_ADD: return arithmetic<Add>(dtype, r);
    case FSS_SUBTRACT: return arithmetic<Subtract>(dtype, r);
    case FSS_MULTIPLY: return arithmetic<Multiply>(dtype, r);
    case FSS_DIVIDE: return arithmetic<Divide>(dtype, r);
    case FSS_MINIMUM: return arithmetic<Minimum>(dtype, r);
    case FSS_MAXIMUM: return arithmetic<Maximum>(dtype, r);
    case FSS_POW: return arithmetic<Pow>(dtype, r);
    case FSS_EQUAL: return predicate<Equal>(dtype, r);
    case FSS_NOT_EQUAL: return predicate<NotEqual>(dtype, r);
    case FSS_LESS: return predicate<Less>(dtype, r);
    case FSS_LESS_OR_EQUAL: return predicate<LessOrEqual>(dtype, r);
    case FSS_GREATER: return predicate<Greater>(dtype, r);
    case FSS_GREATER_OR_EQUAL: return predicate<GreaterOrEqual>(dtype, r);
    case FSS_AND: return predicate<And>(dtype, r);
    case FSS_OR: return predicate<Or>(dtype, r);
    default: return;
    }
}
