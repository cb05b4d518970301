// Winograd's minimal filtering F(2x2, 3x3) (Lavin and Gray 2016) of a block of tiles: a tile of 4x4 inputs gives 2x2 results with
// 16 products a pair of channels in place of 36. The products of one of the 16 positions are a matrix product over the
// channels: V [16][rows][channels] times U [16][outputs / width][channels][width] is M [16][rows][outputs].

// The registers of a product: rows of V by vectors of outputs.
#if FSS_LANES == 16
constexpr ptrdiff_t winogradRows = 12;
#else
constexpr ptrdiff_t winogradRows = 4;
#endif

template <class S, ptrdiff_t Rows, ptrdiff_t Vectors>
FSS_INLINE void winograd_tile(
    const typename S::T *v, ptrdiff_t channels, const typename S::T *u, float *m, ptrdiff_t outputs) {
    vf sums[Rows][Vectors];
#pragma clang loop unroll(full)
    for (ptrdiff_t r = 0; r < Rows; ++r) {
#pragma clang loop unroll(full)
        for (ptrdiff_t j = 0; j < Vectors; ++j) sums[r][j] = splat(0.f);
    }
    add_product<S>(v, channels, channels, u, sums);
#pragma clang loop unroll(full)
    for (ptrdiff_t r = 0; r < Rows; ++r) {
#pragma clang loop unroll(full)
        for (ptrdiff_t j = 0; j < Vectors; ++j) F32::store(m + r * outputs + j * L, sums[r][j]);
    }
}

template <class S, ptrdiff_t Vectors> static void winograd_products(const Winograd &k, const WinogradBlock &block) {
    typedef typename S::T T;
    const ptrdiff_t width = Vectors * L;
    for (ptrdiff_t position = 0; position < 16; ++position) {
        const T *v = (const T *)block.v + position * block.stepV;
        float *m = block.m + position * block.stepM;
        for (ptrdiff_t o = 0; o < k.outputs; o += width) {
            const T *u = (const T *)k.u + (position * k.outputs + o) * k.channels;
            ptrdiff_t r = 0;
            for (; r + winogradRows <= block.rows; r += winogradRows) {
                winograd_tile<S, winogradRows, Vectors>(v + r * k.channels, k.channels, u, m + r * k.outputs + o, k.outputs);
            }
#if FSS_LANES == 16
            if (r + 8 <= block.rows) {
                winograd_tile<S, 8, Vectors>(v + r * k.channels, k.channels, u, m + r * k.outputs + o, k.outputs);
                r += 8;
            }
            if (r < block.rows) {
                winograd_tile<S, 4, Vectors>(v + r * k.channels, k.channels, u, m + r * k.outputs + o, k.outputs);
            }
#endif
        }
    }
}

// Rows and columns of the 4x4 input of a tile: d becomes B^T d B.
FSS_INLINE void winograd_rows(vf &a, vf &b, vf &c, vf &d) {
    vf first = a - c, second = b + c, third = c - b;
    d = b - d;
    a = first;
    b = second;
    c = third;
}

template <class M> static void winograd_inputs(const Winograd &k, const WinogradBlock &block) {
    typedef typename M::T T;
    const ptrdiff_t step = block.stepV;
    for (ptrdiff_t r = 0; r < block.count; ++r) {
        const ptrdiff_t tile = block.first + r, perImage = k.tilesY * k.tilesX;
        const ptrdiff_t image = tile / perImage, place = tile % perImage;
        const ptrdiff_t top = place / k.tilesX * 2 - k.padTop, left = place % k.tilesX * 2 - k.padLeft;
        const T *x = (const T *)k.x + image * k.height * k.width * k.channels;
        const T *pixels[16];
        for (ptrdiff_t i = 0; i < 16; ++i) {
            const ptrdiff_t y = top + i / 4, z = left + i % 4;
            const bool inside = y >= 0 && y < k.height && z >= 0 && z < k.width;
            pixels[i] = inside ? x + (y * k.width + z) * k.channels : (const T *)k.zeros;
        }
        T *v = (T *)block.v + r * k.channels;
        for (ptrdiff_t c = 0; c < k.channels; c += L) {
            vf d[16];
#pragma clang loop unroll(full)
            for (ptrdiff_t i = 0; i < 16; ++i) d[i] = M::load(pixels[i] + c);
#pragma clang loop unroll(full)
            for (ptrdiff_t i = 0; i < 4; ++i) winograd_rows(d[i], d[4 + i], d[8 + i], d[12 + i]);
#pragma clang loop unroll(full)
            for (ptrdiff_t i = 0; i < 16; i += 4) winograd_rows(d[i], d[i + 1], d[i + 2], d[i + 3]);
#pragma clang loop unroll(full)
            for (ptrdiff_t i = 0; i < 16; ++i) M::store(v + i * step + c, d[i]);
        }
    }
    // Rows that only fill up the last product.
    for (ptrdiff_t i = 0; i < 16; ++i) {
        T *v = (T *)block.v + i * step + block.count * k.channels;
        __builtin_memset(v, 0, sizeof(T) * (size_t)((block.rows - block.count) * k.channels));
    }
}

template <class M> static void winograd_outputs(const Winograd &k, const WinogradBlock &block) {
    typedef typename M::T T;
    const ptrdiff_t step = block.stepM;
    for (ptrdiff_t r = 0; r < block.count; ++r) {
        const ptrdiff_t tile = block.first + r, perImage = k.tilesY * k.tilesX;
        const ptrdiff_t image = tile / perImage, place = tile % perImage;
        const ptrdiff_t y = place / k.tilesX * 2, x = place % k.tilesX * 2;
        const ptrdiff_t pixel = (image * k.outHeight + y) * k.outWidth + x;
        const bool below = y + 1 < k.outHeight, beside = x + 1 < k.outWidth;
        const float *m = block.m + r * k.outputs;
        for (ptrdiff_t o = 0; o < k.outputs; o += L) {
            vf upper[4], lower[4];
#pragma clang loop unroll(full)
            for (ptrdiff_t i = 0; i < 4; ++i) {
                vf a = F32::load(m + i * step + o), b = F32::load(m + (4 + i) * step + o);
                vf c = F32::load(m + (8 + i) * step + o), d = F32::load(m + (12 + i) * step + o);
                upper[i] = a + b + c;
                lower[i] = b - c - d;
            }
            vf results[4] = {
                upper[0] + upper[1] + upper[2], upper[1] - upper[2] - upper[3],
                lower[0] + lower[1] + lower[2], lower[1] - lower[2] - lower[3]};
            vf bias = k.bias ? F32::load(k.bias + o) : splat(0.f);
#pragma clang loop unroll(full)
            for (ptrdiff_t i = 0; i < 4; ++i) {
                if ((i >= 2 && !below) || (i % 2 == 1 && !beside)) continue;
                const ptrdiff_t at = (pixel + i / 2 * k.outWidth + i % 2) * k.outputs + o;
                vf value = results[i] + bias;
                if (k.residual) value += M::load((const T *)k.residual + at);
                M::store((T *)k.out + at, activate(value, k.activation));
            }
        }
    }
}

static void winograd(const Winograd &k, const WinogradBlock &block) {
    const bool wide = k.outputs % (2 * L) == 0;
#if defined(FSS_BFLOAT_DOT)
    if (k.dtype == FSS_BF16) {
        winograd_inputs<BF16>(k, block);
        if (wide) winograd_products<BFloatSteps, 2>(k, block);
        else winograd_products<BFloatSteps, 1>(k, block);
    }
#endif
    if (k.dtype == FSS_F32) {
        winograd_inputs<F32>(k, block);
        if (wide) winograd_products<FloatSteps, 2>(k, block);
        else winograd_products<FloatSteps, 1>(k, block);
    }
    if (k.dtypeOut == FSS_F32) winograd_outputs<F32>(k, block);
    else winograd_outputs<BF16>(k, block);
}

// The weights of one group of outputs to G g G^T.
template <class M> static void winograd_weights_typed(const WinogradWeights &w, const Winograd &k, ptrdiff_t o, void *u) {
    typedef typename M::T T;
    const ptrdiff_t width = k.outputs % (2 * L) == 0 ? 2 * L : L;
    for (ptrdiff_t c = 0; c < k.channels; ++c) {
        vf g[9];
#pragma clang loop unroll(full)
        for (ptrdiff_t i = 0; i < 9; ++i) {
            float lanes[L];
            const float *tap = w.values + c * w.channelStride + (w.isRotated ? 8 - i : i);
            for (ptrdiff_t lane = 0; lane < L; ++lane) lanes[lane] = tap[(o + lane) * w.outputStride];
            g[i] = F32::load(lanes);
        }
        vf rows[12];
#pragma clang loop unroll(full)
        for (ptrdiff_t i = 0; i < 3; ++i) {
            vf ends = 0.5f * (g[i] + g[6 + i]), middle = 0.5f * g[3 + i];
            rows[i] = g[i];
            rows[3 + i] = ends + middle;
            rows[6 + i] = ends - middle;
            rows[9 + i] = g[6 + i];
        }
#pragma clang loop unroll(full)
        for (ptrdiff_t i = 0; i < 4; ++i) {
            vf ends = 0.5f * (rows[3 * i] + rows[3 * i + 2]), middle = 0.5f * rows[3 * i + 1];
            vf columns[4] = {rows[3 * i], ends + middle, ends - middle, rows[3 * i + 2]};
#pragma clang loop unroll(full)
            for (ptrdiff_t j = 0; j < 4; ++j) {
                T *to = (T *)u + ((4 * i + j) * k.outputs + o / width * width) * k.channels;
                store_packed<M>(to, width, o % width, c, columns[j]);
            }
        }
    }
}
static void winograd_weights(const WinogradWeights &w, const Winograd &k, ptrdiff_t group, void *u) {
    if (k.dtype == FSS_F32) winograd_weights_typed<F32>(w, k, group * L, u);
    else winograd_weights_typed<BF16>(w, k, group * L, u);
}
