public import Datasets
internal import SegModels
internal import TensorCore

/// What the quality branch says of a mask that is noised on purpose (figure 9).
public struct NoiseLevel: Sendable {
    /// "low", "medium", "high".
    public var name: String
    /// The timestep of the noise.
    public var timestep: Int
    /// The noised truth, as probabilities.
    public var noisy: ScalarMap
    /// The predicted error map in [-1, 1]: the truth less the noisy mask.
    public var predicted: ScalarMap
    /// The true one.
    public var actual: ScalarMap
    /// Noisy mask and predicted error together: where the branch believes that the object is. The noise, which fills an error map at
    /// high levels, falls out of the sum.
    public var believed: ScalarMap
    /// How the believed mask goes with the truth, Pearson's r; nil where the truth is the same everywhere.
    public var agreement: Double?
    /// The same of the noisy mask alone: what is left of the truth before the branch says anything.
    public var noisyAgreement: Double?

    /// The levels of the figure, as shares of the forward process.
    public static let standard: [(name: String, share: Double)] = [("low", 0.1), ("medium", 0.5), ("high", 0.9)]

    /// The levels of several episodes as a sheet.
    public static func sheet(_ episodes: [[NoiseLevel]], title: String) -> PictureSheet {
        PictureSheet(title: title, rows: episodes.flatMap { $0.map { $0.tiles() } }, cellHeight: 120, cellWidth: 150)
    }

    /// One row of a sheet.
    public func tiles() -> [PictureSheet.Tile] {
        [
            .init(noisy.shaded(), caption: "\(name), t \(timestep)\(Self.text(noisyAgreement))"),
            .init(predicted.heatMap(range: -1...1), caption: "predicted error"),
            .init(actual.heatMap(range: -1...1), caption: "true error"),
            .init(believed.shaded(), caption: "mask + error\(Self.text(agreement))"),
        ]
    }

    private static func text(_ agreement: Double?) -> String { agreement.map { ", r \($0.rounded(to: 2))" } ?? "" }
}

extension DiffUp {
    /// Noises the truth at low, medium and high levels and asks the quality branch about it; empty without such a branch.
    ///
    /// - Parameters:
    ///   - episode: the question.
    ///   - truth: of the query's size.
    /// - Throws: ``DiffUpError`` for an episode without usable supports.
    public func noiseLevels(_ episode: Episode, truth: ClassMask) throws -> [NoiseLevel] {
        try withoutGradients {
            let conditions = try pipeline.conditions(of: episode)
            let prepared = denoiser.prepared(for: conditions, precision: pipeline.precision)
            let share = truth.target().resized(to: Size2D(denoiser.resolution), .area)
                .sliced(axis: 3, from: 0, count: 1).placed(on: conditions.image.device)
            var random = TorchRandom(seed: parts.seed)
            let noise = random.normal(shape: share.shape, beside: share)
            return NoiseLevel.standard.compactMap { name, depth in
                let t = Int((Double(parts.process.schedule.count - 1) * depth).rounded())
                let sample = parts.process.noised(
                    share * 2 - 1, noise: noise, timesteps: [t], expectation: conditions.expectation)
                guard let error = prepared.quality(of: sample.noisy)?.errorMap else { return nil }
                let noisy = (sample.noisy.clamped(to: -1...1) + 1) * 0.5
                let believed = (noisy + error).clamped(to: 0...1)
                return NoiseLevel(
                    name: name, timestep: t, noisy: ScalarMap(noisy), predicted: ScalarMap(error),
                    actual: ScalarMap(share - noisy),
                    believed: ScalarMap(believed), agreement: Self.correlation(believed.scalars, share.scalars),
                    noisyAgreement: Self.correlation(noisy.scalars, share.scalars))
            }
        }
    }

    private static func correlation(_ a: [Float], _ b: [Float]) -> Double? {
        let count = Double(a.count)
        let (meanA, meanB) = (a.reduce(0) { $0 + Double($1) } / count, b.reduce(0) { $0 + Double($1) } / count)
        var (cross, squareA, squareB) = (0.0, 0.0, 0.0)
        for (first, second) in zip(a, b) {
            let (x, y) = (Double(first) - meanA, Double(second) - meanB)
            cross += x * y
            squareA += x * x
            squareB += y * y
        }
        let scale = (squareA * squareB).squareRoot()
        return scale > 0 ? cross / scale : nil
    }
}
