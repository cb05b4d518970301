internal import TensorCore

/// A mask that somebody drew too large, too small, or beside the object.
struct InaccurateMask: AnnotationMaker {
    enum Fault: Sendable {
        case dilated
        case eroded
        case shifted
    }

    /// Amounts in pixels.
    static let range = 1...512

    var fault: Fault
    /// How far, in pixels of the image.
    var amount: Int
    var kind: AnnotationKind { .mask }

    /// `parameter` is the amount, nil for the default.
    init?(_ fault: Fault, _ parameter: String?) {
        guard let amount = parameter.map({ AnnotationRule.number($0) }) ?? AnnotationRule.defaultInaccuracy,
            Self.range.contains(amount)
        else {
            return nil
        }
        (self.fault, self.amount) = (fault, amount)
    }

    func annotation(for mask: BinaryMask, seed: UInt64) throws(DatasetError) -> Annotation {
        switch fault {
        case .dilated: return .mask(mask.dilated(radius: Double(amount)))
        case .eroded: return .mask(mask.eroded(radius: Double(amount)))
        case .shifted: return .mask(try shifted(mask, seed: seed))
        }
    }

    /// The eight ways to go, clockwise from the right.
    private static let directions = [(1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1), (1, -1)]

    /// The mask moved by ``amount`` to a side or, in both coordinates, to a corner: in a random direction, or the next one clockwise
    /// that keeps half of the object in the picture, or the one that keeps the most of it.
    private func shifted(_ mask: BinaryMask, seed: UInt64) throws(DatasetError) -> BinaryMask {
        var random = NumPyRandom(seed: seed)
        let first = random.interval(Self.directions.count - 1)
        var best: BinaryMask?
        for step in Self.directions.indices {
            let (x, y) = Self.directions[(first + step) % Self.directions.count]
            let moved = mask.shifted(x: x * amount, y: y * amount)
            if moved.area > best?.area ?? 0 { best = moved }
            if 2 * moved.area >= mask.area { return moved }
        }
        if let best { return best }
        throw DatasetError(
            file: "mask", found: "an object of \(mask.area) pixels that leaves the picture in every direction",
            expected: "one that a shift by \(amount) pixels leaves in a picture of \(mask.width)x\(mask.height)",
            advice: "shift by less")
    }
}

extension BinaryMask {
    /// The mask with all pixels up to `radius` away from it (distances between centres).
    func dilated(radius: Double) -> BinaryMask {
        let limit = radius * radius
        let grown = DistanceTransform.squared(self, to: true).map { $0 <= limit }
        return BinaryMask(height: height, width: width, values: grown)
    }

    /// The pixels farther than `radius` from what is no object; of an object that is nowhere so thick, those that are farthest. The
    /// border of the picture takes nothing away: what is behind it may be object.
    func eroded(radius: Double) -> BinaryMask {
        let depths = DistanceTransform.squared(self, to: false)
        let deepest = zip(depths, values).reduce(0.0) { $1.1 ? max($0, $1.0) : $0 }
        let limit = radius * radius
        let kept = zip(depths, values).map { depth, isObject in isObject && (depth > limit || depth == deepest) }
        return BinaryMask(height: height, width: width, values: kept)
    }

    /// The mask moved to the right and down; what leaves the picture is lost.
    func shifted(x: Int, y: Int) -> BinaryMask {
        var moved = BinaryMask(height: height, width: width, values: [Bool](repeating: false, count: values.count))
        for pixel in values.indices where values[pixel] {
            let (column, row) = (pixel % width + x, pixel / width + y)
            if (0..<width).contains(column) && (0..<height).contains(row) { moved.values[row * width + column] = true }
        }
        return moved
    }
}
