internal import Foundation
internal import TensorCore

/// A low-rank adapter (Hu et al. 2022): for some weights a product `up * down` that is added to them, scaled by `alpha / rank`.
///
/// Files of diffusers (of PEFT's names and of earlier ones), of kohya's scripts and of OneTrainer are read. Every tensor of a file has to
/// find its weight, as half an adapter is another adapter.
struct LoRA: Sendable {
    /// The parts for one weight.
    private struct Pair {
        var down: String?
        var up: String?
        var alpha: String?
        /// What the file calls the module.
        var spelling: String
    }

    private let state: StateDict
    private let path: String
    private let strength: Float
    private let scales: LoRAMetadata
    /// By the name of the module, as kohya would spell it.
    private var pairs: [String: Pair] = [:]

    /// An adapter, and what it is multiplied by.
    init(_ state: StateDict, strength: Float = 1) throws(TextToImageError) {
        (self.state, self.strength) = (state, strength)
        path = state.source
        scales = try LoRAMetadata(state)
        for name in state.names {
            guard let (spelling, part) = Self.part(name) else {
                throw .adapter(
                    file: path,
                    reason:
                        "found the tensor \(name), expected a LoRA adapter's lora_down and lora_up (or lora_A and lora_B); other kinds "
                        + "of adapters are not supported")
            }
            pairs[Self.module(spelling), default: Pair(spelling: spelling)][keyPath: part] = name
        }
        guard !pairs.isEmpty else { throw .adapter(file: path, reason: "found no tensors, expected a LoRA adapter") }
    }

    /// Endings of names, and what stands under them.
    private static let endings: [(String, any WritableKeyPath<Pair, String?> & Sendable)] = [
        (".lora_A.weight", \.down), (".lora_B.weight", \.up), (".lora_down.weight", \.down), (".lora_up.weight", \.up),
        (".lora.down.weight", \.down), (".lora.up.weight", \.up), ("_lora.down.weight", \.down), ("_lora.up.weight", \.up),
        (".lora_linear_layer.down.weight", \.down), (".lora_linear_layer.up.weight", \.up), (".alpha", \.alpha),
    ]

    private static func part(_ name: String) -> (spelling: String, part: WritableKeyPath<Pair, String?>)? {
        for (ending, part) in endings where name.hasSuffix(ending) { return (String(name.dropLast(ending.count)), part) }
        return nil
    }

    /// Beginnings of names in diffusers' files and ComfyUI's, as kohya's and OneTrainer's have them.
    private static let beginnings = [
        ("text_encoder_3.", "lora_te3."), ("text_encoder_2.", "lora_te2."), ("text_encoder.", "lora_te."),
        ("transformer.", "lora_transformer."), ("unet.", "lora_unet."), ("diffusion_model.", "lora_unet."),
    ]

    /// A module's name with underscores, as kohya writes it, whatever the file has: all forms are compared so.
    private static func module(_ name: String) -> String {
        var name = name.replacingOccurrences(of: ".processor.", with: ".")
        if let (old, new) = beginnings.first(where: { name.hasPrefix($0.0) }) { name = new + name.dropFirst(old.count) }
        for (old, new) in [(".to_out", ".to_out.0")] where name.hasSuffix(old) { name = name.dropLast(old.count) + new }
        return name.replacingOccurrences(of: ".", with: "_")
    }

    /// Refuses an adapter of which something has no place.
    ///
    /// - Parameters:
    ///   - parts: the model's tensors, and how files call them.
    ///   - model: what the adapter has to be made for, for the message.
    /// - Throws: ``TextToImageError/adapter(file:reason:)``.
    func require(_ parts: [(names: LoRANames, weights: StateDict)], model: String) throws(TextToImageError) {
        var left = Set(pairs.keys)
        for part in parts {
            for name in part.weights.names {
                for place in part.names.places(of: name) { left.remove(place.key) }
            }
        }
        guard let lost = left.min() else { return }
        throw .adapter(
            file: path,
            reason:
                "\(left.count) of \(pairs.count) layers are not in this model, the first: \(pairs[lost]?.spelling ?? lost); give an "
                + "adapter that was made for \(model)")
    }

    /// Adds what the adapter has for one part of a model to its weights, which keep their type.
    ///
    /// - Throws: ``TextToImageError/weights(_:)`` for matrices that are missing, or whose shapes do not fit.
    func merge(into weights: inout StateDict, _ names: LoRANames) throws(TextToImageError) {
        for name in weights.names {
            // A file that has a module under two names changes it twice, as its two adapters.
            for place in names.places(of: name) {
                guard let pair = pairs[place.key] else { continue }
                do throws(CheckpointError) {
                    guard let weight = try weights.tensor(name) else { continue }
                    weights[name] = try merged(weight, pair, place.piece)
                } catch {
                    throw .weights(error)
                }
            }
        }
    }

    private func merged(_ weight: Tensor, _ pair: Pair, _ piece: WeightPiece) throws(CheckpointError) -> Tensor {
        guard let downName = pair.down, let upName = pair.up, let down = try state.tensor(downName),
            let up = try state.tensor(upName)
        else { throw .malformed(file: path, key: pair.spelling, reason: "one of its two matrices is missing") }
        var alpha: Float?
        if let name = pair.alpha { alpha = try state.tensor(name)?.converted(to: .float32).scalars.first }
        let rank = down.shape.first ?? 0
        let outputs = weight.shape[0]
        let inputs = weight.shape.elementCount / max(outputs, 1)
        let fits =
            rank > 0 && up.rank >= 2 && piece.count(up.shape[0]) == outputs && up.shape.elementCount == up.shape[0] * rank
            && down.shape.elementCount == rank * inputs
        guard fits else {
            throw .malformed(
                file: path, key: pair.spelling,
                reason: "matrices of shapes \(up.shape) and \(down.shape) do not make a weight of \(weight.shape)")
        }
        let rows = piece.rows(of: up.converted(to: .float32).reshaped(to: [up.shape[0], rank]))
        let product = rows.matmul(down.converted(to: .float32).reshaped(to: [rank, inputs]))
        let scale = alpha.map { $0 / Float(rank) } ?? scales.scale(of: pair.spelling, rank: rank)
        return weight.converted(to: .float32)
            .scaled(by: 1, adding: product.reshaped(to: weight.shape), scaledBy: strength * scale).converted(to: weight.dtype)
    }
}
