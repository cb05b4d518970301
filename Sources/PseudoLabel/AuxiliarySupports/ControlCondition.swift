public import Datasets
public import TensorCore

/// What a generator is told of a support's layout (DifFSS: semantic mask, scribble, soft HED boundary).
public enum ControlKind: String, Sendable, Hashable, Codable, CaseIterable {
    /// The mask in the colour of its class, on the colour of walls (``ADE20KColors``).
    case segmentation
    /// Lines along edges, white on black.
    case scribble
    /// Edges as strong as they are, white on black.
    case hed
}

/// Draws what a ControlNet is shown from any support's annotation.
///
/// Boxes, strokes and points are drawn as their pixels, as segmenters take them. The edges of the photo are found by ``edges``, and only
/// those at the thing are kept: its mask, made larger once by an ellipse of 14 pixels (ControlNet4FSS). Without an edge network the edge
/// is the outline of the mask, which needs no weights: it holds the layout, but nothing of what is inside.
public struct ControlCondition: Sendable {
    /// What is drawn.
    public let kind: ControlKind
    /// Finds edges; nil for outlines of masks.
    public let edges: (any EdgeDetector)?
    /// The shorter side of the picture; both are multiples of 64.
    public let side: Int

    /// A condition.
    ///
    /// - Precondition: `side` is 64...4096.
    public init(_ kind: ControlKind, edges: (any EdgeDetector)? = nil, side: Int = 512) {
        precondition((64...4096).contains(side), "ControlCondition: side must be 64...4096, found \(side)")
        (self.kind, self.edges, self.side) = (kind, edges, side)
    }

    /// Everything that decides the picture beside the support.
    public var identity: String {
        let source = kind == .segmentation ? "colours" : edges?.identity ?? "outline of the mask"
        return "control 1 \(kind.rawValue) by \(source) side \(side)"
    }

    /// The size of the picture for a photo: the shorter side brought to ``side``, both rounded to multiples of 64.
    public func size(height: Int, width: Int) -> Size2D {
        let scale = Double(side) / Double(min(height, width))
        func rounded(_ length: Int) -> Int {
            max(Int((Double(length) * scale / 64).rounded(.toNearestOrEven)) * 64, 64)
        }
        return Size2D(height: rounded(height), width: rounded(width))
    }

    /// The picture for a support.
    ///
    /// - Parameters:
    ///   - support: photo and annotation.
    ///   - className: whose colour the mask has.
    /// - Throws: `DatasetError` for an annotation without a pixel; what the edge network throws.
    public func picture(of support: Support, className: String) throws -> RGBImage {
        let photo = support.image
        let mask = try support.annotation.rasterised(height: photo.height, width: photo.width)
        return try picture(of: photo, mask: mask, className: className)
    }

    /// The picture for a photo with a mask of its size.
    public func picture(of photo: RGBImage, mask: BinaryMask, className: String) throws -> RGBImage {
        let size = size(height: photo.height, width: photo.width)
        let large = mask.resized(height: size.height, width: size.width)
        guard kind != .segmentation else { return colored(large, className) }
        let map = try strengths(photo, large, size)
        let levels = map.values.map { value in
            let level = UInt8(min(max(value, 0), 1) * 255)
            return kind == .scribble ? (level > 127 ? 255 : 0) : level
        }
        return RGBImage(height: size.height, width: size.width, pixels: levels.flatMap { [$0, $0, $0] })
    }

    private func colored(_ mask: BinaryMask, _ className: String) -> RGBImage {
        let inside = ADE20KColors.palette[ADE20KColors.index(ofClass: className)]
        let outside = ADE20KColors.palette[ADE20KColors.background]
        let pixels = mask.values.flatMap { isInside in
            let color = isInside ? inside : outside
            return [color.red, color.green, color.blue]
        }
        return RGBImage(height: mask.height, width: mask.width, pixels: pixels)
    }

    /// How strong the edges are, 0...1.
    private func strengths(_ photo: RGBImage, _ mask: BinaryMask, _ size: Size2D) throws -> ScalarMap {
        guard let edges else { return mask.softOutline(width: kind == .scribble ? 2 : 4) }
        let resized = photo.resized(height: size.height, width: size.width, filter: photo.filter(to: size))
        let found = try edges.edges(of: resized)
        guard found.height == size.height && found.width == size.width else {
            throw PseudoLabelError.refiner(
                edges.identity, found: "edges of \(found.width)x\(found.height)", expected: "\(size.width)x\(size.height)")
        }
        let near = mask.dilatedByEllipse()
        let kept = zip(found.values, near.values).map { $1 ? $0 : 0 }
        return ScalarMap(height: size.height, width: size.width, values: kept)
    }
}

extension RGBImage {
    /// Smaller pictures are averaged, larger ones interpolated.
    fileprivate func filter(to size: Size2D) -> ResizeFilter {
        min(size.height, size.width) < min(height, width) ? .bilinear : .bicubic
    }
}

extension BinaryMask {
    /// The mask made larger by OpenCV's ellipse of 14 pixels, once, as the release does it: seven pixels to the right and down, six to the
    /// left and up.
    func dilatedByEllipse() -> BinaryMask {
        let rows = (0..<14).map { row -> ClosedRange<Int> in
            let down = Double(row - 7)
            let reach = Int((49 - down * down).squareRoot().rounded(.toNearestOrEven))
            return max(7 - reach, 0)...min(7 + reach, 13)
        }
        var grown = [Bool](repeating: false, count: values.count)
        for (pixel, isInside) in values.enumerated() where isInside {
            let (x, y) = (pixel % width, pixel / width)
            for (row, columns) in rows.enumerated() {
                let line = y + 7 - row
                guard (0..<height).contains(line) else { continue }
                let first = max(x + 7 - columns.upperBound, 0)
                let last = min(x + 7 - columns.lowerBound, width - 1)
                guard first <= last else { continue }
                for column in first...last { grown[line * width + column] = true }
            }
        }
        return BinaryMask(height: height, width: width, values: grown)
    }

    /// 1 along the outline, falling to 0 over `width` pixels on both sides.
    func softOutline(width reach: Int) -> ScalarMap {
        var strengths = [Float](repeating: 0, count: values.count)
        for pixel in values.indices {
            let (x, y) = (pixel % width, pixel / width)
            let isEdge =
                (x + 1 < width && values[pixel] != values[pixel + 1])
                || (y + 1 < height && values[pixel] != values[pixel + width])
            guard isEdge else { continue }
            for line in max(y - reach, 0)...min(y + reach, height - 1) {
                for column in max(x - reach, 0)...min(x + reach, width - 1) {
                    let (right, down) = (Float(column - x), Float(line - y))
                    let strength = 1 - (right * right + down * down).squareRoot() / Float(reach + 1)
                    strengths[line * width + column] = max(strengths[line * width + column], strength)
                }
            }
        }
        return ScalarMap(height: height, width: width, values: strengths)
    }
}
