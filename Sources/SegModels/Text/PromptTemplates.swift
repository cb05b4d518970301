/// How names become sentences, such as "a photo of a {}.": CLIP was trained with sentences, and a name alone is a poor one.
///
/// The vectors of a name's sentences, each at length one, are averaged (prompt ensembling).
public struct PromptTemplates: Sendable, Hashable, Codable {
    /// The place of the name in a template.
    public static let place = "{}"

    /// The sentences, each with one ``place``.
    public let templates: [String]

    /// Takes templates of your own.
    ///
    /// - Throws: ``TextEncoderError/template(_:reason:)`` for none, and for one that has not exactly one ``place``.
    public init(_ templates: [String]) throws(TextEncoderError) {
        for template in templates where template.split(separator: Self.place, omittingEmptySubsequences: false).count != 2 {
            throw .template(template, reason: "expected exactly one \(Self.place), where the name goes")
        }
        guard !templates.isEmpty else { throw .template("", reason: "expected at least one template, found none") }
        self.templates = templates
    }

    private init(checked templates: [String]) { self.templates = templates }

    public init(from decoder: any Decoder) throws {
        try self.init(decoder.singleValueContainer().decode([String].self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(templates)
    }

    /// The sentences of a name.
    public func sentences(of name: String) -> [String] {
        templates.map { $0.replacing(Self.place, with: name, maxReplacements: 1) }
    }

    /// The name alone.
    public static let name = PromptTemplates(checked: ["{}"])
    /// "a photo of a {}.", what most papers on few-shot segmentation use.
    public static let photo = PromptTemplates(checked: ["a photo of a {}."])
    /// The 80 of CLIP's evaluation on ImageNet.
    public static let imageNet = PromptTemplates(checked: [
        "a bad photo of a {}.",
        "a photo of many {}.",
        "a sculpture of a {}.",
        "a photo of the hard to see {}.",
        "a low resolution photo of the {}.",
        "a rendering of a {}.",
        "graffiti of a {}.",
        "a bad photo of the {}.",
        "a cropped photo of the {}.",
        "a tattoo of a {}.",
        "the embroidered {}.",
        "a photo of a hard to see {}.",
        "a bright photo of a {}.",
        "a photo of a clean {}.",
        "a photo of a dirty {}.",
        "a dark photo of the {}.",
        "a drawing of a {}.",
        "a photo of my {}.",
        "the plastic {}.",
        "a photo of the cool {}.",
        "a close-up photo of a {}.",
        "a black and white photo of the {}.",
        "a painting of the {}.",
        "a painting of a {}.",
        "a pixelated photo of the {}.",
        "a sculpture of the {}.",
        "a bright photo of the {}.",
        "a cropped photo of a {}.",
        "a plastic {}.",
        "a photo of the dirty {}.",
        "a jpeg corrupted photo of a {}.",
        "a blurry photo of the {}.",
        "a photo of the {}.",
        "a good photo of the {}.",
        "a rendering of the {}.",
        "a {} in a video game.",
        "a photo of one {}.",
        "a doodle of a {}.",
        "a close-up photo of the {}.",
        "a photo of a {}.",
        "the origami {}.",
        "the {} in a video game.",
        "a sketch of a {}.",
        "a doodle of the {}.",
        "a origami {}.",
        "a low resolution photo of a {}.",
        "the toy {}.",
        "a rendition of the {}.",
        "a photo of the clean {}.",
        "a photo of a large {}.",
        "a rendition of a {}.",
        "a photo of a nice {}.",
        "a photo of a weird {}.",
        "a blurry photo of a {}.",
        "a cartoon {}.",
        "art of a {}.",
        "a sketch of the {}.",
        "a embroidered {}.",
        "a pixelated photo of a {}.",
        "itap of the {}.",
        "a jpeg corrupted photo of the {}.",
        "a good photo of a {}.",
        "a plushie {}.",
        "a photo of the nice {}.",
        "a photo of the small {}.",
        "a photo of the weird {}.",
        "the cartoon {}.",
        "art of the {}.",
        "a drawing of the {}.",
        "a photo of the large {}.",
        "a black and white photo of a {}.",
        "the plushie {}.",
        "a dark photo of a {}.",
        "itap of a {}.",
        "graffiti of the {}.",
        "a toy {}.",
        "itap of my {}.",
        "a photo of a cool {}.",
        "a photo of a small {}.",
        "a tattoo of the {}.",
    ])
}
