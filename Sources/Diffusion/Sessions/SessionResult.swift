public import Datasets

/// What a model found in one photo of a session.
public struct SessionResult: Codable, Sendable, Hashable {
    /// A map of a few shades, row by row, in base64.
    public struct Shades: Codable, Sendable, Hashable {
        /// Rows.
        public var height: Int
        /// Columns.
        public var width: Int
        /// A byte a cell, 0 the least and 255 the most, in base64.
        public var values: String
    }

    /// Rows of the mask.
    public var height: Int
    /// Columns of the mask.
    public var width: Int
    /// Lengths of runs down the columns, background first (COCO's uncompressed RLE).
    public var mask: [Int]
    /// How alike every place is to what was marked, before the decoder draws the mask.
    public var prior: Shades?
    /// How sure the model is that the thing is in the photo, 0...1 (`PresenceScore.standard`).
    public var presence: Float
    /// The share of the photo that is the thing, 0...1.
    public var share: Double
    /// The name of the model.
    public var model: String
    /// Milliseconds that it took, without waiting.
    public var milliseconds: Double
    /// The session's count of changes to marks and model when it was made.
    public var revision = 0

    /// Describes what was found.
    init(_ map: ProbabilityMap, prior: ScalarMap?, threshold: Float, model: String, milliseconds: Double) {
        let found = map.mask(threshold: threshold)
        (height, width) = (map.height, map.width)
        mask = RunLengthMask(found).counts
        self.prior = prior.map(Shades.init)
        presence = PresenceScore.standard.value(of: .probabilities(map))
        share = Double(found.area) / Double(map.height * map.width)
        self.model = model
        self.milliseconds = milliseconds
    }

    /// The pixels that were found, at any size; borders stay smooth where it is enlarged.
    public func mask(height newHeight: Int, width newWidth: Int) -> BinaryMask {
        guard let runs = RunLengthMask(height: height, width: width, counts: mask) else {
            return BinaryMask(height: newHeight, width: newWidth, values: [Bool](repeating: false, count: newHeight * newWidth))
        }
        if (newHeight, newWidth) == (height, width) { return runs.mask }
        return runs.mask.smoothlyResized(height: newHeight, width: newWidth)
    }
}
