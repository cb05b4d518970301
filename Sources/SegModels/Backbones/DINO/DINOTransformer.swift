public import TensorCore

/// Tokens before those of the patches: the class token and registers.
struct LeadingTokens: Sendable {
    /// Tokens that the network may write on.
    var registers: Int
    /// What checkpoints call them.
    var registersName: String

    var count: Int { 1 + registers }
}

/// How a network knows where a patch is.
enum PositionPlan: Sendable {
    /// A table for a square grid of this side, added to the tokens.
    case learned(grid: Int, PositionResizing)
    /// A rotation of queries and keys.
    case rotary(RotaryPositions)
}

/// A vision transformer that gives the maps of its blocks: DINOv2 and DINOv3.
public final class DINOTransformer: Backbone {
    public let scope: ParameterScope
    public let name: String
    public let preprocessing: Preprocessing
    public let precision: Precision
    public let inputRule: InputRule
    public let levels: [FeatureLevel]
    private let embedding: PatchEmbedding
    private let classToken: Parameter
    private let registers: Parameter?
    private let positions: PositionEmbedding?
    private let rotary: RotaryPositions?
    private let blocks: [TransformerBlock]
    private let norm: LayerNorm
    private let leading: Int

    /// Registers the network, under Meta's names.
    init(
        _ scope: ParameterScope, _ settings: BackboneSettings, depth: Int, patch: Int, _ block: TransformerOptions,
        leading: LeadingTokens, _ plan: PositionPlan, taps: [String]
    ) throws(BackboneError) {
        let width = block.width
        func token(_ name: String, count: Int) -> Parameter {
            scope.parameter(name, shape: [1, count, width], initializer: .normal(mean: 0, deviation: 0.02))
        }
        self.scope = scope
        name = settings.name
        preprocessing = settings.preprocessing
        precision = settings.precision
        inputRule = InputRule(multiple: patch, minimum: patch)
        self.leading = leading.count
        classToken = token("cls_token", count: 1)
        switch plan {
        case .learned(let grid, let resizing):
            positions = PositionEmbedding(
                scope, "pos_embed", grid: Size2D(grid), width: width, hasBatchAxis: true,
                resize: { resizing($0, $1) })
            rotary = nil
        case .rotary(let positions):
            self.positions = nil
            rotary = positions
        }
        registers = leading.registers > 0 ? token(leading.registersName, count: leading.registers) : nil
        embedding = PatchEmbedding(scope["patch_embed"]["proj"], width: width, patch: patch)
        blocks = (0..<depth).map { TransformerBlock(scope["blocks"][$0], block) }
        norm = LayerNorm(scope["norm"], width: width, epsilon: block.epsilon)
        let offered = (0..<depth).flatMap { index in
            ["blocks.\(index)", "blocks.\(index).norm"].map { FeatureLevel(tap: $0, channels: width, stride: patch) }
        }
        levels = try TapPlan.levels(settings.taps ?? taps, among: offered, backbone: settings.name)
    }

    public func features(_ images: Tensor, train: Bool) -> [Tensor] {
        ModulePath.named(name) {
            let patches = embedding(preprocessing(images).converted(to: precision.activations))
            let grid = Size2D(height: patches.shape[1], width: patches.shape[2])
            var x = tokens(patches, grid)
            let rotation = rotary?.rotation(grid, leading: leading, beside: x)
            var taps = TapRecorder(levels)
            for (index, block) in blocks.enumerated() where !taps.isComplete {
                x = block(x, rotation: rotation)
                record(x, "blocks.\(index)", grid, &taps)
            }
            return taps.maps
        }
    }

    /// Keeps the map after a block where it is a level, as it is or normalised.
    private func record(_ x: Tensor, _ tap: String, _ grid: Size2D, _ taps: inout TapRecorder) {
        let raw = FeatureLevel(tap: tap, channels: x.shape[2], stride: embedding.patch)
        if taps.wants(raw) { taps.record(raw, x.grid(grid, leading: leading)) }
        let normalized = FeatureLevel(tap: tap + ".norm", channels: x.shape[2], stride: embedding.patch)
        if taps.wants(normalized) { taps.record(normalized, norm(x.grid(grid, leading: leading))) }
    }

    /// Class token, registers and patches `[N, leading + h * w, width]`; registers have no position.
    private func tokens(_ patches: Tensor, _ grid: Size2D) -> Tensor {
        let (images, width) = (patches.shape[0], patches.shape[3])
        func repeated(_ token: Tensor) -> Tensor {
            token.converted(to: patches.dtype).broadcast(to: [images, token.shape[1], width])
        }
        var places = patches.tokens()
        var first = classToken.value
        if let table = positions?(grid) {
            first = first + table.sliced(axis: 0, from: 0, count: 1)
            places = places + table.sliced(axis: 0, from: 1, count: table.shape[0] - 1).converted(to: places.dtype)
        }
        return .concatenated([repeated(first)] + (registers.map { [repeated($0.value)] } ?? []) + [places], axis: 1)
    }
}
