/// One thing that was found in a photo.
public struct Instance: Sendable, Hashable {
    /// What it is.
    public var className: String
    /// Its pixels, in the size of the photo.
    public var runs: RunLengthMask
    /// The tight box around them.
    public var box: Box
    /// The number of its pixels.
    public var area: Int
    /// The mean probability of its pixels, 0...1.
    public var score: Float

    /// Describes a thing.
    public init(className: String, runs: RunLengthMask, box: Box, area: Int, score: Float) {
        self.className = className
        self.runs = runs
        self.box = box
        self.area = area
        self.score = score
    }
}

/// Makes instances of a mask: its 8-connected parts.
///
/// ```swift
/// let cups = InstanceFinder(separates: true).instances(of: mask, probabilities: map, className: "cup")
/// ```
public struct InstanceFinder: Sendable, Hashable, Codable {
    /// Parts of fewer pixels are none.
    public var minimumArea: Int
    /// Whether parts that touch are told apart where they narrow, by a watershed of the distances to the background.
    public var separates: Bool

    /// By default every connected part is an instance.
    public init(minimumArea: Int = 1, separates: Bool = false) {
        self.minimumArea = minimumArea
        self.separates = separates
    }

    /// The instances of a mask, the largest first and equals in scan order.
    ///
    /// - Parameters:
    ///   - mask: what was found.
    ///   - probabilities: of the mask's size, for scores; nil for scores of 1.
    ///   - className: what the instances are.
    /// - Precondition: mask and probabilities have one size.
    public func instances(of mask: BinaryMask, probabilities: ProbabilityMap? = nil, className: String) -> [Instance] {
        precondition(
            probabilities.map { $0.height == mask.height && $0.width == mask.width } ?? true,
            "InstanceFinder: mask and probabilities have different sizes")
        var found: [Instance] = []
        for part in RowRuns.parts(of: mask) {
            if part.area < minimumArea { continue }
            for piece in separates ? part.separated() : [part] {
                let (area, box) = (piece.area, piece.box)
                if area < minimumArea { continue }
                let runs = RunLengthMask(height: mask.height, width: mask.width, crop: piece.crop, x: box.x0, y: box.y0)
                found.append(
                    Instance(className: className, runs: runs, box: box, area: area, score: piece.meanValue(of: probabilities)))
            }
        }
        return found.enumerated().sorted { ($1.element.area, $0.offset) < ($0.element.area, $1.offset) }.map(\.element)
    }
}

extension RowRuns {
    fileprivate func meanValue(of map: ProbabilityMap?) -> Float {
        guard let map else { return 1 }
        var (sum, count) = (0.0, 0)
        map.scalars.values.withUnsafeBufferPointer { values in
            for run in runs {
                for x in run.x0..<run.x1 { sum += Double(values[run.y * map.width + x]) }
                count += run.count
            }
        }
        return count == 0 ? 0 : Float(sum / Double(count))
    }

    /// The pieces that ``TouchingParts`` tells apart.
    func separated() -> [RowRuns] {
        let box = box
        let (labels, count) = TouchingParts().labels(of: crop)
        if count < 2 { return [self] }
        var pieces = [RowRuns](repeating: RowRuns(runs: []), count: count)
        for run in runs {
            let start = (run.y - box.y0) * box.width - box.x0
            var x = run.x0
            while x < run.x1 {
                let (first, label) = (x, labels[start + x])
                while x < run.x1, labels[start + x] == label { x += 1 }
                pieces[Int(label)].runs.append(RowRun(y: run.y, x0: first, x1: x))
            }
        }
        return pieces
    }
}
