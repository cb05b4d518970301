// Reductions of contiguous rows and of columns to float32.

struct SumOp {
    FSS_INLINE vf start() { return splat(0.f); }
    FSS_INLINE vf f(vf a, vf b) { return a + b; }
};
struct ProductOp {
    FSS_INLINE vf start() { return splat(1.f); }
    FSS_INLINE vf f(vf a, vf b) { return a * b; }
};
struct MaxOp {
    FSS_INLINE vf start() { return splat(-__builtin_inff()); }
    FSS_INLINE vf f(vf a, vf b) { return max_nan(a, b); }
};
struct MinOp {
    FSS_INLINE vf start() { return splat(__builtin_inff()); }
    FSS_INLINE vf f(vf a, vf b) { return min_nan(a, b); }
};

// Four accumulators over at most 2048 elements: short chains for speed and accuracy.
template <class M, class Op> FSS_INLINE vf block_reduce(const typename M::T *x, ptrdiff_t n) {
    vf s0 = Op::start(), s1 = Op::start(), s2 = Op::start(), s3 = Op::start();
    ptrdiff_t i = 0;
    for (; i + 4 * L <= n; i += 4 * L) {
        s0 = Op::f(s0, M::load(x + i));
        s1 = Op::f(s1, M::load(x + i + L));
        s2 = Op::f(s2, M::load(x + i + 2 * L));
        s3 = Op::f(s3, M::load(x + i + 3 * L));
    }
    for (; i + L <= n; i += L) s0 = Op::f(s0, M::load(x + i));
    if (i < n) {
        vf tail = load_part<M>(x + i, n - i);
        vf neutral = Op::start();
        for (ptrdiff_t j = n - i; j < L; ++j) tail[j] = neutral[j];
        s1 = Op::f(s1, tail);
    }
    return Op::f(Op::f(s0, s1), Op::f(s2, s3));
}

template <class Op> FSS_INLINE float combine_lanes(vf x) {
    float lanes[L];
    __builtin_memcpy(lanes, &x, sizeof lanes);
    vf total = splat(lanes[0]);
    for (ptrdiff_t i = 1; i < L; ++i) total = Op::f(total, splat(lanes[i]));
    return total[0];
}

constexpr ptrdiff_t blockLength = 2048;

template <class M> FSS_INLINE float row_sum(const typename M::T *x, ptrdiff_t n) {
    double total = 0;
    for (ptrdiff_t i = 0; i < n; i += blockLength) {
        ptrdiff_t m = n - i < blockLength ? n - i : blockLength;
        total += sum_lanes(block_reduce<M, SumOp>(x + i, m));
    }
    return (float)total;
}

template <class M, class Op> static void rows_other(const void *xv, ptrdiff_t rows, ptrdiff_t n, float *out) {
    const typename M::T *x = (const typename M::T *)xv;
    for (ptrdiff_t r = 0; r < rows; ++r) out[r] = combine_lanes<Op>(block_reduce<M, Op>(x + r * n, n));
}

template <class M> static void rows_typed(int op, const void *xv, ptrdiff_t rows, ptrdiff_t n, float *out) {
    const typename M::T *x = (const typename M::T *)xv;
    switch (op) {
    case FSS_REDUCE_MAX: return rows_other<M, MaxOp>(xv, rows, n, out);
    case FSS_REDUCE_MIN: return rows_other<M, MinOp>(xv, rows, n, out);
    case FSS_REDUCE_PRODUCT: return rows_other<M, ProductOp>(xv, rows, n, out);
    default:
        for (ptrdiff_t r = 0; r < rows; ++r) out[r] = row_sum<M>(x + r * n, n);
    }
}
static void reduce_rows(int op, int dtype, const void *x, ptrdiff_t rows, ptrdiff_t n, float *out) {
    if (dtype == FSS_F32) rows_typed<F32>(op, x, rows, n, out);
    else rows_typed<BF16>(op, x, rows, n, out);
}

// Rows whose sum is formed before it joins the total: two short chains of roundings instead of a long one.
constexpr ptrdiff_t rowBlock = 32;

// `out[c] = op over r of x[r, c]`: accumulators stay in registers while the rows pass by.
template <class M, class Op>
static void columns_op(const void *xv, ptrdiff_t rows, ptrdiff_t stride, ptrdiff_t columns, float *out) {
    const typename M::T *x = (const typename M::T *)xv;
    ptrdiff_t c = 0;
    for (; c + 4 * L <= columns; c += 4 * L) {
        vf t0 = Op::start(), t1 = t0, t2 = t0, t3 = t0;
        for (ptrdiff_t first = 0; first < rows; first += rowBlock) {
            const ptrdiff_t last = first + rowBlock < rows ? first + rowBlock : rows;
            vf s0 = Op::start(), s1 = s0, s2 = s0, s3 = s0;
            for (ptrdiff_t r = first; r < last; ++r) {
                const typename M::T *p = x + r * stride + c;
                s0 = Op::f(s0, M::load(p));
                s1 = Op::f(s1, M::load(p + L));
                s2 = Op::f(s2, M::load(p + 2 * L));
                s3 = Op::f(s3, M::load(p + 3 * L));
            }
            t0 = Op::f(t0, s0);
            t1 = Op::f(t1, s1);
            t2 = Op::f(t2, s2);
            t3 = Op::f(t3, s3);
        }
        F32::store(out + c, t0);
        F32::store(out + c + L, t1);
        F32::store(out + c + 2 * L, t2);
        F32::store(out + c + 3 * L, t3);
    }
    for (; c < columns; c += L) {
        const ptrdiff_t n = columns - c;
        vf t = Op::start();
        for (ptrdiff_t first = 0; first < rows; first += rowBlock) {
            const ptrdiff_t last = first + rowBlock < rows ? first + rowBlock : rows;
            vf s = Op::start();
            for (ptrdiff_t r = first; r < last; ++r) s = Op::f(s, load_up_to<M>(x + r * stride + c, n));
            t = Op::f(t, s);
        }
        store_up_to<F32>(out + c, t, n);
    }
}

template <class M>
static void columns_typed(int op, const void *x, ptrdiff_t rows, ptrdiff_t stride, ptrdiff_t columns, float *out) {
    switch (op) {
    case FSS_REDUCE_MAX: return columns_op<M, MaxOp>(x, rows, stride, columns, out);
    case FSS_REDUCE_MIN: return columns_op<M, MinOp>(x, rows, stride, columns, out);
    case FSS_REDUCE_PRODUCT: return columns_op<M, ProductOp>(x, rows, stride, columns, out);
    default: return columns_op<M, SumOp>(x, rows, stride, columns, out);
    }
}
static void reduce_columns(
    int op, int dtype, const void *x, ptrdiff_t rows, ptrdiff_t stride, ptrdiff_t columns, float *out) {
    if (dtype == FSS_F32) columns_typed<F32>(op, x, rows, stride, columns, out);
    else columns_typed<BF16>(op, x, rows, stride, columns, out);
}
