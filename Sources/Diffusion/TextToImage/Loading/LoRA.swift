internal import Foundation
internal import TensorCore

/// A low-rank adapter (Hu et al. 2022): for some weights a product `up * down` that is added to them, scaled by `alpha / rank`.
///
/// Files of diffusers (of PEFT's names and of earlier ones) and of kohya's scripts are read. Every tensor of a file has to find its
/// weight, as half an adapter is another adapter.
struct LoRA {
    /// The parts for one weight.
    private struct Pair {
        var down: String?
        var up: String?
        var alpha: String?
    }

    private let state: StateDict
    private let path: String
    /// By the name of the module, as the file spells it.
    private var pairs: [String: Pair] = [:]

    init(_ state: StateDict) throws(TextToImageError) {
        self.state = state
        path = state.source
        for name in state.names {
            if name.hasSuffix(".alpha") {
                pairs[Self.module(String(name.dropLast(6))), default: Pair()].alpha = name
                continue
            }
            guard let (module, isDown) = Self.part(name) else {
                throw .adapter(
                    file: path,
                    reason:
                        "found the tensor \(name), expected a LoRA adapter's lora_down and lora_up (or lora_A and lora_B); other kinds "
                        + "of adapters are not supported")
            }
            if isDown {
                pairs[module, default: Pair()].down = name
            } else {
                pairs[module, default: Pair()].up = name
            }
        }
        guard !pairs.isEmpty else { throw .adapter(file: path, reason: "found no tensors, expected a LoRA adapter") }
    }

    /// Endings of names, and whether they are of the matrix that comes first.
    private static let endings: [(String, Bool)] = [
        (".lora_A.weight", true), (".lora_B.weight", false), (".lora_down.weight", true), (".lora_up.weight", false),
        (".lora.down.weight", true), (".lora.up.weight", false), ("_lora.down.weight", true), ("_lora.up.weight", false),
        (".lora_linear_layer.down.weight", true), (".lora_linear_layer.up.weight", false),
    ]

    private static func part(_ name: String) -> (module: String, isDown: Bool)? {
        for (ending, isDown) in endings where name.hasSuffix(ending) {
            return (module(String(name.dropLast(ending.count))), isDown)
        }
        return nil
    }

    /// A module's name with underscores, as kohya writes it, whatever the file has: both forms are compared so.
    private static func module(_ name: String) -> String {
        var name = name.replacingOccurrences(of: ".processor.", with: ".")
        for (old, new) in [("text_encoder.", "lora_te."), ("unet.", "lora_unet.")] where name.hasPrefix(old) {
            name = new + name.dropFirst(old.count)
        }
        for (old, new) in [(".to_out", ".to_out.0")] where name.hasSuffix(old) { name = name.dropLast(old.count) + new }
        return name.replacingOccurrences(of: ".", with: "_")
    }

    /// Adds the adapter to weights.
    ///
    /// - Parameters:
    ///   - unet: the UNet's tensors under diffusers' names.
    ///   - text: the text tower's under Hugging Face's.
    ///   - strength: what it is multiplied by.
    /// - Throws: ``TextToImageError/adapter(file:reason:)`` for tensors without a weight, and for shapes that do not fit.
    func merge(into unet: inout StateDict, _ text: inout StateDict, strength: Float) throws(TextToImageError) {
        var left = pairs
        try merge(into: &unet, prefix: "lora_unet_", strength, &left)
        try merge(into: &text, prefix: "lora_te_", strength, &left)
        if !left.isEmpty { try merge(into: &unet, prefix: "", strength, &left) }
        guard let lost = left.keys.min() else { return }
        throw .adapter(
            file: path,
            reason:
                "\(left.count) of \(pairs.count) layers are not in this model, the first: \(lost); give an adapter that was made for "
                + "Stable Diffusion 1")
    }

    private func merge(
        into weights: inout StateDict, prefix: String, _ strength: Float, _ left: inout [String: Pair]
    ) throws(TextToImageError) {
        for name in weights.names where name.hasSuffix(".weight") {
            let module = name.dropLast(7).replacingOccurrences(of: ".", with: "_")
            let plain = module.hasPrefix("text_model_") ? String(module.dropFirst(11)) : module
            guard let key = [prefix + module, prefix + plain].first(where: { left[$0] != nil }), let pair = left[key]
            else { continue }
            left[key] = nil
            do throws(CheckpointError) {
                guard let weight = try weights.tensor(name) else { continue }
                weights[name] = try merged(weight, pair, key, strength)
            } catch {
                throw .weights(error)
            }
        }
    }

    private func merged(
        _ weight: Tensor, _ pair: Pair, _ key: String, _ strength: Float
    ) throws(CheckpointError) -> Tensor {
        guard let downName = pair.down, let upName = pair.up, let down = try state.tensor(downName),
            let up = try state.tensor(upName)
        else { throw .malformed(file: path, key: key, reason: "one of its two matrices is missing") }
        var alpha: Float?
        if let name = pair.alpha { alpha = try state.tensor(name)?.converted(to: .float32).scalars.first }
        let rank = down.shape.first ?? 0
        let outputs = weight.shape[0]
        let inputs = weight.shape.elementCount / max(outputs, 1)
        let fits =
            rank > 0 && up.rank >= 2 && up.shape[0] == outputs && up.shape.elementCount == outputs * rank
            && down.shape.elementCount == rank * inputs
        guard fits else {
            throw .malformed(
                file: path, key: key,
                reason: "matrices of shapes \(up.shape) and \(down.shape) do not make a weight of \(weight.shape)")
        }
        let product = up.converted(to: .float32).reshaped(to: [outputs, rank])
            .matmul(down.converted(to: .float32).reshaped(to: [rank, inputs]))
        let factor = strength * (alpha ?? Float(rank)) / Float(rank)
        return weight.converted(to: .float32).scaled(by: 1, adding: product.reshaped(to: weight.shape), scaledBy: factor)
    }
}
