internal import Foundation
internal import SegModels
internal import TensorCore

/// A single file of the original repositories of versions 1 and 2: UNet, autoencoder and text tower, or a ControlNet, under their names.
/// Shapes tell the networks' shapes; that there are 32 groups, and 8 heads in version 1 and heads of 64 numbers in version 2, is what
/// the versions mean.
struct OriginalCheckpoint {
    let state: StateDict
    let path: String
    private static let unetPrefix = "model.diffusion_model."
    private static let autoencoderPrefix = "first_stage_model."
    private static let textPrefix = "cond_stage_model.transformer."
    /// OpenCLIP's tower, which version 2 has.
    private static let secondTextPrefix = "cond_stage_model.model."
    private static let controlPrefix = "control_model."

    /// Whether a file has such names.
    static func fits(_ state: StateDict) -> Bool {
        state.names.contains { name in [unetPrefix, controlPrefix, autoencoderPrefix].contains { name.hasPrefix($0) } }
    }

    init(_ state: StateDict) { (self.state, path) = (state, state.source) }

    /// The UNet's tensors under diffusers' names, and its shape.
    ///
    /// - Throws: ``TextToImageError/architecture(file:found:expected:advice:)`` for a file of another model.
    func unet() throws(TextToImageError) -> (state: StateDict, configuration: UNetConfiguration) {
        try refuseOthers()
        let own = state.removingPrefix(Self.unetPrefix)
        guard own.count > 0 else { throw missing("the UNet", Self.unetPrefix) }
        var configuration = try trunk(own)
        configuration.outputs = own.shape(of: "out.2.weight")?.first ?? 4
        let names = OriginalNames(blocks: configuration.blocks, levels: configuration.channels.count)
        return (renamed(own) { names.unet($0) }, configuration)
    }

    /// A ControlNet's tensors, from a file of its own or from one that holds a whole model beside it.
    func controlNet() throws(TextToImageError) -> (state: StateDict, configuration: ControlNetConfiguration) {
        try refuseOthers()
        let own = state.removingPrefix(Self.controlPrefix)
        guard own.count > 0 else {
            throw .architecture(
                file: path, found: "no tensor under \"\(Self.controlPrefix)\"", expected: "a ControlNet for Stable Diffusion 1",
                advice: "give a file such as control_v11p_sd15_scribble.pth or a folder of diffusers")
        }
        var configuration = ControlNetConfiguration()
        configuration.unet = try trunk(own)
        let numbers = own.names.compactMap { name -> Int? in
            let parts = name.split(separator: ".")
            return parts.count == 3 && parts[0] == "input_hint_block" && parts[2] == "weight" ? Int(parts[1]) : nil
        }.sorted()
        let widths = numbers.dropLast().compactMap { own.shape(of: "input_hint_block.\($0).weight")?.first }
        configuration.hintChannels = widths.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
        let names = OriginalNames(blocks: configuration.unet.blocks, levels: configuration.unet.channels.count)
        return (renamed(own) { names.control($0, last: numbers.last ?? 0) }, configuration)
    }

    /// The autoencoder's tensors.
    func autoencoder() throws(TextToImageError) -> (state: StateDict, configuration: AutoencoderConfiguration) {
        let own = state.removingPrefix(Self.autoencoderPrefix).excluding("loss.")
        guard own.count > 0 else { throw missing("the autoencoder", Self.autoencoderPrefix) }
        var configuration = AutoencoderConfiguration()
        let levels = own.count { "encoder.down.\($0).block.0.conv1.weight" }
        configuration.channels = (0..<levels).compactMap { own.shape(of: "encoder.down.\($0).block.0.conv1.weight")?.first }
        configuration.blocks = own.count { "encoder.down.0.block.\($0).conv1.weight" }
        configuration.latentChannels = own.shape(of: "decoder.conv_in.weight").map { $0.rank == 4 ? $0[1] : 4 } ?? 4
        configuration.hasQuantizer = own.shape(of: "quant_conv.weight") != nil
        configuration.hasDequantizer = own.shape(of: "post_quant_conv.weight") != nil
        guard levels > 0, configuration.blocks > 0 else { throw missing("the autoencoder", Self.autoencoderPrefix) }
        let names = OriginalNames(blocks: configuration.blocks, levels: levels)
        return (renamed(own) { names.autoencoder($0) }, configuration)
    }

    /// Whether the file is of version 2: its text tower is OpenCLIP's.
    var isSecond: Bool { state.names.contains { $0.hasPrefix(Self.secondTextPrefix) } }

    /// The text tower's tensors under Hugging Face's names. Of version 2 the last block is left out, as its prompts are the states before
    /// it, and what OpenCLIP has beside the states.
    func text() throws(TextToImageError) -> StateDict {
        let own = state.removingPrefix(Self.textPrefix)
        guard isSecond else {
            guard own.count > 0 else { throw missing("the text tower", Self.textPrefix) }
            return own
        }
        let tower = state.removingPrefix(Self.secondTextPrefix)
        let last = tower.count { "transformer.resblocks.\($0).ln_1.weight" } - 1
        let others = ["text_projection", "logit_scale", "attn_mask"]
        do throws(CheckpointError) {
            return try CLIPTextTower.huggingFaceState(
                tower.renamed { $0.hasPrefix("transformer.resblocks.\(last).") || others.contains($0) ? nil : $0 })
        } catch {
            throw .weights(error)
        }
    }

    private func trunk(_ own: StateDict) throws(TextToImageError) -> UNetConfiguration {
        var configuration = UNetConfiguration()
        let blocks = state(of: own, first: { "input_blocks.\($0).0.op.weight" }) ?? 0
        guard blocks > 1, let first = own.shape(of: "input_blocks.0.0.weight"), first.rank == 4 else {
            throw .architecture(
                file: path, found: "a denoiser of another shape", expected: "the UNet of Stable Diffusion 1 or 2",
                advice: "give another file")
        }
        configuration.blocks = blocks - 1
        configuration.inputs = first[1]
        let levels = 1 + (1...8).prefix { own.shape(of: "input_blocks.\($0 * blocks).0.op.weight") != nil }.count
        let starts = (0..<levels).map { 1 + $0 * blocks }
        configuration.channels = starts.compactMap { own.shape(of: "input_blocks.\($0).0.out_layers.3.weight")?.first }
        configuration.attends = starts.map { own.shape(of: "input_blocks.\($0).1.norm.weight") != nil }
        configuration.heads = configuration.channels.map { isSecond ? max($0 / 64, 1) : 8 }
        configuration.depths = starts.map { start in
            max(own.count { "input_blocks.\(start).1.transformer_blocks.\($0).norm1.weight" }, 1)
        }
        let context = own.shape(of: "middle_block.1.transformer_blocks.0.attn2.to_k.weight")
        configuration.contextWidth = context.map { $0.rank == 2 ? $0[1] : 768 } ?? 768
        configuration.usesLinearProjection = own.shape(of: "middle_block.1.proj_in.weight")?.rank == 2
        // Version 2.1 says so in its configuration; to 2.0 it does no harm.
        configuration.upcastsAttention = isSecond
        try configuration.validate(source: path)
        return configuration
    }

    /// The first number from 1 on of which there is a tensor.
    private func state(of own: StateDict, first name: (Int) -> String) -> Int? {
        (1...32).first { own.shape(of: name($0)) != nil }
    }

    /// Names that are not known stay as they are, and are refused as unexpected.
    private func renamed(_ own: StateDict, _ name: (String) -> String?) -> StateDict { own.renamed { name($0) ?? $0 } }

    private func missing(_ part: String, _ prefix: String) -> TextToImageError {
        .architecture(
            file: path, found: "no tensor of \(part) (under \"\(prefix)\")", expected: "a whole model of Stable Diffusion",
            advice: "give the complete checkpoint, or a folder of diffusers")
    }

    private func refuseOthers() throws(TextToImageError) {
        let marks = [
            ("conditioner.embedders.", "Stable Diffusion XL"),
            ("model.diffusion_model.joint_blocks.", "Stable Diffusion 3"), ("model.diffusion_model.double_blocks.", "Flux"),
        ]
        for (prefix, name) in marks where state.names.contains(where: { $0.hasPrefix(prefix) }) {
            throw .architecture(
                file: path, found: "a checkpoint of \(name)", expected: "one of Stable Diffusion 1 or 2",
                advice: "give a model of version 1, 2 or 3")
        }
    }
}

extension StateDict {
    /// How many numbers from 0 on have a tensor of that name.
    func count(_ name: (Int) -> String) -> Int { (0..<1024).prefix { shape(of: name($0)) != nil }.count }

    /// Without the names that begin so.
    func excluding(_ prefix: String) -> StateDict { renamed { $0.hasPrefix(prefix) ? nil : $0 } }
}
