extension Shapes5i {
    /// A picture that shows a thing in the pixels of a given mask: the painter of the benchmark under a layout.
    ///
    /// Colours, light and ground are drawn anew. It stands in for a text-to-image network that a mask controls, knows where it painted,
    /// and can miss the layout on purpose (``drift``).
    public struct Redrawing: Sendable, Hashable {
        /// What the surface inside the mask shows.
        public enum Surface: Sendable, Hashable {
            /// The texture of a class, 1...20, laid out anew.
            case texture(classID: Int)
            /// The light and dark places of the photo under the mask, as soft as there.
            case tones
            /// The light and dark places of the photo under the mask, in two tones.
            case twoTones
        }

        /// What is painted inside.
        public var surface: Surface
        /// How far the painting leaves the mask, 0 for not at all: it is moved by up to this share of the thing's radius, and made larger or
        /// smaller by up to half of it.
        public var drift: Float

        /// A redrawing.
        ///
        /// - Precondition: a class is 1...20; `drift` is 0...2.
        public init(_ surface: Surface, drift: Float = 0) {
            if case .texture(let classID) = surface {
                precondition((1...Shapes5i.classCount).contains(classID), "Shapes5i: classes are 1...20, found \(classID)")
            }
            precondition((0...2).contains(drift), "Shapes5i: a redrawing's drift must be 0...2, found \(drift)")
            (self.surface, self.drift) = (surface, drift)
        }

        /// Paints it.
        ///
        /// - Parameters:
        ///   - photo: whose light and dark places are kept, where ``surface`` says so.
        ///   - mask: where the thing is, of the photo's size.
        ///   - seed: another seed is another picture.
        /// - Returns: the picture, and where the thing is in it: `mask`, unless it drifted.
        /// - Precondition: photo and mask have one size, sides of at most 8192.
        public func render(_ photo: RGBImage, mask: BinaryMask, seed: UInt64) -> (image: RGBImage, shown: BinaryMask) {
            precondition(
                photo.height == mask.height && photo.width == mask.width && max(photo.height, photo.width) <= 8192,
                "Shapes5i: a photo of \(photo.width)x\(photo.height) with a mask of \(mask.width)x\(mask.height)")
            guard let centre = mask.centre else { return (photo, mask) }
            var random = ShapeRandom(keys: [seed, 7])
            let radius = max(mask.reach(from: centre), 1)
            let move = random.direction() * (drift * radius * random.unit())
            let scale = 1 + drift * random.uniform(-0.5, 0.5)
            let shift = LayoutShift(centre: centre, move: move, scale: max(scale, 0.2))
            let shown = drift == 0 ? mask : mask.moved(by: shift)
            let layout = ShapeLayout(mask: shown, centre: centre + move, radius: radius * shift.scale)
            let tones = surface.tones(of: photo, mask, shift)
            return (layout.painted(surface, tones: tones, seed: seed, random: &random), shown)
        }
    }
}

extension Shapes5i.Redrawing.Surface {
    /// The brightness of the photo where a painted pixel comes from, 0 for its dark and 1 for its light places; nil for a new texture.
    fileprivate func tones(of photo: RGBImage, _ mask: BinaryMask, _ shift: LayoutShift) -> [Float]? {
        if case .texture = self { return nil }
        let lumas = (0..<(photo.height * photo.width)).map { pixel -> Float in
            let place = pixel * 3
            let warm = 0.299 * Float(photo.pixels[place]) + 0.587 * Float(photo.pixels[place + 1])
            return warm + 0.114 * Float(photo.pixels[place + 2])
        }
        let inside = mask.values.indices.filter { mask.values[$0] }.map { lumas[$0] }.sorted()
        guard let first = inside.first else { return lumas.map { _ in 0 } }
        let low = inside[inside.count / 10]
        let high = inside[inside.count - 1 - inside.count / 10]
        let span = max(high - low, max(first * 0.01, 1))
        return shift.sources(height: photo.height, width: photo.width).map { source in
            let tone = ShapeMath.clamp((lumas[source] - low) / span)
            return self == .twoTones ? (tone > 0.5 ? 1 : 0) : tone
        }
    }
}

/// How a painting leaves its mask, in pixels.
private struct LayoutShift {
    var centre: PlaneVector
    var move: PlaneVector
    var scale: Float

    /// For every pixel of a picture the one of the original that it shows, at the border the nearest.
    func sources(height: Int, width: Int) -> [Int] {
        var found: [Int] = []
        found.reserveCapacity(height * width)
        for row in 0..<height {
            for column in 0..<width {
                let place = PlaneVector(Float(column), Float(row)) - centre - move
                let source = centre + place * (1 / scale)
                let x = min(max(Int(source.x.rounded()), 0), width - 1)
                let y = min(max(Int(source.y.rounded()), 0), height - 1)
                found.append(y * width + x)
            }
        }
        return found
    }
}

extension BinaryMask {
    /// The mean position of the foreground in pixels; nil where there is none.
    fileprivate var centre: PlaneVector? {
        var (x, y, count) = (0, 0, 0)
        for (pixel, isInside) in values.enumerated() where isInside {
            x += pixel % width
            y += pixel / width
            count += 1
        }
        return count == 0 ? nil : PlaneVector(Float(x) / Float(count), Float(y) / Float(count))
    }

    /// How far the farthest pixel of the foreground is.
    fileprivate func reach(from centre: PlaneVector) -> Float {
        var farthest: Float = 0
        for (pixel, isInside) in values.enumerated() where isInside {
            farthest = max(farthest, (PlaneVector(Float(pixel % width), Float(pixel / width)) - centre).length)
        }
        return farthest
    }

    /// The mask as it is painted; what leaves the picture is cut off, and a mask of which nothing is left stays as it was.
    fileprivate func moved(by shift: LayoutShift) -> BinaryMask {
        var moved = shift.sources(height: height, width: width).map { values[$0] }
        // The nearest pixel repeats at the border: what would come from beyond it is ground.
        for pixel in moved.indices where moved[pixel] {
            let place = PlaneVector(Float(pixel % width), Float(pixel / width)) - shift.centre - shift.move
            let source = shift.centre + place * (1 / shift.scale)
            let isThere = (-0.5..<(Float(width) - 0.5)).contains(source.x) && (-0.5..<(Float(height) - 0.5)).contains(source.y)
            if !isThere { moved[pixel] = false }
        }
        return moved.contains(true) ? BinaryMask(height: height, width: width, values: moved) : self
    }
}
