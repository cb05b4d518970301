extension Tensor {
    /// The convolution (cross-correlation, as everywhere in the field) of images `[N, H, W, C]`.
    ///
    /// - Parameters:
    ///   - weight: `[out, C / groups, kh, kw]`, torch's layout; float32 also for bfloat16 images, or bfloat16 or float16 as
    ///     stored (converted and packed once).
    ///   - bias: `[out]`.
    ///   - options: stride, padding (also asymmetric), dilation, groups.
    ///   - residual: added before the activation, shaped as the result.
    ///   - activation: with `residual` and `bias` part of the kernel where no gradient is recorded.
    /// - Returns: `[N, H', W', out]`.
    public func conv2d(
        weight: Tensor, bias: Tensor? = nil, _ options: ConvolutionOptions = ConvolutionOptions(), residual: Tensor? = nil,
        activation: FusedActivation = .none
    ) -> Tensor {
        require(
            rank == 4 && weight.rank == 4, "conv2d", "expected [N, H, W, C] and [O, I, kh, kw], found \(shape), \(weight.shape)")
        require(
            weight.shape[1] * options.groups == shape[3] && weight.shape[0] % options.groups == 0, "conv2d",
            "weight \(weight.shape) in \(options.groups) groups does not take \(shape[3]) channels")
        require(
            bias == nil || bias?.shape == [weight.shape[0]], "conv2d",
            "bias \(bias?.shape ?? []) for \(weight.shape[0]) output channels")
        let outShape = convolvedShape(weight, options)
        require(
            residual == nil || residual?.shape == outShape, "conv2d", "residual \(residual?.shape ?? []) for a result \(outShape)"
        )
        let x = floating()
        let out = x.makeBuffer(outShape)
        guard Tensor.records([x, weight, bias, residual].compactMap { $0 }) else {
            let epilogue = Epilogue(
                bias: bias?.converted(to: .float32).buffer, residual: residual?.converted(to: x.dtype).buffer,
                activation: activation)
            backend.conv2d(x.buffer, weight: weight.buffer, options, epilogue, into: out)
            return Tensor(buffer: out)
        }
        let (weight, bias) = (weight.converted(to: .float32), bias?.converted(to: .float32))
        backend.conv2d(x.buffer, weight: weight.buffer, options, Epilogue(bias: bias?.buffer), into: out)
        let convolved = Tensor.recordedConvolution(out, x, weight, bias, options)
        return (residual.map { convolved + $0 } ?? convolved).activated(activation)
    }

    /// The transposed convolution of `[N, H, W, C]`: the adjoint of ``conv2d(weight:bias:_:residual:activation:)``.
    ///
    /// - Parameters:
    ///   - weight: `[C, out / groups, kh, kw]`, torch's layout of `ConvTranspose2d`.
    ///   - bias: `[out]`.
    ///   - options: stride, padding, dilation and groups of the convolution that this is the adjoint of.
    ///   - outputPadding: extra rows and columns at the bottom and right.
    /// - Returns: `[N, (H - 1) * stride - padding + dilation * (kh - 1) + outputPadding + 1, ..., out]`.
    public func convTranspose2d(
        weight: Tensor, bias: Tensor? = nil, _ options: ConvolutionOptions = ConvolutionOptions(), outputPadding: Size2D = 0
    ) -> Tensor {
        require(
            rank == 4 && weight.rank == 4 && weight.shape[0] == shape[3] && shape[3] % options.groups == 0, "convTranspose2d",
            "input \(shape) and weight \(weight.shape) [in, out/groups, kh, kw] do not fit")
        func extent(_ size: Int, _ stride: Int, _ padding: Int, _ reach: Int, _ extra: Int) -> Int {
            let spread = (size - 1) * stride
            return spread - padding + reach + extra + 1
        }
        let (top, left) = (options.padding.top + options.padding.bottom, options.padding.left + options.padding.right)
        let reach = Size2D(
            height: options.dilation.height * (weight.shape[2] - 1), width: options.dilation.width * (weight.shape[3] - 1))
        let outShape: Shape = [
            shape[0], extent(shape[1], options.stride.height, top, reach.height, outputPadding.height),
            extent(shape[2], options.stride.width, left, reach.width, outputPadding.width), weight.shape[1] * options.groups,
        ]
        let input = floating()
        let records = Tensor.records([input, weight, bias].compactMap { $0 })
        let (weight, bias) = (records ? weight.converted(to: .float32) : weight, bias?.converted(to: .float32))
        let out = input.makeBuffer(outShape)
        backend.conv2dInputGradient(input.buffer, weight: weight.buffer, options, bias: bias?.buffer, into: out)
        guard records else { return Tensor(buffer: out) }
        let (x, w) = (input.detached(), weight.detached())
        let (needsX, needsW) = (input.requiresGradient, weight.requiresGradient)
        return .recorded(out, [input, weight, bias ?? x]) { g in
            let inX = needsX ? g.conv2d(weight: w, options) : nil
            let inW = needsW ? g.convolutionWeightGradient(x, shape: w.shape, options, withBias: false).weight : nil
            return [inX, inW, bias == nil ? nil : g.converted(to: .float32).sum(axes: [0, 1, 2])]
        }
    }

    private func convolvedShape(_ weight: Tensor, _ options: ConvolutionOptions) -> Shape {
        let kernel = Size2D(height: weight.shape[2], width: weight.shape[3])
        let size = options.outputSize(input: Size2D(height: shape[1], width: shape[2]), kernel: kernel)
        require(size.height > 0 && size.width > 0, "conv2d", "a kernel \(kernel) does not fit into \(shape) with \(options)")
        return [shape[0], size.height, size.width, weight.shape[0]]
    }

    private static func recordedConvolution(
        _ out: TensorBuffer, _ x: Tensor, _ weight: Tensor, _ bias: Tensor?, _ options: ConvolutionOptions
    ) -> Tensor {
        let (input, w) = (x.detached(), weight.detached())
        let (needsX, needsW, needsBias) = (x.requiresGradient, weight.requiresGradient, bias?.requiresGradient == true)
        return .recorded(out, [x, weight, bias ?? input]) { g in
            var inX: Tensor?
            if needsX {
                let result = input.makeBuffer(input.shape)
                g.backend.conv2dInputGradient(
                    g.converted(to: input.dtype).buffer, weight: w.buffer, options, bias: nil, into: result)
                inX = Tensor(buffer: result)
            }
            guard needsW else {
                return [inX, nil, needsBias ? g.converted(to: .float32).sum(axes: [0, 1, 2]) : nil]
            }
            let (inW, inBias) = input.convolutionWeightGradient(
                g.converted(to: input.dtype), shape: w.shape, options, withBias: needsBias)
            return [inX, inW, inBias]
        }
    }

    private func convolutionWeightGradient(
        _ gradient: Tensor, shape: Shape, _ options: ConvolutionOptions, withBias: Bool
    ) -> (weight: Tensor, bias: Tensor?) {
        let weightGradient = makeBuffer(shape, .float32)
        let biasGradient = withBias ? makeBuffer([shape[0]], .float32) : nil
        backend.conv2dWeightGradient(
            buffer, gradient: gradient.buffer, options, into: weightGradient, biasGradient: biasGradient)
        return (Tensor(buffer: weightGradient), biasGradient.map { Tensor(buffer: $0) })
    }
}
