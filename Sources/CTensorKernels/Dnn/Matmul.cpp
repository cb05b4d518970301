#if defined(FSS_ONEDNN)

#include "../Parallel.h"
#include "../include/fss_threads.h"
#include "Cache.h"

namespace fss {
namespace dnn {
namespace {

// A product with merged batch axes: extents of the result's batch and whether each operand is broadcast there.
struct Product {
    memory::dims batchA, batchB, batchOut;
    int64_t m, n, k;
    bool transposeA, transposeB;

    explicit Product(const fss_matmul &p) {
        const int r = p.rank;
        transposeA = p.transpose_a != 0;
        transposeB = p.transpose_b != 0;
        m = p.extents_out[r - 2];
        n = p.extents_out[r - 1];
        k = p.extents_a[transposeA ? r - 2 : r - 1];
        for (int axis = 0; axis < r - 2; ++axis) add(p.extents_a[axis], p.extents_b[axis], p.extents_out[axis]);
        // One right-hand side for the whole batch: the batch is more rows.
        const bool single = !batchOut.empty() && !transposeA;
        if (single && batchOut.size() == 1 && batchB[0] == 1 && batchA[0] == batchOut[0]) {
            m *= batchOut[0];
            batchA.clear();
            batchB.clear();
            batchOut.clear();
        }
    }

    void add(int64_t a, int64_t b, int64_t out) {
        if (out == 1) return;
        const bool merges = !batchOut.empty() && (batchA.back() == 1) == (a == 1) && (batchB.back() == 1) == (b == 1);
        if (merges) {
            batchA.back() *= a;
            batchB.back() *= b;
            batchOut.back() *= out;
        } else {
            batchA.push_back(a);
            batchB.push_back(b);
            batchOut.push_back(out);
        }
    }

    static memory::desc layout(
        memory::dims batch, int64_t rows, int64_t columns, bool transposed, memory::data_type type) {
        memory::dims dims = batch, strides(batch.size() + 2);
        dims.push_back(rows);
        dims.push_back(columns);
        const size_t r = dims.size();
        strides[r - 1] = transposed ? rows : 1;
        strides[r - 2] = transposed ? 1 : columns;
        int64_t step = rows * columns;
        for (size_t axis = r - 2; axis-- > 0;) {
            strides[axis] = step;
            step *= dims[axis];
        }
        return memory::desc(dims, type, strides);
    }

    // What the right-hand side is used for, whatever the number of rows.
    uint64_t role(const fss_matmul &p) const {
        Key key;
        key.add(p.dtype_b);
        key.add_bytes(n);
        key.add_bytes(k);
        key.add(transposeB);
        return key.hash();
    }

    void key(Key &key) const {
        key.add((int32_t)batchOut.size());
        for (size_t i = 0; i < batchOut.size(); ++i) {
            key.add((int32_t)batchA[i]);
            key.add((int32_t)batchB[i]);
        }
        key.add_bytes(m);
        key.add_bytes(n);
        key.add_bytes(k);
        key.add(transposeA);
        key.add(transposeB);
    }
};

// The type in which the right-hand side reaches the library: its own where both sides have one type, else float32.
int plain_type(const fss_matmul &p) { return p.dtype_b == p.dtype_a ? p.dtype_b : (int)FSS_F32; }

std::shared_ptr<Compiled> make(const fss_matmul &p, const Product &product, bool packs) {
    const auto typeA = element_type(p.dtype_a), typeOut = element_type(p.dtype_out);
    const auto a = Product::layout(product.batchA, product.m, product.k, product.transposeA, typeA);
    const auto plainB = Product::layout(product.batchB, product.k, product.n, product.transposeB, element_type(plain_type(p)));
    auto b = Product::layout(product.batchB, product.k, product.n, product.transposeB, typeA);
    if (packs) {
        memory::dims dims = product.batchB;
        dims.push_back(product.k);
        dims.push_back(product.n);
        b = memory::desc(dims, typeA, memory::format_tag::any);
    }
    const auto out = Product::layout(product.batchOut, product.m, product.n, false, typeOut);
    memory::dims biasDims(product.batchOut.size() + 2, 1);
    biasDims.back() = product.n;
    memory::dims biasStrides(biasDims.size(), product.n);
    biasStrides.back() = 1;
    const memory::desc bias(biasDims, memory::data_type::f32, biasStrides);

    dnnl::post_ops ops;
    if (p.has_residual) ops.append_sum(1.f);
    append_activation(ops, p.activation);
    auto own = attributes();
    own.set_post_ops(ops);

    const auto descriptor = matmul_descriptor(engine(), a, b, p.has_bias ? &bias : nullptr, out, own);
    auto result = std::make_shared<Compiled>();
    result->primitive = dnnl::matmul(descriptor);
    result->add(DNNL_ARG_SRC, a);
    result->add(DNNL_ARG_WEIGHTS, descriptor.weights_desc());
    result->add(DNNL_ARG_DST, out);
    if (p.has_bias) result->add(DNNL_ARG_BIAS, bias);
    result->set_scratch(descriptor.scratchpad_desc());
    result->set_weights(plainB, descriptor.weights_desc());
    return result;
}

}
}
}

const char *fss_dnn_matmul(
    const fss_matmul *matmul, const void *a, const void *b, fss_packed *packed, const float *bias, const void *residual,
    void *out) {
    using namespace fss::dnn;
    return guarded("matmul", [&] {
        const Product product(*matmul);
        // A right-hand side of another type must be converted, others are packed once they come again.
        const bool converts = matmul->dtype_a != matmul->dtype_b;
        const bool packs = packed && (converts || used_before(packed, product.role(*matmul)));
        Key key;
        key.add(1);
        key.add(fss::thread_count());
        key.add(matmul->dtype_a);
        key.add(plain_type(*matmul));
        key.add(matmul->dtype_out);
        key.add(matmul->has_bias);
        key.add(matmul->has_residual);
        key.add(matmul->activation);
        key.add(packs);
        product.key(key);
        const auto primitive = compiled(key, [&] { return make(*matmul, product, packs); });

        if (residual && residual != out) {
            size_t count = (size_t)(product.m * product.n);
            for (int64_t extent : product.batchOut) count *= (size_t)extent;
            fss_copy(out, residual, count * (matmul->dtype_out == FSS_BF16 ? 2 : 4));
        }
        execute_with_weights(*primitive, a, {b, matmul->dtype_b}, plain_type(*matmul), packed, bias, out);
    });
}

int fss_dnn_has_bfloat16(void) {
    static const bool available = [] {
        using namespace fss::dnn;
        const std::lock_guard<std::mutex> planner(planning());
        try {
            const memory::dims one = {1, 32, 8, 8}, kernel = {32, 32, 3, 3};
            const auto type = memory::data_type::bf16;
            const memory::desc x(one, type, memory::format_tag::nhwc), w(kernel, type, memory::format_tag::any);
            const Geometry geometry = {{1, 1}, {0, 0}, {1, 1}, {1, 1}};
            const auto hint = forward_descriptor(
                engine(), dnnl::prop_kind::forward_training, x, w, nullptr, x, geometry, attributes());
            input_gradient_descriptor(engine(), x, w, x, geometry, attributes(), hint);
            const memory::desc matrix({32, 32}, type, memory::format_tag::ab);
            matmul_descriptor(engine(), matrix, matrix, nullptr, matrix, attributes());
            return true;
        } catch (const dnnl::error &) {
            return false;
        }
    }();
    return available;
}

#endif
