#ifndef FSS_DNN_VERSION_H
#define FSS_DNN_VERSION_H

// All that differs between versions 2 and 3 of oneDNN: version 2 makes a primitive descriptor from an operation descriptor.

#include <oneapi/dnnl/dnnl.hpp>

namespace fss {
namespace dnn {

using dnnl::memory;

struct Geometry {
    memory::dims strides, dilations, padBefore, padAfter;
};

inline void append_eltwise(dnnl::post_ops &ops, dnnl::algorithm algorithm, float alpha, float beta) {
#if DNNL_VERSION_MAJOR >= 3
    ops.append_eltwise(algorithm, alpha, beta);
#else
    ops.append_eltwise(1.f, algorithm, alpha, beta);
#endif
}

inline dnnl::matmul::primitive_desc matmul_descriptor(
    const dnnl::engine &engine, const memory::desc &a, const memory::desc &b, const memory::desc *bias,
    const memory::desc &out, const dnnl::primitive_attr &attributes) {
#if DNNL_VERSION_MAJOR >= 3
    if (bias) return dnnl::matmul::primitive_desc(engine, a, b, *bias, out, attributes);
    return dnnl::matmul::primitive_desc(engine, a, b, out, attributes);
#else
    if (bias) return dnnl::matmul::primitive_desc(dnnl::matmul::desc(a, b, *bias, out), attributes, engine);
    return dnnl::matmul::primitive_desc(dnnl::matmul::desc(a, b, out), attributes, engine);
#endif
}

inline dnnl::convolution_forward::primitive_desc forward_descriptor(
    const dnnl::engine &engine, dnnl::prop_kind kind, const memory::desc &x, const memory::desc &w, const memory::desc *bias,
    const memory::desc &y, const Geometry &g, const dnnl::primitive_attr &attributes) {
    using Convolution = dnnl::convolution_forward;
    const auto direct = dnnl::algorithm::convolution_direct;
#if DNNL_VERSION_MAJOR >= 3
    if (bias) {
        return Convolution::primitive_desc(
            engine, kind, direct, x, w, *bias, y, g.strides, g.dilations, g.padBefore, g.padAfter, attributes);
    }
    return Convolution::primitive_desc(
        engine, kind, direct, x, w, y, g.strides, g.dilations, g.padBefore, g.padAfter, attributes);
#else
    if (bias) {
        return Convolution::primitive_desc(
            Convolution::desc(kind, direct, x, w, *bias, y, g.strides, g.dilations, g.padBefore, g.padAfter), attributes,
            engine);
    }
    return Convolution::primitive_desc(
        Convolution::desc(kind, direct, x, w, y, g.strides, g.dilations, g.padBefore, g.padAfter), attributes, engine);
#endif
}

inline dnnl::convolution_backward_data::primitive_desc input_gradient_descriptor(
    const dnnl::engine &engine, const memory::desc &x, const memory::desc &w, const memory::desc &y, const Geometry &g,
    const dnnl::primitive_attr &attributes, const dnnl::convolution_forward::primitive_desc &hint) {
    using Convolution = dnnl::convolution_backward_data;
    const auto direct = dnnl::algorithm::convolution_direct;
#if DNNL_VERSION_MAJOR >= 3
    return Convolution::primitive_desc(
        engine, direct, x, w, y, g.strides, g.dilations, g.padBefore, g.padAfter, hint, attributes);
#else
    return Convolution::primitive_desc(
        Convolution::desc(direct, x, w, y, g.strides, g.dilations, g.padBefore, g.padAfter), attributes, engine, hint);
#endif
}

inline dnnl::convolution_backward_weights::primitive_desc weight_gradient_descriptor(
    const dnnl::engine &engine, const memory::desc &x, const memory::desc &w, const memory::desc *bias, const memory::desc &y,
    const Geometry &g, const dnnl::primitive_attr &attributes, const dnnl::convolution_forward::primitive_desc &hint) {
    using Convolution = dnnl::convolution_backward_weights;
    const auto direct = dnnl::algorithm::convolution_direct;
#if DNNL_VERSION_MAJOR >= 3
    if (bias) {
        return Convolution::primitive_desc(
            engine, direct, x, w, *bias, y, g.strides, g.dilations, g.padBefore, g.padAfter, hint, attributes);
    }
    return Convolution::primitive_desc(
        engine, direct, x, w, y, g.strides, g.dilations, g.padBefore, g.padAfter, hint, attributes);
#else
    if (bias) {
        return Convolution::primitive_desc(
            Convolution::desc(direct, x, w, *bias, y, g.strides, g.dilations, g.padBefore, g.padAfter), attributes, engine,
            hint);
    }
    return Convolution::primitive_desc(
        Convolution::desc(direct, x, w, y, g.strides, g.dilations, g.padBefore, g.padAfter), attributes, engine, hint);
#endif
}

}
}

#endif
