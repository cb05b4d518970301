internal import Foundation
internal import TensorCore

/// A single file of Stable Diffusion 3 or 3.5 under Stability's names: transformer and autoencoder, and text encoders in files that say so.
/// Shapes tell the networks' shapes.
struct ThirdCheckpoint {
    let state: StateDict
    private static let prefix = "model.diffusion_model."
    private static let blocks = "joint_blocks."

    /// Whether a file has such names.
    static func fits(_ state: StateDict) -> Bool {
        state.names.contains { $0.hasPrefix(prefix + blocks) || $0.hasPrefix(blocks) }
    }

    /// The transformer's tensors under diffusers' names, and its shape.
    ///
    /// - Throws: ``TextToImageError``.
    func transformer() throws(TextToImageError) -> (state: StateDict, configuration: MMDiTConfiguration) {
        let isBare = !state.names.contains { $0.hasPrefix(Self.prefix) }
        let own = isBare ? state : state.removingPrefix(Self.prefix)
        let configuration = try Self.configuration(own)
        do throws(CheckpointError) {
            let names = OriginalTransformerNames(depth: configuration.depth)
            let known = isBare ? own.excluding("first_stage_model.").excluding("text_encoders.") : own
            return (try names.canonical(known), configuration)
        } catch {
            throw .weights(error)
        }
    }

    private static func configuration(_ own: StateDict) throws(TextToImageError) -> MMDiTConfiguration {
        func shape(_ name: String, _ rank: Int) throws(TextToImageError) -> Shape {
            guard let shape = own.shape(of: name), shape.rank == rank else {
                let found = own.shape(of: name).map { "\(name) of shape \($0)" } ?? "no tensor \(name)"
                throw .architecture(
                    file: own.source, found: found, expected: "the transformer of Stable Diffusion 3 or 3.5",
                    advice: "get the whole file again, or give the folder of diffusers that it belongs to")
            }
            return shape
        }
        let (patches, table) = (try shape("x_embedder.proj.weight", 4), try shape("pos_embed", 3))
        var configuration = MMDiTConfiguration()
        let width = patches[0]
        configuration.latentChannels = patches[1]
        configuration.patch = patches[2]
        configuration.depth = own.count { "joint_blocks.\($0).x_block.attn.qkv.weight" }
        configuration.contextWidth = try shape("context_embedder.weight", 2)[1]
        configuration.pooledWidth = try shape("y_embedder.mlp.0.weight", 2)[1]
        configuration.largestGrid = Int(Double(max(table[1], 0)).squareRoot())
        // Heads have 64 numbers in the whole family; where queries are normalised the file says so.
        let norm = own.shape(of: "joint_blocks.0.x_block.attn.ln_q.weight")
        configuration.normalisesQueries = norm != nil
        configuration.headWidth = norm?.first ?? min(64, width)
        guard configuration.headWidth > 0, width % configuration.headWidth == 0 else {
            throw .architecture(
                file: own.source, found: "tokens of \(width) numbers in heads of \(configuration.headWidth)",
                expected: "the transformer of Stable Diffusion 3 or 3.5", advice: "get the file again")
        }
        configuration.heads = width / configuration.headWidth
        configuration.dualBlocks = Set(
            (0..<configuration.depth).filter { own.shape(of: "joint_blocks.\($0).x_block.attn2.qkv.weight") != nil })
        try configuration.validate(source: own.source)
        return configuration
    }

    /// The autoencoder's tensors, and its shape.
    func autoencoder() throws(TextToImageError) -> (state: StateDict, configuration: AutoencoderConfiguration) {
        var (own, configuration) = try OriginalCheckpoint(state).autoencoder()
        (configuration.scale, configuration.shift) = (1.5305, 0.0609)
        return (own, configuration)
    }
}
