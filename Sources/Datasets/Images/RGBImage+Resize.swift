/// The filters of the antialiased resize.
public enum ResizeFilter: Sendable, CaseIterable {
    /// Triangle filter, support 1.
    case bilinear
    /// Keys' cubic with a = -0.5, support 2.
    case bicubic

    var support: Double {
        switch self {
        case .bilinear: 1
        case .bicubic: 2
        }
    }

    func weight(_ offset: Double) -> Double {
        let x = abs(offset)
        switch self {
        case .bilinear:
            return x < 1 ? 1 - x : 0
        case .bicubic:
            let a = -0.5
            if x < 1 {
                let inner = (a + 2) * x - (a + 3)
                return inner * x * x + 1
            }
            if x < 2 {
                let inner = (x - 5) * x + 8
                return (inner * x - 4) * a
            }
            return 0
        }
    }
}

/// The taps of one axis: for each output index the first input index and its fixed-point weights.
struct ResizeTaps {
    /// 32 bits less 8 of the sample and 2 of overshoot, as Pillow's 8-bit path.
    static let fractionBits: Int32 = 22

    var starts: [Int] = []
    var counts: [Int] = []
    /// `width` weights per output index, of which the first `counts[i]` are used.
    var weights: [Int32] = []
    var width: Int

    init(input: Int, output: Int, filter: ResizeFilter) {
        let scale = Double(input) / Double(output)
        let stretch = max(scale, 1)
        let support = filter.support * stretch
        width = Int(support.rounded(.up)) * 2 + 1
        weights = [Int32](repeating: 0, count: width * output)
        let one = Double(1 << Int(Self.fractionBits))
        for index in 0..<output {
            let center = (Double(index) + 0.5) * scale
            let first = max(0, Int(center - support + 0.5))
            let last = min(input, Int(center + support + 0.5))
            let inverse = 1 / stretch
            let raw = (first..<last).map { filter.weight((Double($0) - center + 0.5) * inverse) }
            let sum = raw.reduce(0, +)
            for (tap, value) in raw.enumerated() {
                let scaled = (sum == 0 ? value : value / sum) * one
                // Rounds half away from zero and truncates.
                weights[index * width + tap] = Int32(scaled < 0 ? scaled - 0.5 : scaled + 0.5)
            }
            starts.append(first)
            counts.append(raw.count)
        }
    }
}

extension RGBImage {
    /// Scales the image, always with antialiasing, bit for bit as Pillow's `Image.resize`.
    ///
    /// A horizontal pass is followed by a vertical one; each accumulates in 22-bit fixed point and rounds to 8 bits.
    /// This is what torchvision's `Resize` does to PIL images, hence what the backbones saw in training.
    ///
    /// - Precondition: both sides are positive.
    public func resized(height newHeight: Int, width newWidth: Int, filter: ResizeFilter = .bilinear) -> RGBImage {
        precondition(newWidth > 0 && newHeight > 0, "resized: sides must be positive, found \(newWidth)x\(newHeight)")
        var result = self
        if newWidth != width {
            let taps = ResizeTaps(input: width, output: newWidth, filter: filter)
            result = result.resampledRows(taps, width: newWidth)
        }
        if newHeight != height {
            let taps = ResizeTaps(input: height, output: newHeight, filter: filter)
            result = result.resampledColumns(taps, height: newHeight)
        }
        return result
    }

    private func resampledRows(_ taps: ResizeTaps, width newWidth: Int) -> RGBImage {
        let (rows, oldWidth) = (height, width)
        let output = [UInt8](unsafeUninitializedCapacity: newWidth * rows * 3) { out, count in
            pixels.withUnsafeBufferPointer { input in
                taps.weights.withUnsafeBufferPointer { weights in
                    for y in 0..<rows {
                        var position = y * newWidth * 3
                        for x in 0..<newWidth {
                            var source = (y * oldWidth + taps.starts[x]) * 3
                            let base = x * taps.width
                            var (red, green, blue) = (rounding, rounding, rounding)
                            for tap in 0..<taps.counts[x] {
                                let weight = weights[base + tap]
                                red &+= Int32(input[source]) &* weight
                                green &+= Int32(input[source + 1]) &* weight
                                blue &+= Int32(input[source + 2]) &* weight
                                source += 3
                            }
                            out[position] = clipped(red)
                            out[position + 1] = clipped(green)
                            out[position + 2] = clipped(blue)
                            position += 3
                        }
                    }
                }
            }
            count = newWidth * rows * 3
        }
        return RGBImage(height: rows, width: newWidth, pixels: output)
    }

    private func resampledColumns(_ taps: ResizeTaps, height newHeight: Int) -> RGBImage {
        let stride = width * 3
        let output = [UInt8](unsafeUninitializedCapacity: stride * newHeight) { out, count in
            pixels.withUnsafeBufferPointer { input in
                withUnsafeTemporaryAllocation(of: Int32.self, capacity: stride) { sums in
                    for y in 0..<newHeight {
                        sums.update(repeating: rounding)
                        for tap in 0..<taps.counts[y] {
                            let weight = taps.weights[y * taps.width + tap]
                            let source = (taps.starts[y] + tap) * stride
                            for x in 0..<stride { sums[x] &+= Int32(input[source + x]) &* weight }
                        }
                        for x in 0..<stride { out[y * stride + x] = clipped(sums[x]) }
                    }
                }
            }
            count = stride * newHeight
        }
        return RGBImage(height: newHeight, width: width, pixels: output)
    }
}

private let rounding: Int32 = 1 << (ResizeTaps.fractionBits - 1)

@inline(__always)
private func clipped(_ sum: Int32) -> UInt8 {
    UInt8(truncatingIfNeeded: max(0, min(255, sum >> ResizeTaps.fractionBits)))
}
