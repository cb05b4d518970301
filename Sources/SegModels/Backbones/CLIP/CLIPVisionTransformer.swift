public import TensorCore

/// The network of a ``CLIPViT``.
public final class CLIPVisionTransformer: ImageEncoder {
    public let scope: ParameterScope
    public let name: String
    public let preprocessing: Preprocessing
    public let precision: Precision
    public let levels: [FeatureLevel]
    public let inputRule: InputRule
    public let space: String
    public let dimension: Int
    private let patches: PatchEmbedding
    private let classToken: Parameter
    private let positions: PositionEmbedding
    private let firstNorm: LayerNorm
    private let blocks: [TransformerBlock]
    private let lastNorm: LayerNorm
    private let projection: Parameter
    private let densePath: TransformerBlock.Path
    /// The blocks whose outputs are the levels.
    private let tapped: [Int]

    /// Registers a network with random weights, trainable.
    ///
    /// - Throws: ``BackboneError`` where the configuration or the taps make no network.
    public init(
        _ scope: ParameterScope, _ shape: CLIPViT, _ settings: BackboneSettings
    ) throws(BackboneError) {
        try shape.check(for: settings.name)
        self.scope = scope
        name = settings.name
        preprocessing = settings.preprocessing
        precision = settings.precision
        inputRule = InputRule(multiple: shape.patch, minimum: shape.patch)
        (space, dimension) = (shape.space, shape.dimension)
        let available = (0..<shape.depth).map {
            FeatureLevel(tap: CLIPViT.tap($0), channels: shape.width, stride: shape.patch)
        }
        let levels = try TapPlan.levels(settings.taps ?? shape.defaultTaps, among: available, backbone: settings.name)
        self.levels = levels
        tapped = available.indices.filter { levels.contains(available[$0]) }
        let visual = scope["visual"]
        let options = TransformerOptions(
            width: shape.width, heads: shape.heads, activation: shape.activation.fused, names: .openAI)
        let deviation = 1 / Float(shape.width).squareRoot()
        patches = PatchEmbedding(visual["conv1"], width: shape.width, patch: shape.patch, bias: false)
        classToken = visual.parameter(
            "class_embedding", shape: [shape.width], initializer: .normal(mean: 0, deviation: deviation))
        positions = PositionEmbedding(visual, "positional_embedding", grid: Size2D(shape.grid), width: shape.width)
        firstNorm = LayerNorm(visual["ln_pre"], width: shape.width)
        blocks = (0..<shape.depth).map { TransformerBlock(visual["transformer.resblocks"][$0], options) }
        lastNorm = LayerNorm(visual["ln_post"], width: shape.width)
        projection = visual.parameter(
            "proj", shape: [shape.width, shape.dimension], initializer: .normal(mean: 0, deviation: deviation))
        densePath = shape.dense.blockPath
    }

    public func features(_ images: Tensor, train: Bool) -> [Tensor] {
        ModulePath.named(name) {
            let (first, grid) = tokens(of: images)
            var x = first
            var maps: [Tensor] = []
            for (index, block) in blocks.prefix((tapped.last ?? -1) + 1).enumerated() {
                x = block(x)
                if tapped.contains(index) { maps.append(x.grid(grid, leading: 1)) }
            }
            return maps
        }
    }

    public func jointFeatures(_ images: Tensor) -> Tensor {
        ModulePath.named(name) {
            let (first, grid) = tokens(of: images)
            let x = blocks.dropLast().reduce(first) { $1($0) }
            let dense = blocks.last.map { $0(x, path: densePath) } ?? x
            return projected(dense.grid(grid, leading: 1))
        }
    }

    public func encoded(_ images: Tensor) -> Tensor {
        ModulePath.named(name) {
            let (x, _) = tokens(of: images)
            let last = blocks.reduce(x) { $1($0) }
            return projected(last.selecting(axis: 1, index: 0))
        }
    }

    /// What the first block reads, `[N, 1 + h * w, width]`, and the grid.
    private func tokens(of images: Tensor) -> (Tensor, Size2D) {
        let map = patches(preprocessing(images).converted(to: precision.activations))
        let grid = Size2D(height: map.shape[1], width: map.shape[2])
        let (count, width) = (map.shape[0], map.shape[3])
        let first = classToken.value.reshaped(to: [1, 1, width]).broadcast(to: [count, 1, width])
        let x = Tensor.concatenated([first.converted(to: map.dtype), map.tokens()], axis: 1)
        return (firstNorm(x + positions(grid).converted(to: map.dtype)), grid)
    }

    /// Tokens `[..., width]` in the joint space, `[..., dimension]`.
    private func projected(_ x: Tensor) -> Tensor {
        let rows = lastNorm(x).reshaped(to: [x.count / x.shape[x.rank - 1], x.shape[x.rank - 1]])
        return rows.matmul(projection.value).reshaped(to: x.shape.replacing(axis: x.rank - 1, with: dimension))
    }
}
