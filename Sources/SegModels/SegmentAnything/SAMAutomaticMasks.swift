public import TensorCore

/// A mask that was found without being asked for.
public struct SAMAutomaticMask: Sendable, Hashable {
    /// The pixels, in the photo's size.
    public var mask: SAMRunLengths
    /// The box from the mask's first pixel to its last.
    public var box: SAMPrompt.Box
    /// The IoU that the network predicts.
    public let quality: Float
    /// The IoU of the masks at a higher and a lower threshold.
    public let stability: Float
    /// The point that the network was asked for.
    public let point: SAMPrompt.Point
    /// The part of the photo that the network saw; the right and lower edges are beyond its last pixels.
    public let crop: SAMPrompt.Box

    /// Pixels of the mask.
    public var area: Int { mask.area }
}

/// Masks of everything in a photo: the network is asked for a grid of points, and what it is sure of is kept once (Kirillov et al. 2023,
/// appendix B). Names of other software are those of the reference, `SamAutomaticMaskGenerator`, whose values are the defaults.
public struct SAMAutomaticMasks: Hashable, RangedConfiguration {
    /// Points along a side of the grid (`points_per_side`).
    public var pointsPerSide = 32
    /// Points that are decoded together (`points_per_batch`).
    public var pointsPerBatch = 64
    /// The predicted IoU that a mask has to be above; 0 keeps all (`pred_iou_thresh`).
    public var minimumQuality: Float = 0.88
    /// The stability that a mask has to have; 0 keeps all (`stability_score_thresh`).
    public var minimumStability: Float = 0.95
    /// By how much the logits' threshold moves for stability (`stability_score_offset`).
    public var stabilityOffset: Float = 1
    /// The IoU of boxes above which the less sure mask is a duplicate (`box_nms_thresh`).
    public var duplicateOverlap: Float = 0.7
    /// Layers of crops that are searched beside the photo, the first of 2x2 crops, the next of 4x4 (`crop_n_layers`).
    public var cropLayers = 0
    /// The IoU of boxes above which the mask of the larger crop is a duplicate (`crop_nms_thresh`).
    public var cropDuplicateOverlap: Float = 0.7
    /// What crops of the first layer share, as a part of the photo's short side; in further layers half of it each
    /// (`crop_overlap_ratio`).
    public var cropSharedPart = 512.0 / 1500
    /// What the points along a side are divided by from layer to layer (`crop_n_points_downscale_factor`).
    public var cropPointDivisor = 1
    /// Holes and islands of fewer pixels are mended; 0 leaves masks as they are (`min_mask_region_area`).
    public var minimumRegionArea = 0

    public static let ranges: ConfigurationRanges = [
        "pointsPerSide": .whole(1...1024), "pointsPerBatch": .whole(1...65536), "minimumQuality": .real(0...1),
        "minimumStability": .real(0...1), "stabilityOffset": .real(0...100), "duplicateOverlap": .real(0...1),
        "cropLayers": .whole(0...6), "cropDuplicateOverlap": .real(0...1), "cropSharedPart": .real(0..<1),
        "cropPointDivisor": .whole(1...1024), "minimumRegionArea": .whole(0...Int(Int32.max)),
    ]

    /// The defaults.
    public init() {}

    public func validateRelations(source: String) throws(ConfigurationError) {
        for layer in 0...cropLayers where points(inLayer: layer) == 0 {
            throw ConfigurationError(
                source: source, key: "cropPointDivisor",
                reason: "\(cropPointDivisor) leaves layer \(layer) none of \(pointsPerSide) points a side, expected a smaller one"
            )
        }
    }

    /// The masks of a photo, the surest first; with crops those of smaller crops first.
    ///
    /// - Parameters:
    ///   - photo: `[H, W, 3]`, 0 to 255, any type.
    ///   - model: the network.
    /// - Throws: `ConfigurationError` for a number out of its range.
    public func callAsFunction(_ photo: Tensor, by model: SegmentAnything) throws(ConfigurationError) -> [SAMAutomaticMask] {
        precondition(photo.rank == 3 && photo.shape[2] == 3, "SAMAutomaticMasks: a photo \(photo.shape), expected [H, W, 3]")
        try validate(source: "SAMAutomaticMasks")
        let crops = SAMCrop.all(
            of: Size2D(height: photo.shape[0], width: photo.shape[1]), layers: cropLayers, shared: cropSharedPart)
        return withoutGradients {
            var found = crops.flatMap { masks(of: $0, photo, model) }
            if crops.count > 1 {
                let scores = found.map { 1 / $0.crop.area }
                found = SAMPrompt.Box.suppressed(found.map(\.box), scores: scores, overlap: cropDuplicateOverlap).map {
                    found[$0]
                }
            }
            return minimumRegionArea > 0 ? cleaned(found) : found
        }
    }

    /// Points along a side.
    private func points(inLayer layer: Int) -> Int {
        (0..<layer).reduce(pointsPerSide) { count, _ in count / cropPointDivisor }
    }

    /// The grid of a crop, in its pixels.
    private func grid(_ crop: SAMCrop) -> [SAMPrompt.Point] {
        let count = points(inLayer: crop.layer)
        let places = (0..<count).map { (Double($0) + 0.5) / Double(count) }
        return places.flatMap { y in
            places.map { SAMPrompt.Point(x: Float($0 * Double(crop.width)), y: Float(y * Double(crop.height))) }
        }
    }

    /// The masks of one crop without duplicates, in the photo's frame.
    private func masks(of crop: SAMCrop, _ photo: Tensor, _ model: SegmentAnything) -> [SAMAutomaticMask] {
        let pixels = photo.sliced(axis: 0, from: crop.y, count: crop.height).sliced(axis: 1, from: crop.x, count: crop.width)
        let embedding = model.embed(photo: pixels)
        let points = grid(crop)
        var found: [SAMAutomaticMask] = []
        for start in stride(from: 0, to: points.count, by: pointsPerBatch) {
            let batch = Array(points[start..<min(start + pointsPerBatch, points.count)])
            let masks = model.masks(embedding, batch.map { SAMPrompt(points: [$0]) }, multimask: true)
            let qualities = masks.qualities.scalars
            let each = qualities.count / batch.count
            for (place, quality) in qualities.enumerated() where minimumQuality == 0 || quality > minimumQuality {
                let (row, column) = (place / each, place % each)
                // One by one: the masks of a batch in the photo's size would fill the memory.
                let logits = masks.logits(prompt: row, mask: column)
                guard let mask = candidate(logits, crop, photo, quality: quality, batch[row]) else { continue }
                found.append(mask)
            }
        }
        return SAMPrompt.Box.suppressed(found.map(\.box), scores: found.map(\.quality), overlap: duplicateOverlap).map {
            found[$0]
        }
    }

    /// A mask, unless it is unstable or cut off by the crop.
    private func candidate(
        _ logits: [Float], _ crop: SAMCrop, _ photo: Tensor, quality: Float, _ point: SAMPrompt.Point
    ) -> SAMAutomaticMask? {
        let stability = Float(logits.count { $0 > stabilityOffset }) / Float(logits.count { $0 > -stabilityOffset })
        guard minimumStability == 0 || stability >= minimumStability else { return nil }
        let grid = SAMMaskGrid(height: crop.height, width: crop.width, values: logits.map { $0 > 0 })
        let box = grid.box.moved(x: Float(crop.x), y: Float(crop.y))
        let (height, width) = (photo.shape[0], photo.shape[1])
        guard !crop.cuts(box, photo: Size2D(height: height, width: width)) else { return nil }
        let whole = grid.placed(x: crop.x, y: crop.y, height: height, width: width)
        return SAMAutomaticMask(
            mask: SAMRunLengths(height: height, width: width, mask: whole.values), box: box, quality: quality,
            stability: stability,
            point: SAMPrompt.Point(x: point.x + Float(crop.x), y: point.y + Float(crop.y)), crop: crop.box)
    }

    /// Without small holes and islands. Of what are duplicates then, masks that were left as they are stay first.
    private func cleaned(_ masks: [SAMAutomaticMask]) -> [SAMAutomaticMask] {
        var scores: [Float] = []
        let mended = masks.map { mask in
            var grid = SAMMaskGrid(height: mask.mask.height, width: mask.mask.width, values: mask.mask.mask)
            let isChanged = grid.clean(area: minimumRegionArea)
            scores.append(isChanged ? 0 : 1)
            var result = mask
            result.box = grid.box
            if isChanged { result.mask = SAMRunLengths(height: grid.height, width: grid.width, mask: grid.values) }
            return result
        }
        let overlap = max(duplicateOverlap, cropDuplicateOverlap)
        return SAMPrompt.Box.suppressed(mended.map(\.box), scores: scores, overlap: overlap).map { mended[$0] }
    }
}
