/// Makes a weak annotation from a mask, as somebody might draw it.
///
/// A new one lives in any package; registered under a name it is found by commands and configurations:
///
/// ```swift
/// AnnotationRule.register("box-loose") { parameter in LooseBox(margin: parameter.flatMap { Int($0) } ?? 10) }
/// ```
public protocol AnnotationMaker: Sendable {
    /// The kind of annotation that it makes.
    var kind: AnnotationKind { get }
    /// Whether the segmenter may read the class's name beside. By default not.
    var givesText: Bool { get }
    /// Whether supports are shown at all. By default they are; without them the class's name is all there is.
    var showsSupports: Bool { get }
    /// Makes the annotation of one support.
    ///
    /// - Parameters:
    ///   - mask: the whole object, one pixel at least.
    ///   - seed: drives what is drawn at random; the same mask and seed give the same annotation.
    /// - Throws: ``DatasetError`` for a mask that leaves nothing to annotate.
    func annotation(for mask: BinaryMask, seed: UInt64) throws(DatasetError) -> Annotation
}

extension AnnotationMaker {
    public var givesText: Bool { false }
    public var showsSupports: Bool { true }
}

/// The mask itself.
struct WholeMask: AnnotationMaker {
    var kind: AnnotationKind { .mask }

    func annotation(for mask: BinaryMask, seed: UInt64) -> Annotation { .mask(mask) }
}

/// Filled boxes.
struct BoxAnnotation: AnnotationMaker {
    enum Choice: Sendable {
        /// One for each connected region.
        case regions
        /// One around everything.
        case whole
        /// One around the largest region, the first of equals.
        case largest
    }

    var choice: Choice
    var kind: AnnotationKind { .box }

    func annotation(for mask: BinaryMask, seed: UInt64) -> Annotation {
        switch choice {
        case .whole: return .boxes(mask.boundingBox.map { [$0] } ?? [])
        case .regions: return .boxes(mask.regions().map(\.box))
        case .largest:
            // The first of equals, so that the choice does not depend on the sort.
            let regions = mask.regions()
            let most = regions.map(\.pixels.count).max() ?? 0
            return .boxes(regions.filter { $0.pixels.count == most }.prefix(1).map(\.box))
        }
    }
}

/// One stroke through each region.
struct RobotAnnotation: AnnotationMaker {
    var kind: AnnotationKind { .scribble }

    func annotation(for mask: BinaryMask, seed: UInt64) -> Annotation {
        .scribbles(ScribbleRobot(seed: seed).scribbles(on: mask))
    }
}

/// Strokes of a brush.
struct BrushAnnotation: AnnotationMaker {
    var kind: AnnotationKind { .scribble }

    func annotation(for mask: BinaryMask, seed: UInt64) -> Annotation {
        .scribbles(ScribbleBrush(seed: seed).scribbles(on: mask))
    }
}

/// Nothing, or the class's name alone.
struct NoAnnotation: AnnotationMaker {
    var givesText: Bool
    var showsSupports = true
    var kind: AnnotationKind { .none }

    func annotation(for mask: BinaryMask, seed: UInt64) -> Annotation { .none }
}
