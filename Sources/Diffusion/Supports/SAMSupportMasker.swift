public import Datasets
public import SegModels
internal import TensorCore

/// Segment Anything as what makes masks of boxes, strokes and points.
///
/// Every box is a prompt of its own, and the masks are united. Points of one support are one prompt, and so are places along its
/// strokes. One point alone is ambiguous: of the three masks that SAM gives for it the one is taken whose predicted IoU is highest, as
/// its authors recommend; other prompts get the one mask that SAM gives for clear ones.
public struct SAMSupportMasker: SupportMasker {
    /// Places along each stroke that SAM is told, evenly spaced, both ends included.
    public static let placesOnStroke = 5

    /// The network.
    public let model: SegmentAnything
    public let identity: String

    /// A masker.
    ///
    /// - Parameter model: the network. Its identity is `SegmentAnything.weightsSHA256`.
    public init(_ model: SegmentAnything) {
        self.model = model
        identity = "sam \(model.weightsSHA256 ?? "of a program") \(model.precision) places \(Self.placesOnStroke)"
    }

    public func mask(of support: Support) throws -> BinaryMask {
        let photo = support.image
        let asked = try support.annotation.rasterised(height: photo.height, width: photo.width)
        let prompts = Self.prompts(support.annotation)
        guard !prompts.isEmpty else { return asked }
        let mask = withoutGradients { united(model.embed(photo), prompts, photo) }
        guard mask.area > 0 else {
            throw DatasetError(
                file: support.id, found: "no pixel that Segment Anything takes for the thing",
                expected: "a thing at the \(support.annotation.kind.rawValue) annotation",
                advice: "mark it with more points or a box, or draw a mask")
        }
        return mask
    }

    /// The pixels that are inside for any of the prompts. Masks are brought to the photo's size one by one.
    private func united(_ embedding: SAMEmbedding, _ prompts: [SAMPrompt], _ photo: RGBImage) -> BinaryMask {
        var values = [Bool](repeating: false, count: photo.height * photo.width)
        for prompt in prompts {
            let isAmbiguous = prompt.box == nil && prompt.points.count == 1
            let masks = model.masks(embedding, [prompt], multimask: isAmbiguous)
            let inside = ((isAmbiguous ? masks.surest() : masks).logits() .> 0).bytes
            for (pixel, value) in inside.enumerated() where value != 0 { values[pixel] = true }
        }
        return BinaryMask(height: photo.height, width: photo.width, values: values)
    }

    /// What SAM is asked; nothing for a mask or no annotation.
    static func prompts(_ annotation: Annotation) -> [SAMPrompt] {
        switch annotation {
        case .mask, .none: []
        case .boxes(let boxes):
            boxes.map { box in
                SAMPrompt(
                    box: SAMPrompt.Box(
                        left: Float(box.x0), top: Float(box.y0), right: Float(box.x1), bottom: Float(box.y1)))
            }
        case .points(let points): [SAMPrompt(points: points.map(place))]
        case .scribbles(let strokes):
            [SAMPrompt(points: strokes.flatMap { $0.places(placesOnStroke) }.map(place))]
        }
    }

    private static func place(_ point: Point) -> SAMPrompt.Point { SAMPrompt.Point(x: Float(point.x), y: Float(point.y)) }
}

extension SegmentAnything {
    /// Embeds a photo of any size, resized as the reference resizes it.
    public func embed(_ photo: RGBImage) -> SAMEmbedding {
        let frame = SAMFrame(
            original: Size2D(height: photo.height, width: photo.width), side: configuration.imageSize)
        let resized = photo.resized(height: frame.resized.height, width: frame.resized.width, filter: .bilinear)
        return embed(resized.tensor(), original: frame.original)
    }
}

extension Scribble {
    /// Evenly spaced places along the stroke, both ends included; a stroke of one point has one.
    func places(_ count: Int) -> [Point] {
        let lengths = zip(points, points.dropFirst()).map { $0.distance(to: $1) }
        let whole = lengths.reduce(0, +)
        guard whole > 0, count > 1 else { return Array(points.prefix(1)) }
        return (0..<count).map { place(at: whole * Double($0) / Double(count - 1), lengths) }
    }

    private func place(at length: Double, _ lengths: [Double]) -> Point {
        var rest = length
        for (index, part) in lengths.enumerated() {
            if rest <= part && part > 0 {
                let (start, end, share) = (points[index], points[index + 1], rest / part)
                return Point(x: start.x + (end.x - start.x) * share, y: start.y + (end.y - start.y) * share)
            }
            rest -= part
        }
        return points[points.count - 1]
    }
}

extension Point {
    fileprivate func distance(to other: Point) -> Double {
        let (right, down) = (other.x - x, other.y - y)
        return (right * right + down * down).squareRoot()
    }
}
