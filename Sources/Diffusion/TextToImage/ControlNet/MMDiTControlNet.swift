public import TensorCore

/// The shape of a ControlNet for ``MMDiT``.
public struct MMDiTControlNetConfiguration: Sendable, Hashable {
    /// The shape of its own blocks; ``MMDiTConfiguration/depth`` is their number.
    public var transformer = MMDiTConfiguration()
    /// Whether it has a patch layer and positions of its own; the ControlNets of 3.5 Large take the transformer's.
    public var hasPositions = true
    /// Whether its blocks read the text's states, too; those of 3.5 Large do not.
    public var readsText = true
    /// Whether it was trained with zeros in place of the text's own vector, and with pictures' latents that are not shifted.
    public var zeroesVector = true

    /// With its own positions and text.
    public init() {}

    /// Refuses numbers that make no network.
    ///
    /// - Throws: ``TextToImageError/configuration(file:key:reason:)``.
    public func validate(source: String) throws(TextToImageError) {
        try transformer.validate(source: source)
        guard readsText || transformer.dualBlocks.isEmpty && !transformer.normalisesQueries else {
            throw .configuration(
                file: source, key: "joint_attention_dim",
                reason: "found null with dual attention or normalised queries, expected blocks without both")
        }
    }
}

extension MMDiTControlNetConfiguration {
    /// The class of diffusers.
    static let className = "SD3ControlNetModel"

    /// The shape that a `config.json` of diffusers describes.
    init(_ file: inout DiffusersConfiguration) throws(TextToImageError) {
        self.init()
        let (class_, path) = (try file.text("_class_name"), file.path)
        guard class_ == Self.className else {
            throw .architecture(
                file: path, found: "a \(class_ ?? "network of no class")", expected: "an \(Self.className)",
                advice: "give a ControlNet for Stable Diffusion 3 or 3.5")
        }
        // Files without the key have the reference's standard; the ControlNets of 3.5 Large say null.
        readsText = !file.isNull("joint_attention_dim")
        if !readsText { file.pass("caption_projection_dim") }
        transformer = try MMDiTConfiguration(trunk: &file)
        transformer.contextWidth = try file.whole("joint_attention_dim", 4096)
        hasPositions = try file.flag("use_pos_embed", true)
        zeroesVector = try file.flag("force_zeros_for_pooled_projection", true)
        // More channels are for masks of what is painted into a picture. Positions without a table are none.
        try file.require("extra_conditioning_channels", .integer(0))
        if hasPositions {
            try file.require("pos_embed_type", .text("sincos"))
        } else {
            file.pass("pos_embed_type")
        }
        // Blocks that read no text have neither in the reference, whatever these say.
        if !readsText { (transformer.normalisesQueries, transformer.dualBlocks) = (false, []) }
        try file.finish()
        try validate(source: path)
    }
}

/// A ControlNet for Stable Diffusion 3: blocks as the transformer's that read a picture's latent beside the running one, and add to the
/// transformer's tokens after its blocks; diffusers' `SD3ControlNetModel`.
///
/// State: `pos_embed` (where it has positions), `pos_embed_input`, `time_text_embed`, `context_embedder` (where it reads text),
/// `transformer_blocks`, `controlnet_blocks`.
public final class MMDiTControlNet: Module {
    public let scope: ParameterScope
    /// The shape.
    public let configuration: MMDiTControlNetConfiguration
    private let positions: PatchPositions?
    private let picture: Conv2d
    private let moment: MMDiTCondition
    private let context: Linear?
    private let blocks: [MMDiTBlock]
    private let outputs: [Linear]

    /// Registers the network.
    ///
    /// - Throws: ``TextToImageError/configuration(file:key:reason:)`` for numbers that make none.
    public init(_ scope: ParameterScope, _ configuration: MMDiTControlNetConfiguration) throws(TextToImageError) {
        try configuration.validate(source: "the ControlNet's configuration")
        self.scope = scope
        self.configuration = configuration
        let shape = configuration.transformer
        let width = shape.width
        positions = configuration.hasPositions ? PatchPositions(scope["pos_embed"], shape) : nil
        picture = PatchPositions.patches(scope["pos_embed_input"]["proj"], shape)
        moment = MMDiTCondition(scope["time_text_embed"], shape)
        let readsText = configuration.readsText
        context = readsText ? Linear(scope["context_embedder"], inputs: shape.contextWidth, outputs: width) : nil
        let use = readsText ? JointAttention.Text.readAndWritten : .none
        blocks = (0..<shape.depth).map { index in
            MMDiTBlock(scope["transformer_blocks"][index], shape, index: index, text: use)
        }
        outputs = (0..<shape.depth).map {
            Linear(scope["controlnet_blocks"][$0], inputs: width, outputs: width, initializer: .zeros)
        }
    }

    /// What is added to the transformer's tokens, one for every block here.
    ///
    /// - Parameters:
    ///   - latent: `[N, H, W, C]`.
    ///   - timesteps: one an image.
    ///   - states: the texts' states.
    ///   - vector: the texts' own vectors.
    ///   - hint: the picture's latent, `[N, H, W, C]` or one for all.
    ///   - strength: what it is multiplied by.
    ///   - transformer: whose patches and positions a network without its own takes.
    public func callAsFunction(
        _ latent: Tensor, timesteps: [Float], context states: Tensor, pooled vector: Tensor, picture hint: Tensor,
        strength: Float = 1, beside transformer: MMDiT
    ) -> [Tensor] {
        ModulePath.named("controlnet") {
            let hints = picture(hint)
            let tokens = positions?(latent) ?? transformer.tokens(latent)
            let count = tokens.shape[1]
            var x = tokens + hints.reshaped(to: [hints.shape[0], count, configuration.transformer.width])
            let own = configuration.zeroesVector ? vector.zerosLike() : vector
            let condition = moment(timesteps, pooled: own, beside: latent)
            var y = context.map { $0(states) }
            return zip(blocks, outputs).map { block, output in
                (x, y) = block(x, y, condition: condition)
                return output(x) * strength
            }
        }
    }
}
