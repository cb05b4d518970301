// The vector types of one instruction set and the loads and stores of the two floating-point element types.
//
// Included several times, each time inside another namespace and under another `target` attribute; FSS_LANES is the number
// of floats in a register. Nothing from the standard library may be instantiated here: such code would be shared with
// translation units that must run on the baseline machine.

#define FSS_INLINE static inline __attribute__((always_inline))

constexpr ptrdiff_t L = FSS_LANES;

typedef float vf __attribute__((ext_vector_type(FSS_LANES)));
typedef int32_t vi __attribute__((ext_vector_type(FSS_LANES)));
typedef uint32_t vu __attribute__((ext_vector_type(FSS_LANES)));
typedef uint16_t vh __attribute__((ext_vector_type(FSS_LANES)));
typedef uint8_t vb __attribute__((ext_vector_type(FSS_LANES)));

FSS_INLINE vi as_int(vf x) { return __builtin_bit_cast(vi, x); }
FSS_INLINE vu as_bits(vf x) { return __builtin_bit_cast(vu, x); }
FSS_INLINE vf as_float(vi x) { return __builtin_bit_cast(vf, x); }
FSS_INLINE vf as_float(vu x) { return __builtin_bit_cast(vf, x); }
FSS_INLINE vf splat(float x) { return (vf)(x); }

// Selections that let a NaN of the first operand through and, as PyTorch, prefer it over any number.
FSS_INLINE vf max_nan(vf a, vf b) {
    vf m = a > b ? a : b;
    return a != a ? a : m;
}
FSS_INLINE vf min_nan(vf a, vf b) {
    vf m = a < b ? a : b;
    return a != a ? a : m;
}

FSS_INLINE float sum_lanes(vf x) {
    float lanes[L];
    __builtin_memcpy(lanes, &x, sizeof lanes);
    for (ptrdiff_t width = L / 2; width > 0; width /= 2) {
        for (ptrdiff_t i = 0; i < width; ++i) lanes[i] += lanes[i + width];
    }
    return lanes[0];
}
FSS_INLINE float max_lanes(vf x) {
    float best = x[0];
    for (ptrdiff_t i = 1; i < L; ++i) best = best != best ? best : (x[i] <= best ? best : x[i]);
    return best;
}

struct F32 {
    typedef float T;
    FSS_INLINE vf load(const float *p) {
        vf v;
        __builtin_memcpy(&v, p, sizeof v);
        return v;
    }
    FSS_INLINE void store(float *p, vf v) { __builtin_memcpy(p, &v, sizeof v); }
    FSS_INLINE float get(const float *p) { return *p; }
    FSS_INLINE void put(float *p, float v) { *p = v; }
};

struct BF16 {
    typedef uint16_t T;
    FSS_INLINE vf load(const uint16_t *p) {
        vh h;
        __builtin_memcpy(&h, p, sizeof h);
        return as_float(__builtin_convertvector(h, vu) << 16);
    }
    // Round to nearest even; NaN stays a (quiet) NaN.
    FSS_INLINE void store(uint16_t *p, vf v) {
#if defined(FSS_BFLOAT_ROUND)
        vh h = FSS_BFLOAT_ROUND(v);
#else
        vu u = as_bits(v);
        vu rounded = (u + (vu)(0x7fffu) + ((u >> 16) & (vu)(1u))) >> 16;
        vu bits = v != v ? (vu)(0x7fc0u) : rounded;
        vh h = __builtin_convertvector(bits, vh);
#endif
        __builtin_memcpy(p, &h, sizeof h);
    }
    FSS_INLINE float get(const uint16_t *p) {
        uint32_t u = (uint32_t)*p << 16;
        return __builtin_bit_cast(float, u);
    }
    FSS_INLINE void put(uint16_t *p, float v) {
        uint32_t u = __builtin_bit_cast(uint32_t, v);
        uint32_t rounded = (u + 0x7fffu + ((u >> 16) & 1u)) >> 16;
        *p = (uint16_t)(v != v ? 0x7fc0u : rounded);
    }
};

// The first `n < L` elements; the other lanes are zero.
template <class M> FSS_INLINE vf load_part(const typename M::T *p, ptrdiff_t n) {
    typename M::T lanes[L] = {};
    for (ptrdiff_t i = 0; i < n; ++i) lanes[i] = p[i];
    return M::load(lanes);
}
template <class M> FSS_INLINE void store_part(typename M::T *p, vf v, ptrdiff_t n) {
    typename M::T lanes[L];
    M::store(lanes, v);
    for (ptrdiff_t i = 0; i < n; ++i) p[i] = lanes[i];
}
template <class M> FSS_INLINE vf load_up_to(const typename M::T *p, ptrdiff_t n) {
    return n >= L ? M::load(p) : load_part<M>(p, n);
}
template <class M> FSS_INLINE void store_up_to(typename M::T *p, vf v, ptrdiff_t n) {
    if (n >= L) M::store(p, v);
    else store_part<M>(p, v, n);
}
