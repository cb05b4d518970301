// Elementary functions on vectors, within about two units in the last place of float32.
//
// Polynomials are minimax fits made for these intervals; range reductions keep the constant in several exact parts.

FSS_INLINE vf abs_(vf x) { return __builtin_elementwise_abs(x); }
FSS_INLINE vf copy_sign(vf magnitude, vf sign) {
    return as_float((as_bits(magnitude) & (vu)(0x7fffffffu)) | (as_bits(sign) & (vu)(0x80000000u)));
}
FSS_INLINE vf power_of_two(vi n) { return as_float((n + (vi)(127)) << 23); }

// e^r - 1 for |r| <= ln(2) / 2.
FSS_INLINE vf expm1_reduced(vf r) {
    vf p = splat(1.381982351e-03f);
    p = p * r + 8.368686773e-03f;
    p = p * r + 4.166827723e-02f;
    p = p * r + 1.666652113e-01f;
    p = p * r + 4.999999404e-01f;
    return (r * r) * p + r;
}

FSS_INLINE vf exp_(vf x) {
    // 1.5 * 2^23: adding it rounds to an integer that stands in the low mantissa bits.
    const float magic = 12582912.f;
    vf c = x > 89.f ? splat(89.f) : x;
    c = c < -104.f ? splat(-104.f) : c;
    vf t = c * 1.44269504088896f + magic;
    vi n = as_int(t) - (vi)(0x4b400000);
    vf nf = t - magic;
    vf r = c - nf * 0.693145751953125f;
    r = r - nf * 1.4286068e-06f;
    vf y = expm1_reduced(r) + 1.f;
    // Two factors, so that results at both ends of the range (denormals, infinity) come out right.
    vi half = n >> 1;
    return y * power_of_two(half) * power_of_two(n - half);
}

FSS_INLINE vf expm1_(vf x) {
    vf small = expm1_reduced(x);
    vf large = exp_(x) - 1.f;
    return abs_(x) < 0.34f ? small : large;
}

FSS_INLINE vf log_(vf x) {
    vi tiny = x < 1.17549435e-38f;
    vf scaled = tiny ? x * 8388608.f : x;
    vi bits = as_int(scaled);
    vi e = (bits - (vi)(0x3f3504f3)) >> 23;
    vf f = as_float(bits - (e << 23)) - 1.f;
    vf exponent = __builtin_convertvector(e, vf) - (tiny ? splat(23.f) : splat(0.f));
    vf p = splat(6.750956178e-02f);
    p = p * f - 1.167144924e-01f;
    p = p * f + 1.188356802e-01f;
    p = p * f - 1.240603179e-01f;
    p = p * f + 1.422032714e-01f;
    p = p * f - 1.666799635e-01f;
    p = p * f + 2.000207305e-01f;
    p = p * f - 2.500000894e-01f;
    p = p * f + 3.333331347e-01f;
    vf s = f * f;
    vf y = (f * s) * p;
    y = y + exponent * 1.4286068e-06f;
    y = y - 0.5f * s;
    vf result = (f + y) + exponent * 0.693145751953125f;
    const float infinity = __builtin_inff();
    result = x == infinity ? x : result;
    result = x == 0.f ? splat(-infinity) : result;
    result = x < 0.f ? splat(__builtin_nanf("")) : result;
    return x != x ? x : result;
}

// log(1 + y) for y >= 0: the rounding error of 1 + y is divided out.
FSS_INLINE vf log1p_(vf y) {
    vf u = y + 1.f;
    return log_(u) + (y - (u - 1.f)) / u;
}

FSS_INLINE vf sigmoid_(vf x) { return 1.f / (1.f + exp_(-x)); }

FSS_INLINE vf tanh_(vf x) {
    vf a = abs_(x);
    vf s = x * x;
    vf p = splat(2.010665834e-03f);
    p = p * s - 8.028397337e-03f;
    p = p * s + 2.163868956e-02f;
    p = p * s - 5.393514410e-02f;
    p = p * s + 1.333311200e-01f;
    p = p * s - 3.333332837e-01f;
    vf small = (x * s) * p + x;
    vf large = 1.f - 2.f / (exp_(a + a) + 1.f);
    return a < 0.625f ? small : copy_sign(large, x);
}

FSS_INLINE vf erf_(vf x) {
    vf t = abs_(x);
    vf s = x * x;
    vf p = splat(-5.959555274e-04f);
    p = p * s + 4.987347871e-03f;
    p = p * s - 2.676296420e-02f;
    p = p * s + 1.128173098e-01f;
    p = p * s - 3.761248887e-01f;
    p = p * s + 1.283791512e-01f;
    vf small = x * p + x;
    // 1 - e^(-t + t q(t)), q fitted up to 4.1 where the result has reached 1.
    vf c = t > 4.1f ? splat(4.1f) : t;
    vf q = splat(-4.937675840e-06f);
    q = q * c + 4.557482316e-05f;
    q = q * c + 4.961701779e-05f;
    q = q * c - 2.930232557e-03f;
    q = q * c + 2.267424203e-02f;
    q = q * c - 1.052627787e-01f;
    q = q * c - 6.356252432e-01f;
    q = q * c - 1.285517514e-01f;
    vf large = copy_sign(1.f - exp_(q * c - c), x);
    vf result = t < 0.925f ? small : large;
    return x != x ? x : result;
}

// sin(x + quarter * pi/2).
FSS_INLINE vf sine_shifted(vf x, int quarter) {
    const float magic = 12582912.f;
    vf t = x * 0.636619772367581f + magic;
    vi j = as_int(t) - (vi)(0x4b400000) + (vi)(quarter);
    vf jf = t - magic;
    vf r = x - jf * 1.5703125f;
    r = r - jf * 4.8375129700e-04f;
    r = r - jf * 7.5495336205e-08f;
    r = r - jf * 2.5633441516e-12f;
    vf s = r * r;
    vf p = splat(2.832806103e-06f);
    p = p * s - 1.985307899e-04f;
    p = p * s + 8.333379403e-03f;
    p = p * s - 1.666666716e-01f;
    vf sine = (r * s) * p + r;
    vf q = splat(-2.887845199e-07f);
    q = q * s + 2.482200762e-05f;
    q = q * s - 1.388898003e-03f;
    q = q * s + 4.166666791e-02f;
    vf cosine = (s * s) * q + (1.f - 0.5f * s);
    vf y = (j & (vi)(1)) != (vi)(0) ? cosine : sine;
    return as_float(as_int(y) ^ ((j & (vi)(2)) << 30));
}

FSS_INLINE vf sine_or_cosine(vf x, int quarter) {
    vi inside = abs_(x) <= 8000.f;
    if (__builtin_reduce_and(inside) != 0) return sine_shifted(x, quarter);
    // The reduction above is exact up to 8000; the C library reduces larger arguments with more digits.
    vf y = x;
    for (ptrdiff_t i = 0; i < L; ++i) y[i] = quarter ? cosf(x[i]) : sinf(x[i]);
    return y;
}

FSS_INLINE vf pow_(vf x, vf exponent) {
    vf y = x;
    for (ptrdiff_t i = 0; i < L; ++i) y[i] = powf(x[i], exponent[i]);
    return y;
}
