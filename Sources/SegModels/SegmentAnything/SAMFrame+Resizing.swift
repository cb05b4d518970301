public import TensorCore

extension SAMFrame {
    /// A photo at the size of ``resized``, to the bit as Pillow's bilinear filter makes it, which reaches over all the pixels that one of
    /// the result covers.
    ///
    /// - Parameter photo: `[H, W, 3]` of the size ``original``, 0 to 255, any type; fractions are rounded.
    /// - Returns: `[1, h, w, 3]`, uint8.
    public func resized(_ photo: Tensor) -> Tensor {
        let (height, width) = (original.height, original.width)
        precondition(photo.shape == [height, width, 3], "SAMFrame: a photo \(photo.shape), expected [\(height), \(width), 3]")
        var pixels = photo.dtype == .uint8 ? photo.bytes : photo.scalars.map { UInt8(min(max($0, 0), 255).rounded()) }
        if resized.width != width {
            pixels = PillowTaps(width, to: resized.width).applied(to: pixels, lines: height, along: 3, across: 3 * width)
        }
        if resized.height != height {
            pixels = PillowTaps(height, to: resized.height).applied(to: pixels, lines: 1, along: 3 * resized.width, across: 0)
        }
        return Tensor(pixels, shape: [1, resized.height, resized.width, 3]).placed(beside: photo)
    }
}

extension SegmentAnything {
    /// Embeds a photo `[H, W, 3]`, 0 to 255, any type, after ``SAMFrame/resized(_:)``.
    public func embed(photo: Tensor) -> SAMEmbedding {
        precondition(photo.rank == 3, "SegmentAnything: a photo \(photo.shape), expected [H, W, 3]")
        let frame = SAMFrame(original: Size2D(height: photo.shape[0], width: photo.shape[1]), side: configuration.imageSize)
        return embed(frame.resized(photo), original: frame.original)
    }
}

/// The weights of one axis in Pillow's fixed point.
private struct PillowTaps {
    private static let bits = 22
    private let rows: [(first: Int, weights: [Int])]

    /// A triangle as wide as two pixels of the result, or of the input where that has fewer.
    init(_ inputs: Int, to outputs: Int) {
        let scale = Double(inputs) / Double(outputs)
        let support = max(scale, 1)
        rows = (0..<outputs).map { row in
            let centre = (Double(row) + 0.5) * scale
            let first = max(Int(centre - support + 0.5), 0)
            let taps = (first..<min(Int(centre + support + 0.5), inputs)).map { position in
                max(1 - abs((Double(position) - centre + 0.5) / support), 0)
            }
            let total = taps.reduce(0, +)
            return (first, taps.map { Int($0 / total * Double(1 << Self.bits) + 0.5) })
        }
    }

    /// Resamples `lines` lines that begin `across` samples after one another; a position of a line is a group of `along` samples.
    func applied(to samples: [UInt8], lines: Int, along: Int, across: Int) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(lines * rows.count * along)
        samples.withUnsafeBufferPointer { samples in
            for line in 0..<lines {
                for (first, weights) in rows {
                    let start = line * across + first * along
                    for sample in 0..<along {
                        var sum = 1 << (Self.bits - 1)
                        for (tap, weight) in weights.enumerated() { sum += weight * Int(samples[start + tap * along + sample]) }
                        result.append(UInt8(clamping: sum >> Self.bits))
                    }
                }
            }
        }
        return result
    }
}
