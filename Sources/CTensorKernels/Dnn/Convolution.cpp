#if defined(FSS_ONEDNN)

#include "../Parallel.h"
#include "../Pointwise.h"
#include "../Winograd.h"
#include "../include/fss_threads.h"
#include "Cache.h"

namespace fss {
namespace dnn {
namespace {

enum Direction { forwardPass = 2, inputPass = 3, weightPass = 4 };

Key key_of(const fss_convolution &c, Direction direction) {
    Key key;
    key.add(direction);
    key.add(thread_count());
    key.add_bytes(c);
    return key;
}

// The memory layouts of one convolution: images channels last, weights as in the checkpoint.
struct Layouts {
    memory::dims imageDims, resultDims, weightDims;
    memory::desc bias, plainWeights;
    Geometry geometry;

    explicit Layouts(const fss_convolution &c)
        : imageDims{c.batch, c.channels, c.height, c.width}, resultDims{c.batch, c.outputs, c.out_height, c.out_width} {
        const int64_t inside = c.channels / c.groups, outside = c.outputs / c.groups;
        if (c.groups == 1) weightDims = {outside, inside, c.kernel_y, c.kernel_x};
        else weightDims = {c.groups, outside, inside, c.kernel_y, c.kernel_x};
        const auto tag = c.groups == 1 ? memory::format_tag::oihw : memory::format_tag::goihw;
        plainWeights = memory::desc(weightDims, memory::data_type::f32, tag);
        bias = memory::desc({c.outputs}, memory::data_type::f32, memory::format_tag::x);
        geometry = {
            {c.stride_y, c.stride_x},
            {c.dilation_y - 1, c.dilation_x - 1},
            {c.pad_top, c.pad_left},
            // What the last window does not reach is cut off: the library wants the padding that is used.
            {trailing(c.height, c.pad_top, c.kernel_y, c.dilation_y, c.stride_y, c.out_height),
             trailing(c.width, c.pad_left, c.kernel_x, c.dilation_x, c.stride_x, c.out_width)}};
    }

    static int64_t trailing(int64_t size, int64_t before, int64_t kernel, int64_t dilation, int64_t stride, int64_t out) {
        return (out - 1) * stride + dilation * (kernel - 1) + 1 - size - before;
    }

    memory::desc image(int dtype) const { return memory::desc(imageDims, element_type(dtype), memory::format_tag::nhwc); }
    memory::desc result(int dtype) const { return memory::desc(resultDims, element_type(dtype), memory::format_tag::nhwc); }
    memory::desc weights(memory::data_type type) const {
        return memory::desc(weightDims, type, memory::format_tag::any);
    }
    dnnl::convolution_forward::primitive_desc hint(int dtype, const memory::desc *withBias) const {
        return forward_descriptor(
            engine(), dnnl::prop_kind::forward_training, image(dtype), weights(element_type(dtype)), withBias, result(dtype),
            geometry, dnnl::primitive_attr());
    }
};

std::shared_ptr<Compiled> make_forward(const fss_convolution &c) {
    const Layouts l(c);
    dnnl::post_ops ops;
    if (c.has_residual) ops.append_sum(1.f);
    append_activation(ops, c.activation);
    auto own = attributes();
    own.set_post_ops(ops);
    const auto x = l.image(c.dtype), y = l.result(c.dtype_out);
    const auto descriptor = forward_descriptor(
        engine(), dnnl::prop_kind::forward_inference, x, l.weights(element_type(c.dtype)), c.has_bias ? &l.bias : nullptr, y,
        l.geometry, own);
    auto result = std::make_shared<Compiled>();
    result->primitive = dnnl::convolution_forward(descriptor);
    result->add(DNNL_ARG_SRC, x);
    result->add(DNNL_ARG_WEIGHTS, descriptor.weights_desc());
    result->add(DNNL_ARG_DST, y);
    if (c.has_bias) result->add(DNNL_ARG_BIAS, l.bias);
    result->set_scratch(descriptor.scratchpad_desc());
    result->set_weights(l.plainWeights, descriptor.weights_desc());
    return result;
}

std::shared_ptr<Compiled> make_input_gradient(const fss_convolution &c) {
    const Layouts l(c);
    const auto x = l.image(c.dtype_out), y = l.result(c.dtype);
    const auto descriptor = input_gradient_descriptor(
        engine(), x, l.weights(element_type(c.dtype)), y, l.geometry, attributes(), l.hint(c.dtype, nullptr));
    auto result = std::make_shared<Compiled>();
    result->primitive = dnnl::convolution_backward_data(descriptor);
    result->add(DNNL_ARG_DIFF_DST, y);
    result->add(DNNL_ARG_WEIGHTS, descriptor.weights_desc());
    result->add(DNNL_ARG_DIFF_SRC, x);
    result->set_scratch(descriptor.scratchpad_desc());
    result->set_weights(l.plainWeights, descriptor.weights_desc());
    return result;
}

std::shared_ptr<Compiled> make_weight_gradient(const fss_convolution &c) {
    const Layouts l(c);
    const auto x = l.image(c.dtype), y = l.result(c.dtype);
    const memory::desc *bias = c.has_bias ? &l.bias : nullptr;
    const auto descriptor = weight_gradient_descriptor(
        engine(), x, l.weights(memory::data_type::f32), bias, y, l.geometry, attributes(), l.hint(c.dtype, bias));
    auto result = std::make_shared<Compiled>();
    result->primitive = dnnl::convolution_backward_weights(descriptor);
    result->add(DNNL_ARG_SRC, x);
    result->add(DNNL_ARG_DIFF_DST, y);
    result->add(DNNL_ARG_DIFF_WEIGHTS, descriptor.diff_weights_desc());
    if (c.has_bias) result->add(DNNL_ARG_DIFF_BIAS, l.bias);
    result->set_scratch(descriptor.scratchpad_desc());
    // Here the reorder leads from the primitive's layout to the checkpoint's.
    result->set_weights(descriptor.diff_weights_desc(), l.plainWeights);
    return result;
}

// The forms of weights that the project's own ways of convolution keep; Winograd's has one a data type.
enum Form { winogradForm = 0, winogradAdjointForm = 8, pointwiseForm = 16 };

size_t weight_count(const fss_convolution &c) {
    return (size_t)c.outputs * (size_t)(c.channels / c.groups) * (size_t)c.kernel_y * (size_t)c.kernel_x;
}

// Computes a convolution by Winograd's filtering where that is faster.
bool winograd(
    const fss_convolution &c, bool adjoint, const void *x, const StoredWeights &weight, fss_packed *packed, const float *bias,
    const void *residual, void *out) {
    if (!packed || !fss::winograd_applies(c)) return false;
    const int form = (adjoint ? winogradAdjointForm : winogradForm) + c.dtype;
    const auto weights = transformed_weights(packed, form, fss::winograd_weight_bytes(c), [&](void *to) {
        const WideWeights wide(weight, weight_count(c));
        fss::winograd_transform(c, wide.get(), adjoint, to);
    });
    fss::winograd_convolution(c, x, weights.get(), bias, residual, out);
    return true;
}

// Computes a 1x1 convolution with a residual without copying that first, where this is possible.
bool pointwise(
    const fss_convolution &c, const void *x, const StoredWeights &weight, fss_packed *packed, const float *bias,
    const void *residual, void *out) {
    if (!packed || !fss::pointwise_applies(c)) return false;
    const auto weights = transformed_weights(packed, pointwiseForm, fss::pointwise_weight_bytes(c), [&](void *to) {
        const WideWeights wide(weight, weight_count(c));
        fss::pointwise_pack(c, wide.get(), to);
    });
    fss::pointwise_convolution(c, x, weights.get(), bias, residual, out);
    return true;
}

}
}
}

const char *fss_dnn_convolution(
    const fss_convolution *convolution, const void *x, const void *weight, int dtype_weight, fss_packed *packed,
    const float *bias, const void *residual, void *out) {
    using namespace fss::dnn;
    return guarded("convolution", [&] {
        const fss_convolution &c = *convolution;
        const StoredWeights weights = {weight, dtype_weight};
        if (winograd(c, false, x, weights, packed, bias, residual, out)) return;
        if (pointwise(c, x, weights, packed, bias, residual, out)) return;
        const auto primitive = compiled(key_of(c, forwardPass), [&] { return make_forward(c); });
        if (residual && residual != out) {
            const size_t count = (size_t)c.batch * (size_t)c.out_height * (size_t)c.out_width * (size_t)c.outputs;
            fss_copy(out, residual, count * (c.dtype_out == FSS_BF16 ? 2 : 4));
        }
        execute_with_weights(*primitive, x, weights, FSS_F32, packed, bias, out);
    });
}

const char *fss_dnn_convolution_input_gradient(
    const fss_convolution *convolution, const void *gradient, const void *weight, int dtype_weight, fss_packed *packed,
    void *out) {
    using namespace fss::dnn;
    return guarded("convolution_backward_data", [&] {
        const fss_convolution &c = *convolution;
        const StoredWeights weights = {weight, dtype_weight};
        if (winograd(fss::winograd_adjoint(c), true, gradient, weights, packed, nullptr, nullptr, out)) return;
        const auto primitive = compiled(key_of(c, inputPass), [&] { return make_input_gradient(c); });
        execute_with_weights(*primitive, gradient, weights, FSS_F32, packed, nullptr, out);
    });
}

const char *fss_dnn_convolution_weight_gradient(
    const fss_convolution *convolution, const void *x, const void *gradient, float *weightGradient, float *biasGradient) {
    using namespace fss::dnn;
    return guarded("convolution_backward_weights", [&] {
        const fss_convolution &c = *convolution;
        const auto primitive = compiled(key_of(c, weightPass), [&] { return make_weight_gradient(c); });
        Operand operands[mostArguments];
        operands[0].data = x;
        operands[1].data = gradient;
        void *raw = weightGradient;
        if (primitive->packId) raw = fss::scratch(fss::scratchWork, primitive->plainWeights.get_size());
        operands[2].data = raw;
        operands[3].data = biasGradient;
        primitive->execute(operands);
        if (!primitive->packId) return;
        memory from(primitive->plainWeights, engine(), raw), to(primitive->packedWeights, engine(), weightGradient);
        primitive->pack(from, to);
    });
}

#endif
