// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
extension ReferenceBackend {
    public func conv2d(
        _ x: TensorBuffer, weight: TensorBuffer, _ options: ConvolutionOptions, _ epilogue: Epilogue,
        into out: TensorBuffer
    ) {
        let taps = ConvolutionTaps(image: x.shape, weight: weight.shape, result: out.shape, options)
        let image = x.loadDoubles()
        let weights = weight.loadWeights(meeting: x.dtype)
        var result = [Double](repeating: 0, count: out.count)
        taps.forEach { pixel, place, tap in
            for output in 0..<taps.outputChannels {
                let first = pixel + taps.firstInput(of: output)
                for channel in 0..<taps.groupInputs {
                    result[place + output] += image[first + channel] * weights[taps.weight(output, channel, tap)]
                }
            }
        }
        apply(epilogue, to: &result)
        out.store(result)
    }

    public func conv2dInputGradient(
        _ gradient: TensorBuffer, weight: TensorBuffer, _ options: ConvolutionOptions, bias: TensorBuffer?,
        into out: TensorBuffer
    ) {
        let taps = ConvolutionTaps(image: out.shape, weight: weight.shape, result: gradient.shape, options)
        let gradients = gradient.loadDoubles()
        let weights = weight.loadWeights(meeting: gradient.dtype)
        var result = [Double](repeating: 0, count: out.count)
        taps.forEach { pixel, place, tap in
            for output in 0..<taps.outputChannels {
                let first = pixel + taps.firstInput(of: output)
                for channel in 0..<taps.groupInputs {
                    result[first + channel] += gradients[place + output] * weights[taps.weight(output, channel, tap)]
                }
            }
        }
        apply(Epilogue(bias: bias), to: &result)
        out.store(result)
    }

    public func conv2dWeightGradient(
        _ x: TensorBuffer, gradient: TensorBuffer, _ options: ConvolutionOptions, into weightGradient: TensorBuffer,
        biasGradient: TensorBuffer?
    ) {
        let taps = ConvolutionTaps(
            image: x.shape, weight: weightGradient.shape, result: gradient.shape, options)
        let image = x.loadDoubles()
        let gradients = gradient.loadDoubles()
        var result = [Double](repeating: 0, count: weightGradient.count)
        taps.forEach { pixel, place, tap in
            for output in 0..<taps.outputChannels {
                let first = pixel + taps.firstInput(of: output)
                for channel in 0..<taps.groupInputs {
                    result[taps.weight(output, channel, tap)] += image[first + channel] * gradients[place + output]
                }
            }
        }
        weightGradient.store(result)
        guard let biasGradient else { return }
        var sums = [Double](repeating: 0, count: biasGradient.count)
        for (index, value) in gradients.enumerated() { sums[index % sums.count] += value }
        biasGradient.store(sums)
    }
}

/// The geometry that a convolution and its two adjoints share: which image pixel meets which result pixel through which
/// kernel tap.
private struct ConvolutionTaps {
    let image: Shape
    let kernel: Size2D
    let result: Shape
    let options: ConvolutionOptions
    /// Channels of the result.
    let outputChannels: Int
    /// Channels of the image that one output channel sees.
    let groupInputs: Int

    init(image: Shape, weight: Shape, result: Shape, _ options: ConvolutionOptions) {
        self.image = image
        self.kernel = Size2D(height: weight[2], width: weight[3])
        self.result = result
        self.options = options
        outputChannels = weight[0]
        groupInputs = weight[1]
    }

    /// The first image channel that `output` sees.
    func firstInput(of output: Int) -> Int {
        let group = output / (outputChannels / options.groups)
        return group * groupInputs
    }

    /// The position of a weight in `[O, C/groups, kh, kw]`.
    func weight(_ output: Int, _ channel: Int, _ tap: Int) -> Int {
        let filter = output * groupInputs + channel
        return filter * kernel.height * kernel.width + tap
    }

    /// Calls `body` with the first channel of an image pixel, that of the result pixel it meets, and the tap.
    func forEach(_ body: (_ pixel: Int, _ place: Int, _ tap: Int) -> Void) {
        for sample in 0..<result[0] {
            for y in 0..<result[1] {
                for x in 0..<result[2] {
                    let place = ((sample * result[1] + y) * result[2] + x) * result[3]
                    forEachTap(sample, y, x) { pixel, tap in body(pixel, place, tap) }
                }
            }
        }
    }

    private func forEachTap(_ sample: Int, _ y: Int, _ x: Int, _ body: (_ pixel: Int, _ tap: Int) -> Void) {
        let top = y * options.stride.height - options.padding.top
        let left = x * options.stride.width - options.padding.left
        for ky in 0..<kernel.height {
            let row = top + ky * options.dilation.height
            guard row >= 0 && row < image[1] else { continue }
            for kx in 0..<kernel.width {
                let column = left + kx * options.dilation.width
                guard column >= 0 && column < image[2] else { continue }
                let pixel = ((sample * image[1] + row) * image[2] + column) * image[3]
                body(pixel, ky * kernel.width + kx)
            }
        }
    }
}
