public import SegModels
public import TensorCore

/// Raw priors and query information to the denoiser's conditions, level by level.
public struct ConditionBuilder: Sendable {
    /// How priors of several views become one condition.
    public let fusion: any PriorFusion
    /// What the channels mean.
    public let layout: ConditionLayout
    /// Side of the finest level.
    public let resolution: Int

    /// A builder for a model's parts.
    ///
    /// - Parameters:
    ///   - parts: fusion and layout count here.
    ///   - resolution: the denoiser's.
    public init(_ parts: DiffUpParts, resolution: Int) {
        fusion = parts.fusion
        layout = parts.layout
        self.resolution = resolution
    }

    /// Side of a level's grid.
    public func side(ofLevel level: Int) -> Int { resolution >> level }

    /// Raw priors at the denoiser's sizes, in network units: one `[V, h, w, kinds]` a level.
    public func normalizedPriors(_ raw: [Tensor]) -> [Tensor] {
        raw.enumerated().map { level, maps in
            fusion.normalized(maps.converted(to: .float32).resized(to: Size2D(side(ofLevel: level)), .bilinear))
        }
    }

    /// Conditions from normalised priors.
    ///
    /// - Parameters:
    ///   - priors: ``normalizedPriors(_:)``.
    ///   - information: the query's colours and maps, at the denoiser's resolution or a multiple of it.
    public func conditions(normalized priors: [Tensor], _ information: QueryInformation) -> MaskConditions {
        conditions(normalized: [priors], information)
    }

    /// Conditions from normalised priors of several backbones, fused as views.
    ///
    /// - Parameters:
    ///   - groups: ``normalizedPriors(_:)`` of each backbone.
    ///   - information: as for one.
    public func conditions(normalized groups: [[Tensor]], _ information: QueryInformation) -> MaskConditions {
        let levels = groups[0].indices.map { level -> Tensor in
            let views = groups.map { $0[level] }
            let fused = views.count == 1 ? fusion.fused(views[0]) : fusion.fused(groups: views)
            guard let maps = information.maps else { return fused }
            return .concatenated([fused, maps.resized(to: Size2D(side(ofLevel: level)), .area)], axis: 3)
        }
        let image = information.image.resized(to: Size2D(resolution), .area)
        return MaskConditions(levels: levels, image: image, expectation: expectation(levels[0]))
    }

    /// The expectation `E` of the condition shift at the finest level, in [-1, 1]: the first prior's fused mean.
    private func expectation(_ finest: Tensor) -> Tensor {
        let first = layout.channels.firstIndex { if case .mean = $0 { true } else { false } } ?? 0
        return finest.sliced(axis: 3, from: first, count: 1).clamped(to: -1...1)
    }
}
