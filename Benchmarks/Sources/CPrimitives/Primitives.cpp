#include "include/CPrimitives.h"

#include <cstring>
#include <oneapi/dnnl/dnnl.hpp>
#include <unordered_map>

using dnnl::memory;
using Tag = memory::format_tag;
using Type = memory::data_type;

struct bench_primitive {
    dnnl::engine engine{dnnl::engine::kind::cpu, 0};
    dnnl::stream stream{engine};
    dnnl::primitive primitive;
    std::unordered_map<int, memory> arguments;
    memory::desc plainResult;

    // The plain float32 values in the layout and type that `desc` describes.
    memory placed(const memory::desc &plain, const float *values, const memory::desc &desc) {
        memory source(plain, engine);
        std::memcpy(source.get_data_handle(), values, plain.get_size());
        memory target(desc, engine);
        dnnl::reorder(source, target).execute(stream, source, target);
        stream.wait();
        return target;
    }
};

namespace {

Type type_of(int bfloat16) { return bfloat16 ? Type::bf16 : Type::f32; }

dnnl::convolution_forward::primitive_desc convolution(
    const dnnl::engine &engine, const memory::desc &x, const memory::desc &w, const memory::desc &y, int padding) {
    const memory::dims one{1, 1}, pad{padding, padding};
    const auto kind = dnnl::prop_kind::forward_inference;
    const auto direct = dnnl::algorithm::convolution_direct;
#if DNNL_VERSION_MAJOR >= 3
    return {engine, kind, direct, x, w, y, one, pad, pad};
#else
    return {{kind, direct, x, w, y, one, pad, pad}, engine};
#endif
}

dnnl::matmul::primitive_desc product(
    const dnnl::engine &engine, const memory::desc &a, const memory::desc &b, const memory::desc &y) {
#if DNNL_VERSION_MAJOR >= 3
    return {engine, a, b, y};
#else
    return {{a, b, y}, engine};
#endif
}

template <typename Body>
int guarded(Body body) {
    try {
        body();
        return 0;
    } catch (const std::exception &) {
        return 1;
    }
}

}

bench_primitive *bench_convolution(
    int bfloat16, int batch, int height, int width, int channels, int outputs, int kernel, const float *images,
    const float *weights) {
    auto *p = new bench_primitive;
    const int failed = guarded([&] {
        const Type type = type_of(bfloat16);
        const memory::dims xDims{batch, channels, height, width}, yDims{batch, outputs, height, width};
        const memory::dims wDims{outputs, channels, kernel, kernel};
        const memory::desc x(xDims, type, Tag::nhwc), y(yDims, type, Tag::nhwc);
        const auto descriptor = convolution(p->engine, x, memory::desc(wDims, type, Tag::any), y, kernel / 2);
        p->primitive = dnnl::convolution_forward(descriptor);
        p->arguments[DNNL_ARG_SRC] = p->placed(memory::desc(xDims, Type::f32, Tag::nhwc), images, x);
        p->arguments[DNNL_ARG_WEIGHTS] =
            p->placed(memory::desc(wDims, Type::f32, Tag::oihw), weights, descriptor.weights_desc());
        p->arguments[DNNL_ARG_DST] = memory(y, p->engine);
        p->plainResult = memory::desc(yDims, Type::f32, Tag::nhwc);
    });
    if (!failed) return p;
    delete p;
    return nullptr;
}

bench_primitive *bench_matmul(int bfloat16, int rows, int inner, int columns, const float *a, const float *b) {
    auto *p = new bench_primitive;
    const int failed = guarded([&] {
        const Type type = type_of(bfloat16);
        const memory::dims aDims{rows, inner}, bDims{inner, columns}, yDims{rows, columns};
        const memory::desc left(aDims, type, Tag::ab), right(bDims, type, Tag::ab), y(yDims, type, Tag::ab);
        p->primitive = dnnl::matmul(product(p->engine, left, right, y));
        p->arguments[DNNL_ARG_SRC] = p->placed(memory::desc(aDims, Type::f32, Tag::ab), a, left);
        p->arguments[DNNL_ARG_WEIGHTS] = p->placed(memory::desc(bDims, Type::f32, Tag::ab), b, right);
        p->arguments[DNNL_ARG_DST] = memory(y, p->engine);
        p->plainResult = memory::desc(yDims, Type::f32, Tag::ab);
    });
    if (!failed) return p;
    delete p;
    return nullptr;
}

int bench_run(bench_primitive *p) {
    return guarded([&] {
        p->primitive.execute(p->stream, p->arguments);
        p->stream.wait();
    });
}

int bench_read(bench_primitive *p, float *out) {
    return guarded([&] {
        memory result(p->plainResult, p->engine);
        dnnl::reorder(p->arguments[DNNL_ARG_DST], result).execute(p->stream, p->arguments[DNNL_ARG_DST], result);
        p->stream.wait();
        std::memcpy(out, result.get_data_handle(), p->plainResult.get_size());
    });
}

void bench_destroy(bench_primitive *p) { delete p; }
