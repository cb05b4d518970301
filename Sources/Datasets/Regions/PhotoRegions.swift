public import TensorCore

/// Two views of a photo, and regions that both of them show: tasks whose query and support have nothing in common but looks.
///
/// Three kinds of regions are drawn evenly, as far as the photo has them: a segment by colour, cut at the outlines of labelled objects, so
/// that it is stuff (sky, water) or a part of a thing (a sleeve); a single connected piece of a class; and all objects of two classes together.
/// What nobody can tell from a region by its looks does not count (void): segments of about the same colour, and other pieces of
/// the class.
public struct PhotoRegions: Sendable {
    /// The share of a view that a region has.
    public static let shares: ClosedRange<Float> = 0.01...0.9
    /// The scales of observation that segments are drawn with: parts at the lower end, whole walls and skies at the upper.
    public static let scales: ClosedRange<Float> = 150...600
    /// Segments whose mean colours are not further apart, in levels, look the same.
    static let sameColour: Float = 20
    private static let attemptsEach = 4

    /// The views; both show all regions.
    public let views: [PhotoView]
    /// The regions at the photo's size. More of them begin with the same ones.
    public let masks: [ClassMask]

    private enum Kind { case segment, piece, union }

    /// Draws views and regions.
    ///
    /// - Parameters:
    ///   - photo: the pixels.
    ///   - labels: the objects, of the photo's size.
    ///   - limit: how many regions are looked for; a photo may have fewer.
    ///   - random: where everything is drawn from.
    /// - Precondition: photo and labels have the same size.
    public init(of photo: RGBImage, labels: ClassMap, limit: Int, _ random: inout TorchRandom) {
        precondition(labels.height == photo.height && labels.width == photo.width, "PhotoRegions: labels of another size")
        let views = (0..<2).map { _ in PhotoView(ofHeight: photo.height, width: photo.width, &random) }
        let pieces = ClassRegions(labels)
        let classes = Set(pieces.regions.map(\.classID)).sorted()
        let kinds: [Kind] = [.segment] + (classes.isEmpty ? [] : [.piece]) + (classes.count > 1 ? [.union] : [])
        let source = RegionSource(photo: photo, labels: labels, views: views, pieces: pieces, classes: classes)
        var masks: [ClassMask] = []
        for _ in 0..<(limit * Self.attemptsEach) where masks.count < limit {
            let found =
                switch kinds[random.integer(below: kinds.count)] {
                case .segment: source.segment(&random)
                case .piece: source.piece(&random)
                case .union: source.union(&random)
                }
            if let found, !masks.contains(where: { $0.object == found.object }) { masks.append(found) }
        }
        (self.views, self.masks) = (views, masks)
    }

    /// A region in a view.
    public func mask(_ region: Int, inView view: Int) -> ClassMask { views[view].mask(of: masks[region]) }
}

/// Where regions come from. Nil stands for a drawn one that the views do not show well.
private struct RegionSource {
    var photo: RGBImage
    var labels: ClassMap
    var views: [PhotoView]
    var pieces: ClassRegions
    var classes: [Int]

    /// A segment, the same chance for each that both views show.
    func segment(_ random: inout TorchRandom) -> ClassMask? {
        let scales = PhotoRegions.scales
        let ratio = scales.upperBound / scales.lowerBound
        // The square prefers small scales, which parts need.
        let share = random.uniform()
        let segmentation = GraphSegmentation(scale: scales.lowerBound * (1 + (ratio - 1) * share * share))
        let segments = cut(segmentation.segments(of: photo))
        let shown = shown(of: segments)
        guard !shown.isEmpty else { return nil }
        let chosen = shown[random.integer(below: shown.count)]
        let alike = alike(chosen, in: segments)
        return mask(object: { segments.values[$0] == chosen }, void: { alike[Int(segments.values[$0])] })
    }

    /// A connected piece of a class; the class's other pieces are void.
    func piece(_ random: inout TorchRandom) -> ClassMask? {
        let chosen = random.integer(below: pieces.regions.count)
        let classID = Int32(pieces.regions[chosen].classID)
        return mask(object: { pieces.numbers[$0] == Int32(chosen) }, void: { labels.values[$0] == classID })
    }

    /// Everything of two classes.
    func union(_ random: inout TorchRandom) -> ClassMask? {
        let first = random.integer(below: classes.count)
        let other = random.integer(below: classes.count - 1)
        let second = other < first ? other : other + 1
        let both: Set = [Int32(classes[first]), Int32(classes[second])]
        return mask(object: { both.contains(labels.values[$0]) }, void: { _ in false })
    }

    /// Pixels that are void in the labels stay so; the object's own are not.
    private func mask(object: (Int) -> Bool, void: (Int) -> Bool) -> ClassMask? {
        let (height, width) = (photo.height, photo.width)
        let isVoid = labels.values.map { $0 == ClassMap.void }
        let values = isVoid.indices.map { !isVoid[$0] && object($0) }
        let mask = BinaryMask(height: height, width: width, values: values)
        guard views.allSatisfy({ $0.shows(mask, shares: PhotoRegions.shares) }) else { return nil }
        let uncounted = isVoid.indices.map { isVoid[$0] || (!values[$0] && void($0)) }
        guard uncounted.contains(true) else { return ClassMask(object: mask) }
        return ClassMask(object: mask, void: BinaryMask(height: height, width: width, values: uncounted))
    }

    private struct Cut: Hashable {
        var segment: Int32
        var label: Int32
    }

    private func cut(_ segments: SegmentMap) -> SegmentMap {
        let keys = segments.values.indices.map { Cut(segment: segments.values[$0], label: labels.values[$0]) }
        return SegmentMap(height: segments.height, width: segments.width, keys: keys)
    }

    /// The segments that both views show well, ascending; void pixels are none's.
    private func shown(of segments: SegmentMap) -> [Int32] {
        let count = segments.count
        let shares = views.map { view in
            var areas = [Int](repeating: 0, count: count)
            for row in view.y..<(view.y + view.height) {
                let start = row * segments.width + view.x
                for pixel in start..<(start + view.width) where labels.values[pixel] != ClassMap.void {
                    areas[Int(segments.values[pixel])] += 1
                }
            }
            return areas.map { Float($0) / Float(view.height * view.width) }
        }
        return (0..<count).filter { number in
            shares.allSatisfy { PhotoRegions.shares.contains($0[number]) }
        }.map { Int32($0) }
    }

    /// Which segments have about the colour of the chosen one.
    private func alike(_ chosen: Int32, in segments: SegmentMap) -> [Bool] {
        var sums = [Int](repeating: 0, count: segments.count * 3)
        var areas = [Int](repeating: 0, count: segments.count)
        for (pixel, segment) in segments.values.enumerated() {
            areas[Int(segment)] += 1
            for channel in 0..<3 { sums[Int(segment) * 3 + channel] += Int(photo.pixels[pixel * 3 + channel]) }
        }
        func mean(_ segment: Int, _ channel: Int) -> Float { Float(sums[segment * 3 + channel]) / Float(areas[segment]) }
        return areas.indices.map { segment in
            let squared = (0..<3).reduce(Float(0)) { sum, channel in
                let difference = mean(segment, channel) - mean(Int(chosen), channel)
                return sum + difference * difference
            }
            return squared <= PhotoRegions.sameColour * PhotoRegions.sameColour
        }
    }
}
