internal import Datasets
internal import SegModels
internal import TensorCore

/// A frozen backbone as learners see it: maps of photos at one square.
struct SquareFeatures: Sendable {
    let backbone: any Backbone
    /// The square's side, legal for the backbone.
    let side: Int
    private let digest: BackboneDigest

    /// - Parameter wished: the side; the nearest that the backbone takes is used.
    init(_ backbone: any Backbone, side wished: Int) {
        self.backbone = backbone
        side = backbone.inputRule.side(near: wished)
        digest = BackboneDigest(backbone)
    }

    /// What decides maps: weights, levels and size.
    var settings: String { "\(digest.value), \(side) pixels" }

    /// The digest of the backbone: weights, pixels, levels and precision.
    var backboneDigest: String { digest.value }

    /// The maps of photos of any size: one `[N, h, w, C]` a level.
    func maps(_ images: [RGBImage]) -> [Tensor] {
        withoutGradients {
            let squares = images.map { $0.resized(height: side, width: side, filter: .bilinear).tensor() }
            let batch = Tensor.concatenated(squares, axis: 0)
            return backbone.features(backbone.parameters.first.map { batch.placed(beside: $0.value) } ?? batch)
        }
    }

    /// A mask at the square, `[1, side, side, 1]`, by the nearest pixel.
    func mask(_ mask: BinaryMask) -> Tensor { mask.resized(height: side, width: side).tensor() }

    /// An upper bound of the numbers in the maps of one photo.
    var count: Int {
        backbone.levels.reduce(0) { sum, level in
            let cells = (side + level.stride - 1) / level.stride
            return sum + cells * cells * level.channels
        }
    }
}

extension LoadedBackbone {
    /// The network with other levels, sharing its weights; itself for nil, and where its description names levels of its own.
    ///
    /// - Throws: `BackboneError` for taps that it does not have.
    func tapped(_ taps: [String]?) throws -> any Backbone {
        guard let taps, description.taps == nil else { return backbone }
        var description = description
        description.taps = taps
        let network = try description.makeBackbone(ParameterScope(.loading), precision: backbone.precision)
        try network.load(backbone.stateDict(), options: .keepsStoredTypes)
        return network
    }
}
