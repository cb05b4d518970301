extension Shapes5i {
    /// The outlines that the classes are made of.
    public enum Shape: String, Sendable, CaseIterable {
        case ring, star, cross, heart, arrow, triangle, crescent, flower
    }

    /// The surface patterns that the classes are made of.
    public enum Texture: String, Sendable, CaseIterable {
        case striped, dotted, checkered, netted, marbled, zigzag, rippled
    }

    /// What makes a class: its texture and its shape. Colours say nothing, they are drawn anew for every object.
    public struct Composition: Sendable, Hashable {
        /// The outline.
        public let shape: Shape
        /// The surface pattern.
        public let texture: Texture

        /// The class name, such as "striped ring".
        public var name: String { "\(texture.rawValue) \(shape.rawValue)" }
    }

    /// The compositions of classes 1...20, in order.
    ///
    /// Within a fold all shapes differ and all textures differ; every shape and every texture of a fold occurs in
    /// other folds too, in another combination. So no novel class can be recognised by its shape or its texture
    /// alone, and none needs a shape or a texture that the base classes never show.
    public static let compositions: [Composition] = [
        Composition(shape: .ring, texture: .striped),
        Composition(shape: .star, texture: .dotted),
        Composition(shape: .cross, texture: .checkered),
        Composition(shape: .heart, texture: .netted),
        Composition(shape: .arrow, texture: .marbled),

        Composition(shape: .ring, texture: .dotted),
        Composition(shape: .triangle, texture: .striped),
        Composition(shape: .star, texture: .zigzag),
        Composition(shape: .crescent, texture: .rippled),
        Composition(shape: .flower, texture: .checkered),

        Composition(shape: .cross, texture: .netted),
        Composition(shape: .crescent, texture: .marbled),
        Composition(shape: .heart, texture: .striped),
        Composition(shape: .arrow, texture: .zigzag),
        Composition(shape: .flower, texture: .dotted),

        Composition(shape: .ring, texture: .checkered),
        Composition(shape: .star, texture: .marbled),
        Composition(shape: .cross, texture: .rippled),
        Composition(shape: .triangle, texture: .zigzag),
        Composition(shape: .flower, texture: .netted),
    ]
}
