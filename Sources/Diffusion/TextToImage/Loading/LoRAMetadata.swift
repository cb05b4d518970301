internal import Foundation
internal import TensorCore

/// What diffusers writes into a LoRA file beside its tensors: the settings of PEFT, by part of the model. Without them, and without
/// `alpha` tensors, an adapter counts as it is.
struct LoRAMetadata: Sendable {
    /// PEFT's settings of one part.
    private struct Settings {
        var alpha: Float?
        var alphas: [String: Float] = [:]
        var usesRootOfRank = false
    }

    /// The entry of the file's metadata.
    private static let entry = "lora_adapter_metadata"
    /// By what the names of a part's modules begin with.
    private var parts: [String: Settings] = [:]

    /// - Throws: ``TextToImageError/adapter(file:reason:)`` for settings that change what an adapter does and are not supported.
    init(_ state: StateDict) throws(TextToImageError) {
        guard let text = state.metadata[Self.entry] else { return }
        func wrong(_ key: String, _ found: String, _ expected: String) -> TextToImageError {
            .adapter(file: state.source, reason: "metadata \(Self.entry), \"\(key)\": found \(found), expected \(expected)")
        }
        let tree: ConfigurationTree
        do throws(ConfigurationError) { tree = try ConfigurationTree(json: text, source: state.source) } catch {
            throw wrong(error.key, error.reason, "PEFT's settings as JSON")
        }
        guard case .object(let fields) = tree else { throw wrong("", tree.words, "an object") }
        func number(_ value: ConfigurationTree, _ key: String) throws(TextToImageError) -> Float {
            switch value {
            case .integer(let whole): return Float(whole)
            case .number(let number) where number.isFinite: return Float(number)
            default: throw wrong(key, value.words, "a number")
            }
        }
        for (key, value) in fields.sorted(by: { $0.key < $1.key }) {
            guard let dot = key.firstIndex(of: ".") else { continue }
            let part = String(key[...dot])
            switch key[key.index(after: dot)...] {
            case "lora_alpha": parts[part, default: Settings()].alpha = try number(value, key)
            case "alpha_pattern":
                guard case .object(let own) = value else { throw wrong(key, value.words, "alphas by module") }
                for (module, alpha) in own {
                    parts[part, default: Settings()].alphas[module] = try number(alpha, "\(key).\(module)")
                }
            case "use_rslora": parts[part, default: Settings()].usesRootOfRank = value == .bool(true)
            case "use_dora" where value == .bool(true): throw wrong(key, "true", "false, as DoRA is not supported")
            case "lora_bias" where value == .bool(true): throw wrong(key, "true", "false, as biases are not supported")
            // Everything else is about training, or stands in the tensors' shapes.
            default: continue
            }
        }
    }

    /// What the product for a module is multiplied by.
    ///
    /// - Parameters:
    ///   - module: as the file spells it, `transformer.transformer_blocks.0.attn.to_q`.
    ///   - rank: of its matrices.
    func scale(of module: String, rank: Int) -> Float {
        guard let dot = module.firstIndex(of: "."), let settings = parts[String(module[...dot])], let alpha = settings.alpha
        else { return 1 }
        let rest = module[module.index(after: dot)...]
        // PEFT takes a pattern for a module's name, or for its last parts.
        let pattern = settings.alphas.keys.filter { rest == $0 || rest.hasSuffix("." + $0) }.max { $0.count < $1.count }
        let own = pattern.flatMap { settings.alphas[$0] } ?? alpha
        return own / (settings.usesRootOfRank ? Float(rank).squareRoot() : Float(rank))
    }
}
