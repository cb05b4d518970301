internal import TensorCore

/// How weak annotations are made from a mask, for evaluation and training, by name.
///
/// Papers rarely say how their boxes and scribbles came about, although results depend on it; here the rule and its
/// seed are recorded with every result. Some rules take a number behind a hyphen: `point-5`, `mask-dilated-12`.
public struct AnnotationRule: RawRepresentable, CaseIterable, Sendable, Hashable, Codable {
    /// Makes the rule with the text behind its name; nil for no text. It answers nil for a text that it cannot read.
    public typealias Factory = @Sendable (_ parameter: String?) -> (any AnnotationMaker)?

    /// The name, with what stands behind it.
    public let rawValue: String

    /// The mask itself.
    public static let mask = AnnotationRule(known: "mask")
    /// One filled box for each connected region (BAM's rule; the default for boxes).
    public static let box = AnnotationRule(known: "box")
    /// One box around all pixels of the class.
    public static let boxWhole = AnnotationRule(known: "box-whole")
    /// One box around the largest connected region (PANet's rule).
    public static let boxLargest = AnnotationRule(known: "box-largest")
    /// One stroke through each connected region, see ``ScribbleRobot``.
    public static let scribble = AnnotationRule(known: "scribble")
    /// Up to twenty curved strokes, see ``ScribbleBrush``.
    public static let scribbleBrush = AnnotationRule(known: "scribble-brush")
    /// Up to 20 random pixels of the class; `point-5` draws up to five.
    public static let point = AnnotationRule(known: "point")
    /// No annotation.
    public static let none = AnnotationRule(known: "none")
    /// No annotation, but the class's name, which the episode's text gives.
    public static let noneNamed = AnnotationRule(known: "none-named")
    /// No support: the class's name, which the episode's text gives, is all there is.
    public static let word = AnnotationRule(known: "word")
    /// The mask and all pixels up to 5 away from it; `mask-dilated-12` says how far.
    public static let maskDilated = AnnotationRule(known: "mask-dilated")
    /// The mask without the pixels up to 5 away from its border; `mask-eroded-12` says how far. What is thinner keeps its innermost pixels.
    public static let maskEroded = AnnotationRule(known: "mask-eroded")
    /// The mask moved by 5 pixels to a random side, or in both coordinates to a corner; `mask-shifted-12` says how far.
    public static let maskShifted = AnnotationRule(known: "mask-shifted")

    /// The most points that ``point`` draws.
    public static let maximumPointCount = 20
    /// How far ``maskDilated``, ``maskEroded`` and ``maskShifted`` go, in pixels of the image.
    public static let defaultInaccuracy = 5

    private static let registry = Registry<Factory>(
        "annotation rule",
        [
            "mask": plain(WholeMask()), "box": plain(BoxAnnotation(choice: .regions)),
            "box-whole": plain(BoxAnnotation(choice: .whole)), "box-largest": plain(BoxAnnotation(choice: .largest)),
            "scribble": plain(RobotAnnotation()), "scribble-brush": plain(BrushAnnotation()), "point": { PointAnnotation($0) },
            "none": plain(NoAnnotation(givesText: false)), "none-named": plain(NoAnnotation(givesText: true)),
            "word": plain(NoAnnotation(givesText: true, showsSupports: false)),
            "mask-dilated": { InaccurateMask(.dilated, $0) }, "mask-eroded": { InaccurateMask(.eroded, $0) },
            "mask-shifted": { InaccurateMask(.shifted, $0) },
        ])

    private static func plain(_ maker: some AnnotationMaker) -> Factory { { $0 == nil ? maker : nil } }

    private init(known name: String) { rawValue = name }

    /// Reads a registered name, alone or with a parameter behind a hyphen; nil for anything else.
    public init?(rawValue: String) {
        guard Self.maker(rawValue) != nil else { return nil }
        self.rawValue = rawValue
    }

    /// Registers a rule, in place of one that has the name.
    ///
    /// Stores of features know a rule by its name: one that makes other annotations than before needs another.
    ///
    /// - Returns: the rule without a parameter; nil where it needs one.
    @discardableResult
    public static func register(_ name: String, _ factory: @escaping Factory) -> AnnotationRule? {
        registry.register(name, factory)
        return AnnotationRule(rawValue: name)
    }

    /// The registered names.
    public static var names: [String] { registry.names }

    /// Every registered rule that needs no parameter.
    public static var allCases: [AnnotationRule] { names.compactMap { AnnotationRule(rawValue: $0) } }

    /// What makes the annotations of a text: of a name, or of the longest name that it begins with.
    private static func maker(_ text: String) -> (any AnnotationMaker)? {
        if let factory = try? registry.member(named: text) { return factory(nil) }
        let family = names.filter { text.hasPrefix($0 + "-") }.max { $0.count < $1.count }
        guard let family, let factory = try? registry.member(named: family) else { return nil }
        return factory(String(text.dropFirst(family.count + 1)))
    }

    /// The kind of annotation that the rule makes.
    public var kind: AnnotationKind { Self.maker(rawValue)?.kind ?? .mask }

    /// Whether the segmenter may read the class's name.
    public var givesText: Bool { Self.maker(rawValue)?.givesText ?? false }

    /// Whether supports are shown at all; without them the class's name is all there is.
    public var showsSupports: Bool { Self.maker(rawValue)?.showsSupports ?? true }

    /// Makes the annotation of one support.
    ///
    /// - Parameters:
    ///   - mask: the whole object.
    ///   - seed: drives what is drawn at random; the same mask and seed give the same annotation.
    /// - Throws: ``DatasetError`` when the mask is empty, and when an inaccurate one leaves the picture.
    public func annotation(for mask: BinaryMask, seed: UInt64) throws(DatasetError) -> Annotation {
        guard mask.values.contains(true) else {
            throw DatasetError(
                file: "mask", found: "no pixel of the class", expected: "at least one pixel of the class",
                advice: "choose a support that shows the class")
        }
        guard let maker = Self.maker(rawValue) else {
            throw DatasetError(
                file: "annotation rule", found: "\(rawValue), which was registered anew and does not take its number",
                expected: "one of \(Self.names.joined(separator: ", "))", advice: "register it under another name")
        }
        return try maker.annotation(for: mask, seed: seed)
    }

    /// A whole number as it is written, without a sign or leading zeros, so that one rule has one name.
    static func number(_ text: String) -> Int? { Int(text).flatMap { String($0) == text ? $0 : nil } }

    /// The seed of one support's annotation: it depends on the run's seed, the image and the class, and not on the
    /// order in which supports are met.
    public static func seed(_ seed: UInt64, image: String, classID: Int) -> UInt64 {
        SHA256.digestPrefix("\(seed) \(image) \(classID)")
    }
}

extension SHA256 {
    /// The first 32 bits of the digest of a text.
    static func digestPrefix(_ text: String) -> UInt64 {
        var hash = SHA256()
        hash.update(Array(text.utf8))
        return hash.digest().prefix(4).reduce(0) { $0 << 8 | UInt64($1) }
    }
}
