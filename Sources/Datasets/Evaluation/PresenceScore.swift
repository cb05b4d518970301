/// How sure a segmenter is that the query holds the class at all, as read from its prediction.
///
/// It is a value: whoever has a better one, such as a segmenter with a head for it, hands over another closure.
///
/// ```swift
/// let evaluator = Evaluator(loader: loader, presence: .peak)
/// ```
public struct PresenceScore: Sendable {
    /// Stands in results, because scores of different making do not compare.
    public let name: String
    private let read: @Sendable (Prediction) -> Float

    /// A score of one's own.
    ///
    /// - Parameters:
    ///   - name: what it is, in few words.
    ///   - read: gives a number that is higher the surer the class is there; episodes are told apart by its order, and decided at the
    ///     protocol's threshold.
    public init(name: String, read: @escaping @Sendable (Prediction) -> Float) {
        self.name = name
        self.read = read
    }

    /// The score of a prediction.
    public func value(of prediction: Prediction) -> Float { read(prediction) }

    /// The mean of the highest hundredth: one wrong pixel does not decide, and a small object does.
    public static let standard = meanOfTop(share: 0.01)

    /// What the segmenter itself says, calibrated on base classes (``PresenceCalibration``); ``standard`` where it says nothing.
    public static let judged = PresenceScore(name: "calibrated presence") { prediction in
        prediction.presence ?? standard.value(of: prediction)
    }

    /// The highest probability of a pixel; of a decided mask 1 where anything is foreground, else 0.
    public static let peak = PresenceScore(name: "highest probability") { prediction in
        switch prediction {
        case .mask(let mask): mask.values.contains(true) ? 1 : 0
        case .probabilities(let map), .judged(let map, _): map.values.reduce(0) { $1 > $0 ? $1 : $0 }
        }
    }

    /// The mean probability of the share of pixels that are the surest; pixels of a decided mask are 0 or 1.
    ///
    /// - Precondition: `share` is above 0 and at most 1.
    public static func meanOfTop(share: Double) -> PresenceScore {
        precondition(share > 0 && share <= 1, "PresenceScore: a share is above 0 and at most 1, found \(share)")
        return PresenceScore(name: "mean of the highest \(share) of the probabilities") { prediction in
            switch prediction {
            case .mask(let mask):
                let wanted = max(1, Int(share * Double(mask.values.count)))
                return Float(min(mask.values.count { $0 }, wanted)) / Float(wanted)
            case .probabilities(let map), .judged(let map, _):
                return meanOfTop(map.values, max(1, Int(share * Double(map.values.count))))
            }
        }
    }

    /// The mean of the `count` highest, what is no number being 0. Values are sorted into bins first, so that few need an order.
    private static func meanOfTop(_ values: [Float], _ count: Int) -> Float {
        func bin(_ value: Float) -> Int { value > 0 ? Int(min(value, 1) * Float(binCount - 1)) : 0 }
        var sizes = [Int](repeating: 0, count: binCount)
        for value in values { sizes[bin(value)] += 1 }
        var (edge, above) = (binCount - 1, 0)
        while edge > 0, above + sizes[edge] < count {
            above += sizes[edge]
            edge -= 1
        }
        let top = values.lazy.map { $0 > 0 ? $0 : 0 }.filter { bin($0) >= edge }.sorted(by: >).prefix(count)
        return Float(top.reduce(0) { $0 + Double($1) } / Double(count))
    }

    private static let binCount = 1024
}
