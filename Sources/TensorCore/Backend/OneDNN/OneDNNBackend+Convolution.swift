#if FSS_ONEDNN
internal import CTensorKernels

extension OneDNNBackend {
    public func conv2d(
        _ x: TensorBuffer, weight: TensorBuffer, _ options: ConvolutionOptions, _ epilogue: Epilogue, into out: TensorBuffer
    ) {
        if out.count == 0 { return }
        if x.count == 0 || weight.count == 0 { return emptySum(epilogue, into: out) }
        if !Self.hasBFloat16 && (x.dtype == .bfloat16 || out.dtype == .bfloat16) {
            let wide = temporary(out.shape, .float32)
            conv2d(float32(x), weight: weight, options, float32(epilogue), into: wide)
            return convert(wide, into: out)
        }
        var parameters = geometry(image: x, weight: weight.shape, result: out, options)
        parameters.dtype = x.dtype.code
        parameters.dtype_out = out.dtype.code
        parameters.has_bias = epilogue.bias == nil ? 0 : 1
        parameters.has_residual = epilogue.residual == nil ? 0 : 1
        parameters.activation = epilogue.activation.code
        let packed = PackedWeights.of(weight)
        let message = fss_dnn_convolution(
            &parameters, x.address, weight.address, weight.dtype.code, packed.handle, epilogue.bias?.floats,
            epilogue.residual?.address, out.address)
        if let message { fail("conv2d", x.shape, weight.shape, out.shape, message) }
    }

    public func conv2dInputGradient(
        _ gradient: TensorBuffer, weight: TensorBuffer, _ options: ConvolutionOptions, bias: TensorBuffer?,
        into out: TensorBuffer
    ) {
        if out.count == 0 { return }
        if gradient.count == 0 || weight.count == 0 { return emptySum(Epilogue(bias: bias), into: out) }
        if let bias {
            let plain = temporary(out.shape, out.dtype)
            conv2dInputGradient(gradient, weight: weight, options, bias: nil, into: plain)
            return binary(.add, plain, converted(bias, to: out.dtype), into: out)
        }
        if !Self.hasBFloat16 && (gradient.dtype == .bfloat16 || out.dtype == .bfloat16) {
            let wide = temporary(out.shape, .float32)
            conv2dInputGradient(float32(gradient), weight: weight, options, bias: nil, into: wide)
            return convert(wide, into: out)
        }
        var parameters = geometry(image: out, weight: weight.shape, result: gradient, options)
        parameters.dtype = gradient.dtype.code
        parameters.dtype_out = out.dtype.code
        let packed = PackedWeights.of(weight)
        let message = fss_dnn_convolution_input_gradient(
            &parameters, gradient.address, weight.address, weight.dtype.code, packed.handle, out.address)
        if let message { fail("conv2dInputGradient", gradient.shape, weight.shape, out.shape, message) }
    }

    public func conv2dWeightGradient(
        _ x: TensorBuffer, gradient: TensorBuffer, _ options: ConvolutionOptions, into weightGradient: TensorBuffer,
        biasGradient: TensorBuffer?
    ) {
        if x.count == 0 || gradient.count == 0 {
            fill(weightGradient, with: 0)
            if let biasGradient { reduce(.sum, float32(gradient), axes: [0, 1, 2], into: biasGradient) }
            return
        }
        if weightGradient.count == 0 { return }
        if !Self.hasBFloat16 && x.dtype == .bfloat16 {
            return conv2dWeightGradient(
                float32(x), gradient: float32(gradient), options, into: weightGradient, biasGradient: biasGradient)
        }
        var parameters = geometry(image: x, weight: weightGradient.shape, result: gradient, options)
        parameters.dtype = x.dtype.code
        parameters.has_bias = biasGradient == nil ? 0 : 1
        let message = fss_dnn_convolution_weight_gradient(
            &parameters, x.address, gradient.address, weightGradient.floats, biasGradient?.floats)
        if let message { fail("conv2dWeightGradient", x.shape, gradient.shape, weightGradient.shape, message) }
    }

    private func converted(_ x: TensorBuffer, to dtype: DType) -> TensorBuffer {
        if x.dtype == dtype { return x }
        let copy = temporary(x.shape, dtype)
        convert(x, into: copy)
        return copy
    }

    private func geometry(
        image: TensorBuffer, weight: Shape, result: TensorBuffer, _ options: ConvolutionOptions
    ) -> fss_convolution {
        var c = fss_convolution()
        c.batch = Int32(image.shape[0])
        c.height = Int32(image.shape[1])
        c.width = Int32(image.shape[2])
        c.channels = Int32(image.shape[3])
        c.out_height = Int32(result.shape[1])
        c.out_width = Int32(result.shape[2])
        c.outputs = Int32(result.shape[3])
        c.kernel_y = Int32(weight[2])
        c.kernel_x = Int32(weight[3])
        c.stride_y = Int32(options.stride.height)
        c.stride_x = Int32(options.stride.width)
        c.dilation_y = Int32(options.dilation.height)
        c.dilation_x = Int32(options.dilation.width)
        c.pad_top = Int32(options.padding.top)
        c.pad_bottom = Int32(options.padding.bottom)
        c.pad_left = Int32(options.padding.left)
        c.pad_right = Int32(options.padding.right)
        c.groups = Int32(options.groups)
        return c
    }

    private func fail(
        _ operation: String, _ first: Shape, _ second: Shape, _ out: Shape, _ message: UnsafePointer<CChar>
    ) -> Never {
        fatalError("\(operation): \(first), \(second) to \(out): \(String(cString: message))")
    }
}
#endif
