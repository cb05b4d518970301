// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
extension ReferenceBackend {
    public func pool2d(
        _ kind: PoolingKind, _ x: TensorBuffer, _ options: PoolingOptions, into out: TensorBuffer,
        indices: TensorBuffer?
    ) {
        let windows = PoolingWindows(image: x.shape, result: out.shape, options)
        let values = x.loadDoubles()
        var result = [Double](repeating: 0, count: out.count)
        var positions = [Int64](repeating: 0, count: out.count)
        windows.forEach { window in
            for channel in 0..<windows.channels {
                let place = window.place + channel
                switch kind {
                case .maximum:
                    let winner = window.pixels.reduce(window.pixels[0]) { best, pixel in
                        let value = values[windows.index(window, pixel, channel)]
                        let record = values[windows.index(window, best, channel)]
                        return value > record || value.isNaN ? pixel : best
                    }
                    result[place] = values[windows.index(window, winner, channel)]
                    positions[place] = Int64(winner)
                case .average(let countIncludesPadding):
                    let sum = window.pixels.reduce(0.0) { $0 + values[windows.index(window, $1, channel)] }
                    result[place] = sum / window.divisor(countIncludesPadding)
                }
            }
        }
        out.store(result)
        indices?.store(positions)
    }

    public func pool2dGradient(
        _ kind: PoolingKind, _ gradient: TensorBuffer, _ options: PoolingOptions, indices: TensorBuffer?,
        into out: TensorBuffer
    ) {
        let windows = PoolingWindows(image: out.shape, result: gradient.shape, options)
        let gradients = gradient.loadDoubles()
        let winners = indices?.loadIndices() ?? []
        var result = [Double](repeating: 0, count: out.count)
        windows.forEach { window in
            for channel in 0..<windows.channels {
                let place = window.place + channel
                switch kind {
                case .maximum:
                    result[windows.index(window, winners[place], channel)] += gradients[place]
                case .average(let countIncludesPadding):
                    let share = gradients[place] / window.divisor(countIncludesPadding)
                    for pixel in window.pixels { result[windows.index(window, pixel, channel)] += share }
                }
            }
        }
        out.store(result)
    }

    public func resample(
        _ x: TensorBuffer, rows: Resampling, columns: Resampling, into out: TensorBuffer
    ) {
        let (rows, columns) = (rows.matrix, columns.matrix)
        let (samples, channels) = (x.shape[0], x.shape[3])
        let resized = resample(
            x.loadDoubles(), AxisView(outer: samples, extent: rows.inputs, inner: columns.inputs * channels), rows)
        out.store(
            resample(
                resized, AxisView(outer: samples * rows.outputs, extent: columns.inputs, inner: channels), columns))
    }

    /// Multiplies the middle axis by a sparse matrix.
    private func resample(_ values: [Double], _ source: AxisView, _ matrix: ResamplingMatrix) -> [Double] {
        let target = AxisView(outer: source.outer, extent: matrix.outputs, inner: source.inner)
        var result = [Double](repeating: 0, count: target.outer * target.extent * target.inner)
        for block in 0..<target.outer {
            for row in 0..<target.extent {
                for entry in Int(matrix.rowStarts[row])..<Int(matrix.rowStarts[row + 1]) {
                    let weight = Double(matrix.weights[entry])
                    let from = source.index(block, Int(matrix.indices[entry]), 0)
                    let to = target.index(block, row, 0)
                    for column in 0..<target.inner { result[to + column] += weight * values[from + column] }
                }
            }
        }
        return result
    }
}

/// The windows of a pooling in row-major order of the result.
private struct PoolingWindows {
    /// One window of one sample.
    struct Window {
        let sample: Int
        /// The first channel of the result pixel.
        let place: Int
        /// The image pixels inside, each as `row * width + column`.
        let pixels: [Int]
        /// The extent including padding, as far as the padded image goes.
        let paddedCount: Int

        func divisor(_ countIncludesPadding: Bool) -> Double {
            Double(countIncludesPadding ? paddedCount : pixels.count)
        }
    }

    let image: Shape
    let result: Shape
    let options: PoolingOptions

    init(image: Shape, result: Shape, _ options: PoolingOptions) {
        self.image = image
        self.result = result
        self.options = options
    }

    var channels: Int { image[3] }

    /// The position of one channel of an image pixel.
    func index(_ window: Window, _ pixel: Int, _ channel: Int) -> Int {
        let position = window.sample * image[1] * image[2] + pixel
        return position * channels + channel
    }

    func forEach(_ body: (Window) -> Void) {
        let padding = options.padding
        for sample in 0..<result[0] {
            for y in 0..<result[1] {
                let top = y * options.stride.height - padding.top
                let bottom = min(top + options.kernel.height, image[1] + padding.bottom)
                let rows = max(top, 0)..<max(min(bottom, image[1]), max(top, 0))
                for x in 0..<result[2] {
                    let left = x * options.stride.width - padding.left
                    let right = min(left + options.kernel.width, image[2] + padding.right)
                    let columns = max(left, 0)..<max(min(right, image[2]), max(left, 0))
                    let pixels = rows.flatMap { row in columns.map { row * image[2] + $0 } }
                    let place = ((sample * result[1] + y) * result[2] + x) * result[3]
                    let paddedCount = (bottom - top) * (right - left)
                    body(Window(sample: sample, place: place, pixels: pixels, paddedCount: paddedCount))
                }
            }
        }
    }
}
