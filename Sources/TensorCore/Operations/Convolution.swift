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
        let operands = Operands("conv2d", self, "images")
        let x = operands.floating(self, "images", where: rank == 4, "[N, H, W, C]")
        options.check(operands)
        let weight = operands.stored(
            weight, "weight", where: options.fits(weight, channels: shape[3]),
            "[O, C / groups, kh, kw] for \(shape[3]) channels in \(options.groups) groups")
        let bias = operands.float32(bias, "bias", where: { $0.isVector(weight.shape[0]) }, "[\(weight.shape[0])]")
        let outShape = convolvedShape(weight, options, operands)
        let residual = residual.map {
            operands.floating($0, "residual", where: $0.shape == outShape, "\(outShape)").converted(to: x.dtype)
        }
        let out = x.makeBuffer(outShape)
        guard Tensor.records([x, weight, bias, residual].compactMap { $0 }) else {
            let epilogue = Epilogue(bias: bias?.buffer, residual: residual?.buffer, activation: activation)
            backend.conv2d(x.buffer, weight: weight.buffer, options, epilogue, into: out)
            return Tensor(buffer: out)
        }
        let kernel = weight.converted(to: .float32)
        backend.conv2d(x.buffer, weight: kernel.buffer, options, Epilogue(bias: bias?.buffer), into: out)
        let convolved = Tensor.recordedConvolution(out, x, kernel, bias, options)
        return (residual.map { convolved + $0 } ?? convolved).activated(activation)
    }

    /// The transposed convolution of `[N, H, W, C]`: the adjoint of ``conv2d(weight:bias:_:residual:activation:)``.
    ///
    /// - Parameters:
    ///   - weight: `[C, out / groups, kh, kw]`, torch's layout of `ConvTranspose2d`.
    ///   - bias: `[out]`.
    ///   - options: stride, padding, dilation and groups of the convolution that this is the adjoint of.
    ///   - outputPadding: extra rows and columns at the bottom and right, fewer than the stride.
    /// - Returns: `[N, (H - 1) * stride - padding + dilation * (kh - 1) + outputPadding + 1, ..., out]`.
    public func convTranspose2d(
        weight: Tensor, bias: Tensor? = nil, _ options: ConvolutionOptions = ConvolutionOptions(), outputPadding: Size2D = 0
    ) -> Tensor {
        let operands = Operands("convTranspose2d", self, "images")
        let input = operands.floating(
            self, "images", where: rank == 4 && shape[1] > 0 && shape[2] > 0, "[N, H, W, C] with at least one pixel")
        options.check(operands)
        let weight = operands.stored(
            weight, "weight", where: options.fitsTransposed(weight, channels: shape[3]),
            "[C, O / groups, kh, kw] for \(shape[3]) channels in \(options.groups) groups")
        let outputs = weight.shape[1] * options.groups
        let bias = operands.float32(bias, "bias", where: { $0.isVector(outputs) }, "[\(outputs)]")
        operands.argument(
            outputPadding.isWithin(0...Int.max) && outputPadding.height < options.stride.height
                && outputPadding.width < options.stride.width,
            "outputPadding \(outputPadding) is negative or not below the stride \(options.stride)")
        func extent(_ size: Int, _ stride: Int, _ padding: Int, _ reach: Int, _ extra: Int) -> Int {
            let spread = (size - 1) * stride
            return spread - padding + reach + extra + 1
        }
        let (top, left) = (options.padding.top + options.padding.bottom, options.padding.left + options.padding.right)
        let reach = Size2D(
            height: options.dilation.height * (weight.shape[2] - 1), width: options.dilation.width * (weight.shape[3] - 1))
        let height = extent(shape[1], options.stride.height, top, reach.height, outputPadding.height)
        let width = extent(shape[2], options.stride.width, left, reach.width, outputPadding.width)
        operands.argument(height > 0 && width > 0, "\(options) leaves a result of \(height)x\(width)")
        let records = Tensor.records([input, weight, bias].compactMap { $0 })
        let kernel = records ? weight.converted(to: .float32) : weight
        let out = input.makeBuffer([shape[0], height, width, outputs])
        backend.conv2dInputGradient(input.buffer, weight: kernel.buffer, options, bias: bias?.buffer, into: out)
        guard records else { return Tensor(buffer: out) }
        let (x, w) = (input.detached(), kernel.detached())
        let (needsX, needsW) = (input.requiresGradient, kernel.requiresGradient)
        return .recorded(out, [input, kernel, bias ?? x]) { g in
            let inX = needsX ? g.conv2d(weight: w, options) : nil
            let inW = needsW ? g.convolutionWeightGradient(x, shape: w.shape, options, withBias: false).weight : nil
            return [inX, inW, bias == nil ? nil : g.converted(to: .float32).sum(axes: [0, 1, 2])]
        }
    }

    private func convolvedShape(_ weight: Tensor, _ options: ConvolutionOptions, _ operands: Operands) -> Shape {
        let kernel = Size2D(height: weight.shape[2], width: weight.shape[3])
        let size = options.outputSize(input: Size2D(height: shape[1], width: shape[2]), kernel: kernel)
        operands.argument(
            size.height > 0 && size.width > 0, "a weight with a kernel of \(kernel) does not fit with \(options)")
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

extension ConvolutionOptions {
    /// Traps where the numbers describe no convolution.
    func check(_ operands: Operands) {
        let limit = 1 << 30
        operands.argument(stride.isWithin(1...limit), "stride \(stride) is not positive")
        operands.argument(dilation.isWithin(1...limit), "dilation \(dilation) is not positive")
        operands.argument(padding.isWithin(0...limit), "padding \(padding) is negative or too large")
        operands.argument(groups > 0 && groups < limit, "groups: \(groups) is not positive")
    }

    /// Whether `weight` is that of a convolution of `channels`.
    func fits(_ weight: Tensor, channels: Int) -> Bool {
        weight.rank == 4 && channels % groups == 0 && weight.shape[1] == channels / groups && weight.shape[0] % groups == 0
            && weight.shape[2] > 0 && weight.shape[3] > 0
    }

    /// Whether `weight` is that of a transposed convolution of `channels`.
    func fitsTransposed(_ weight: Tensor, channels: Int) -> Bool {
        weight.rank == 4 && weight.shape[0] == channels && channels % groups == 0 && weight.shape[2] > 0
            && weight.shape[3] > 0
    }
}

extension Size2D {
    /// Whether both extents lie in `range`.
    func isWithin(_ range: ClosedRange<Int>) -> Bool { range.contains(height) && range.contains(width) }
}

extension EdgeInsets2D {
    /// Whether all four lie in `range`.
    func isWithin(_ range: ClosedRange<Int>) -> Bool {
        range.contains(top) && range.contains(bottom) && range.contains(left) && range.contains(right)
    }
}
