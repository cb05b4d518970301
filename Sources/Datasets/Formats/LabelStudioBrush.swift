/// Label Studio's run lengths of a brush: a stream of bits that stands for RGBA pixels row by row, of which the alpha counts.
///
/// 32 bits: the number of samples; 5 bits: bits of a sample less one; four times 4 bits: bits of a run's length less one. Then
/// runs: a bit whether one sample is repeated, two bits which of the four lengths, the length less one, the sample or the samples
/// (`label_studio_sdk.converter.brush`, `decode_rle`).
enum LabelStudioBrush {
    /// Samples of at least this much are the object.
    static let threshold = 128

    /// The pixels of a brush; nil for a stream that is cut or is no RGBA image of this size.
    ///
    /// Repeated samples are never written out, so that the work follows from the length of the stream.
    static func decode(_ bytes: [UInt8], height: Int, width: Int) -> RunLengthMask? {
        var bits = BitReader(bytes)
        guard let count = bits.read(32), count == height * width * 4, let size = bits.read(5) else { return nil }
        var lengths: [Int] = []
        for _ in 0..<4 {
            guard let length = bits.read(4) else { return nil }
            lengths.append(length + 1)
        }
        guard size + 1 == 8 else { return nil }
        var runs = PixelRuns(count: height * width)
        var place = 0
        while place < count {
            guard let isRun = bits.read(1), let kind = bits.read(2), let length = bits.read(lengths[kind]) else { return nil }
            let end = place + length + 1
            guard end <= count else { return nil }
            if isRun == 1 {
                guard let value = bits.read(8) else { return nil }
                runs.add(samples: place..<end, isObject: value >= threshold)
            } else {
                for sample in place..<end {
                    guard let value = bits.read(8) else { return nil }
                    runs.add(samples: sample..<(sample + 1), isObject: value >= threshold)
                }
            }
            place = end
        }
        return RunLengthMask(height: height, width: width, counts: runs.counts, order: .rows)
    }

    /// Runs of pixels from runs of samples.
    private struct PixelRuns {
        private var lengths: [Int] = [0]
        private var isObject = false
        private let total: Int

        init(count: Int) { total = count }

        /// The alpha of pixel p is sample 4p + 3.
        mutating func add(samples: Range<Int>, isObject value: Bool) {
            let pixels = (samples.upperBound / 4) - (samples.lowerBound / 4)
            guard pixels > 0 else { return }
            if value != isObject {
                lengths.append(0)
                isObject = value
            }
            lengths[lengths.count - 1] += pixels
        }

        var counts: [Int] { lengths }
    }
}

/// Numbers of any number of bits, the highest bit first.
private struct BitReader {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The next bits as a number; nil at the end.
    mutating func read(_ count: Int) -> Int? {
        guard position + count <= bytes.count * 8 else { return nil }
        var value = 0
        for _ in 0..<count {
            let bit = bytes[position / 8] >> UInt8(7 - position % 8) & 1
            value = value << 1 | Int(bit)
            position += 1
        }
        return value
    }
}
