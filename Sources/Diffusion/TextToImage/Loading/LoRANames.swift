internal import Foundation

/// How adapters call the modules of one part of a model.
struct LoRANames: Sendable {
    /// Where an adapter for a module may stand, and which of its rows are the module's.
    struct Place: Equatable {
        var key: String
        var piece: WeightPiece
    }

    /// What stands before the names of modules, which are written with underscores.
    private let prefixes: [String]
    /// What Hugging Face's names begin with in some versions only.
    private var optional: String?
    /// Modules that have other names in the original repository.
    private var originals: [String: Place] = [:]

    private init(_ prefixes: [String]) { self.prefixes = prefixes }

    /// A UNet under diffusers' names.
    static let unet = LoRANames(["lora_unet_", ""])

    /// The transformer of version 3 under diffusers' names. Kohya's files have the original repository's, as that is what they were
    /// trained on.
    static func transformer(depth: Int) -> LoRANames {
        var names = LoRANames(["lora_transformer_", ""])
        for layer in OriginalTransformerNames(depth: depth).layers {
            for (index, own) in layer.own.enumerated() {
                names.originals[own] = Place(key: "lora_unet_" + underscored(layer.original), piece: layer.piece(index))
            }
        }
        return names
    }

    /// A text encoder under Hugging Face's names: the first, the second or the third (T5).
    static func text(_ number: Int) -> LoRANames {
        var names = LoRANames(number == 1 ? ["lora_te_", "lora_te1_"] : ["lora_te\(number)_"])
        names.optional = "text_model."
        return names
    }

    /// The places of a tensor; none for one that is no weight.
    func places(of name: String) -> [Place] {
        guard name.hasSuffix(".weight") else { return [] }
        let module = String(name.dropLast(".weight".count))
        var spellings = [module]
        if let optional {
            let plain = module.hasPrefix(optional) ? String(module.dropFirst(optional.count)) : module
            spellings = [plain, optional + plain]
        }
        let places = prefixes.flatMap { prefix in
            spellings.map { Place(key: prefix + Self.underscored($0), piece: .whole) }
        }
        return places + [originals[module]].compactMap { $0 }
    }

    private static func underscored(_ name: String) -> String { name.replacingOccurrences(of: ".", with: "_") }
}
