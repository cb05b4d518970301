internal import SegModels
public import TensorCore

/// Raw priors and query information to the decoder's conditions, level by level.
public struct ConditionBuilder: Sendable {
    /// The settings.
    public let configuration: DiffUpConfiguration

    /// Makes a builder.
    public init(_ configuration: DiffUpConfiguration) { self.configuration = configuration }

    /// Side of a level's grid.
    public func side(ofLevel level: Int) -> Int { configuration.decoder.resolution >> level }

    /// Raw priors at the decoder's sizes, in network units: one `[V, h, w, kinds]` a level.
    public func normalizedPriors(_ raw: [Tensor]) -> [Tensor] {
        raw.enumerated().map { level, maps in
            configuration.fusion.normalized(maps.converted(to: .float32).resized(to: Size2D(side(ofLevel: level)), .bilinear))
        }
    }

    /// Conditions from normalised priors: one `[1, h, w, K]` a level.
    ///
    /// - Parameters:
    ///   - priors: ``normalizedPriors(_:)``.
    ///   - edges: `QueryInformation.edges`, at twice the decoder's resolution.
    public func conditions(normalized priors: [Tensor], edges: Tensor) -> [Tensor] {
        priors.enumerated().map { level, maps in
            let fused = configuration.fusion.fused(maps)
            guard configuration.edges else { return fused }
            let pooled = edges.resized(to: Size2D(side(ofLevel: level)), .area)
            return .concatenated([fused, pooled], axis: 3)
        }
    }

    /// The expectation `E` of the condition shift at the finest level, in [-1, 1]: the first prior's fused mean.
    public func expectation(_ conditions: [Tensor]) -> Tensor {
        conditions[0].sliced(axis: 3, from: 0, count: 1).clamped(to: -1...1)
    }
}
