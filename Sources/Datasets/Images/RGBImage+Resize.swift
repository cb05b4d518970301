internal import CImageCodecs

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
    private static let fractionBits = 22

    private var starts: [Int32]
    private var counts: [Int32]
    /// `width` weights per output index, of which the first `counts[i]` are used.
    private var weights: [Int32]
    private let width: Int

    init(input: Int, output: Int, filter: ResizeFilter) {
        let scale = Double(input) / Double(output)
        let stretch = max(scale, 1)
        let support = filter.support * stretch
        width = Int(support.rounded(.up)) * 2 + 1
        starts = [Int32](repeating: 0, count: output)
        counts = starts
        weights = [Int32](repeating: 0, count: width * output)
        let (one, inverse) = (Double(1 << Self.fractionBits), 1 / stretch)
        var raw = [Double](repeating: 0, count: width)
        for index in 0..<output {
            let center = (Double(index) + 0.5) * scale
            let first = max(0, Int(center - support + 0.5))
            let last = min(input, Int(center + support + 0.5))
            var sum = 0.0
            for tap in 0..<(last - first) {
                raw[tap] = filter.weight((Double(first + tap) - center + 0.5) * inverse)
                sum += raw[tap]
            }
            for tap in 0..<(last - first) {
                let scaled = (sum == 0 ? raw[tap] : raw[tap] / sum) * one
                // Rounds half away from zero and truncates.
                weights[index * width + tap] = Int32(scaled < 0 ? scaled - 0.5 : scaled + 0.5)
            }
            starts[index] = Int32(first)
            counts[index] = Int32(last - first)
        }
    }

    /// Hands the taps over as C has them.
    func withTaps<Result>(_ body: (fss_taps) -> Result) -> Result {
        starts.withUnsafeBufferPointer { starts in
            counts.withUnsafeBufferPointer { counts in
                weights.withUnsafeBufferPointer { weights in
                    body(
                        fss_taps(
                            starts: starts.baseAddress, counts: counts.baseAddress, weights: weights.baseAddress, stride: width))
                }
            }
        }
    }
}

extension RGBImage {
    /// Scales the image, always with antialiasing, bit for bit as Pillow's `Image.resize` up to release 12.
    ///
    /// A horizontal pass is followed by a vertical one; each accumulates in 22-bit fixed point and rounds to 8 bits. Pillow 13 begins
    /// with the vertical pass where that is less work, as for tall photos, and differs there in single levels.
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
        let samples = Self.samples(newWidth * height * 3) { output in
            taps.withTaps { taps in
                withUnsafePointer(to: taps) { fss_resample_rows(pixels, height, width, output, newWidth, $0) }
            }
        }
        return RGBImage(height: height, width: newWidth, pixels: samples)
    }

    private func resampledColumns(_ taps: ResizeTaps, height newHeight: Int) -> RGBImage {
        let samples = Self.samples(width * newHeight * 3) { output in
            taps.withTaps { taps in
                withUnsafePointer(to: taps) { fss_resample_columns(pixels, width * 3, output, newHeight, $0) }
            }
            return 1
        }
        return RGBImage(height: newHeight, width: width, pixels: samples)
    }

    /// Memory that C fills; it says 0 where it could not.
    static func samples(_ count: Int, _ fill: (UnsafeMutablePointer<UInt8>) -> Int32) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            guard let output = buffer.baseAddress else { return }
            precondition(fill(output) != 0, "RGBImage: not enough memory for \(count) samples")
            filled = count
        }
    }
}
