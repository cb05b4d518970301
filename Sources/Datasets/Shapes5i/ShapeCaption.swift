extension Shapes5i {
    /// A phrase about things, and what it is true of: those of a texture, of a shape, of both, or the ground.
    ///
    /// A class's name is its texture and its shape, and both words are said of other things, too: of "a striped ring" "something striped"
    /// and "a ring" are true as well. So a text tower that has met the words of a novel name in others can read it.
    public struct Caption: Sendable, Hashable {
        /// The texture that is named, if any.
        public var texture: Texture?
        /// The shape that is named, if any.
        public var shape: Shape?

        /// Names a texture, a shape or both; neither is the ground.
        public init(texture: Texture? = nil, shape: Shape? = nil) { (self.texture, self.shape) = (texture, shape) }

        /// "a striped ring", "something striped", "a ring", "the ground".
        public var phrase: String {
            switch (texture, shape) {
            case (let texture?, let shape?): "a \(texture.rawValue) \(shape.rawValue)"
            case (let texture?, nil): "something \(texture.rawValue)"
            case (nil, let shape?): "a \(shape.rawValue)"
            case (nil, nil): "the ground"
            }
        }

        /// Whether it is true of a thing; nil for the ground.
        public func isTrue(of thing: Composition?) -> Bool {
            guard let thing else { return texture == nil && shape == nil }
            guard texture != nil || shape != nil else { return false }
            return (texture ?? thing.texture) == thing.texture && (shape ?? thing.shape) == thing.shape
        }
    }

    /// All things that textures and shapes make, whether they are classes or not, but for some classes.
    ///
    /// - Parameter classIDs: the classes that are left out.
    /// - Precondition: classes are 1...20.
    public static func things(without classIDs: some Sequence<Int>) -> [Composition] {
        let left = Set(classIDs.map { compositions[$0 - 1] })
        return Texture.allCases.flatMap { texture in Shape.allCases.map { Composition(shape: $0, texture: texture) } }
            .filter { !left.contains($0) }
    }

    /// What can be said of things: their names, each texture and each shape alone, and what is said of the ground.
    public static func captions(of things: [Composition]) -> [Caption] {
        things.map { Caption(texture: $0.texture, shape: $0.shape) } + Texture.allCases.map { Caption(texture: $0) }
            + Shape.allCases.map { Caption(shape: $0) } + [Caption()]
    }

    /// What may stand before a phrase.
    public static let captionOpenings = ["a photo of ", "a picture of ", ""]
    /// What may stand behind a phrase.
    public static let captionEndings = ["", "."]

    /// Every word of captions, each once.
    public static var captionWords: [String] {
        let phrases = captions(of: things(without: [])).map(\.phrase) + captionOpenings
        let words = phrases.flatMap { $0.split(separator: " ").map(String.init) } + ["."]
        return words.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }
}
