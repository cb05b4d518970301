/// A row of Syn4Seg's ablation: what novel classes are learned from.
public struct Syn4SegVariant: Codable, Hashable, Sendable {
    /// Where synthetic images come from.
    public enum Images: String, Codable, Hashable, Sendable {
        /// From prompts that say the class name alone.
        case classNames
        /// From the prompt bank (HDIG).
        case bank
        /// Images that are there: of a folder, or unlabelled photos of the dataset.
        case given
    }

    /// Synthetic images with labels.
    public struct Synthetic: Codable, Hashable, Sendable {
        /// The images.
        public var images: Images
        /// Whose labels are the first.
        public var labeller: LabellerChoice
        /// The stage whose labels are learned from.
        public var stage: PseudoLabelStage
    }

    /// The name of its folders and keys.
    public var id: String
    /// The name in tables.
    public var title: String
    /// Whether supports are learned from; without them novel classes are unknown.
    public var usesSupports: Bool
    /// Synthetic images beside; nil for none.
    public var synthetic: Synthetic?

    /// A variant.
    public init(id: String, title: String, usesSupports: Bool = true, synthetic: Synthetic? = nil) {
        (self.id, self.title, self.usesSupports, self.synthetic) = (id, title, usesSupports, synthetic)
    }

    /// Base classes alone.
    public static let base = Syn4SegVariant(id: "base", title: "base only", usesSupports: false)
    /// Supports beside base images.
    public static let supports = Syn4SegVariant(id: "supports", title: "+ support")

    /// The variants of the paper's ablation, in order.
    ///
    /// - Parameter ignoresPrompts: whether images are there and no prompt decides them; there are no prompts to compare then.
    public static func ablation(ignoresPrompts: Bool = false) -> [Syn4SegVariant] {
        let images = ignoresPrompts ? Images.given : .bank
        func row(_ id: String, _ title: String, _ images: Images, _ stage: PseudoLabelStage) -> Syn4SegVariant {
            Syn4SegVariant(id: id, title: title, synthetic: Synthetic(images: images, labeller: .network, stage: stage))
        }
        let plain = ignoresPrompts ? [] : [row("class-names", "+ synthetic, class-name prompts", .classNames, .initial)]
        return [base, supports] + plain + [
            row("initial", ignoresPrompts ? "+ given images" : "+ HDIG", images, .initial),
            row("filtered", "+ APF", images, .filtered), row("relabelled", "+ APR", images, .relabelled),
            row("refined", "+ SABR", images, .refined),
        ]
    }

    /// The whole way with another labeller.
    public static func labelled(by labeller: LabellerChoice, title: String, ignoresPrompts: Bool) -> [Syn4SegVariant] {
        [(PseudoLabelStage.initial, "its labels"), (.refined, "its labels, APE and SABR")].map { stage, words in
            Syn4SegVariant(
                id: "diffup-\(stage.rawValue)", title: "\(title): \(words)",
                synthetic: Synthetic(images: ignoresPrompts ? .given : .bank, labeller: labeller, stage: stage))
        }
    }
}
