internal import Foundation

/// What a segmenter computed of one episode, and the truth.
public struct PresenceSample: Codable, Hashable, Sendable {
    /// The numbers by name.
    public var signals: [String: Float]
    /// Whether the query holds the class.
    public var isPresent: Bool
    /// The class.
    public var classID: Int

    /// Joins numbers and truth.
    public init(signals: [String: Float], isPresent: Bool, classID: Int) {
        (self.signals, self.isPresent, self.classID) = (signals, isPresent, classID)
    }
}

extension PresenceCalibration {
    /// What further numbers have to add to the area under the curve before early ones alone are not enough.
    private static let worthwhile = 0.005

    /// Fits a calibration by penalised maximum likelihood.
    ///
    /// - Parameters:
    ///   - samples: of base classes; with and without the class.
    ///   - provenance: where they come from.
    ///   - early: numbers that are known before the costly part of the work. Where the others add less than half a point to the area
    ///     under the curve they are left out, so that whoever wants to can stop early.
    ///   - penalty: of the squared weights, in episodes.
    /// - Throws: ``RunError`` without episodes of both kinds, or where no number tells anything.
    public init(
        fitting samples: [PresenceSample], provenance: Provenance, early: Set<String> = [], penalty: Double = 1
    ) throws(RunError) {
        self = try Self(fitting: samples, provenance, penalty)
        guard !early.isEmpty else { return }
        let few = samples.map { sample in
            PresenceSample(
                signals: sample.signals.filter { early.contains($0.key) }, isPresent: sample.isPresent, classID: sample.classID)
        }
        // Early numbers that never differ cannot be fitted; then all of them stay.
        guard let quick = try? Self(fitting: few, provenance, penalty), let area = quality.areaUnderROC,
            let quickArea = quick.quality.areaUnderROC, quickArea > area - Self.worthwhile
        else { return }
        self = quick
    }

    private init(fitting samples: [PresenceSample], _ provenance: Provenance, _ penalty: Double) throws(RunError) {
        let present = samples.count { $0.isPresent }
        guard present > 1, samples.count - present > 1 else {
            throw .setting(
                "absent-share", found: "\(present) episodes with the class and \(samples.count - present) without",
                expected: "two or more of both to fit presence")
        }
        (bias, terms) = Self.fitted(samples, penalty)
        guard !terms.isEmpty else {
            throw .conflict("nothing that the model computes differs between these episodes; presence cannot be fitted.")
        }
        self.provenance = provenance
        quality = Quality(present: present, absent: samples.count - present, areaUnderROC: nil, brier: 0)
        var (metrics, squares) = (PresenceMetrics(), 0.0)
        for classID in Set(samples.map(\.classID)).sorted() {
            let own = samples.filter { $0.classID == classID }
            let others = samples.filter { $0.classID != classID }
            var judge = self
            if Set(others.map(\.isPresent)).count == 2 { (judge.bias, judge.terms) = Self.fitted(others, penalty) }
            for sample in own {
                let value = judge.presence(sample.signals)
                // A logistic value is a number.
                try? metrics.add(score: value, isPresent: sample.isPresent)
                let difference = Double(value) - (sample.isPresent ? 1 : 0)
                squares += difference * difference
            }
        }
        (quality.areaUnderROC, quality.brier) = (metrics.areaUnderROC, squares / Double(samples.count))
    }

    private static func fitted(_ samples: [PresenceSample], _ penalty: Double) -> (bias: Double, terms: [Term]) {
        var terms = Set(samples.flatMap(\.signals.keys)).sorted().compactMap { Term($0, samples) }
        let rows = samples.map { sample in
            [1] + terms.map { $0.standardized(sample.signals[$0.name]) }
        }
        let weights = LogisticFit.weights(rows, samples.map { $0.isPresent ? 1 : 0 }, penalty: penalty)
        for index in terms.indices { terms[index].weight = weights[index + 1] }
        return (weights[0], terms)
    }
}

extension PresenceCalibration.Term {
    /// A number's mean and deviation; nil where it is the same everywhere.
    fileprivate init?(_ name: String, _ samples: [PresenceSample]) {
        let values = samples.compactMap { $0.signals[name] }.filter(\.isFinite).map(Double.init)
        guard values.count > 1 else { return nil }
        let mean = values.reduce(0, +) / Double(values.count)
        let square = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
        guard square > 1e-12 else { return nil }
        self.init(name: name, mean: mean, deviation: square.squareRoot(), weight: 0)
    }

    fileprivate func standardized(_ value: Float?) -> Double {
        guard let value, value.isFinite else { return 0 }
        return (Double(value) - mean) / deviation
    }
}

/// Logistic regression by Newton's method.
enum LogisticFit {
    /// - Parameters:
    ///   - rows: the first column is constant and not penalised.
    ///   - targets: 0 or 1.
    static func weights(_ rows: [[Double]], _ targets: [Double], penalty: Double) -> [Double] {
        let width = rows.first?.count ?? 0
        var weights = [Double](repeating: 0, count: width)
        for _ in 0..<50 {
            var gradient = weights.enumerated().map { $0 == 0 ? 0 : -penalty * $1 }
            var curvature = (0..<width).map { row in
                (0..<width).map { $0 == row ? (row == 0 ? 1e-9 : penalty) : 0.0 }
            }
            for (row, target) in zip(rows, targets) {
                let logit = zip(row, weights).reduce(0) { $0 + $1.0 * $1.1 }
                let probability = 1 / (1 + exp(-logit))
                let slope = max(probability * (1 - probability), 1e-9)
                for i in 0..<width {
                    gradient[i] += (target - probability) * row[i]
                    for j in 0..<width { curvature[i][j] += slope * row[i] * row[j] }
                }
            }
            let step = solved(curvature, gradient)
            // A long step of separable data is cut, so that it cannot overshoot.
            let length = step.map(abs).max() ?? 0
            let factor = length > 2 ? 2 / length : 1
            for index in weights.indices { weights[index] += factor * step[index] }
            if length < 1e-9 { break }
        }
        return weights
    }

    /// Solves a symmetric positive system by Gaussian elimination.
    private static func solved(_ matrix: [[Double]], _ vector: [Double]) -> [Double] {
        var (a, b) = (matrix, vector)
        let count = b.count
        for pivot in 0..<count {
            for row in (pivot + 1)..<max(count, pivot + 1) {
                let factor = a[row][pivot] / a[pivot][pivot]
                for column in pivot..<count { a[row][column] -= factor * a[pivot][column] }
                b[row] -= factor * b[pivot]
            }
        }
        for row in (0..<count).reversed() {
            for column in (row + 1)..<max(count, row + 1) { b[row] -= a[row][column] * b[column] }
            b[row] /= a[row][row]
        }
        return b
    }
}
