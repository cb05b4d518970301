internal import Datasets

/// How a photo is parted into overlapping tiles, each of which the model sees as a photo.
public enum PhotoTiling: Sendable, Hashable, CustomStringConvertible {
    /// As many tiles as the photo has three times the model's side along its longer side, at most 8: small photos stay whole.
    case automatic
    /// So many tiles along the longer side, and along the shorter one as many as make them about square.
    case along(Int)

    /// Most tiles along a side.
    public static let most = 32
    /// The share of a tile that its neighbour has, too.
    static let overlap = 0.25

    /// Reads `auto` or a number of 1...32; nil for other words.
    public init?(_ text: String) {
        if text == "auto" {
            self = .automatic
        } else if let count = Int(text), (1...Self.most).contains(count) {
            self = .along(count)
        } else {
            return nil
        }
    }

    /// As it is written: "auto" or a number.
    public var description: String {
        switch self {
        case .automatic: "auto"
        case .along(let count): "\(count)"
        }
    }

    /// The tiles of a photo, or of a smaller copy of it.
    ///
    /// - Parameters:
    ///   - height: rows of what is parted.
    ///   - width: its columns.
    ///   - photo: the longer side of the photo in its full size.
    ///   - side: the side of the square that the model sees a photo as.
    func tiles(height: Int, width: Int, photo: Int, side: Int) -> [PhotoTile] {
        let longer = max(height, width)
        let wanted: Int
        switch self {
        case .automatic: wanted = min(8, (photo + 3 * side - 1) / (3 * side))
        case .along(let count): wanted = min(max(count, 1), Self.most)
        }
        func count(_ length: Int) -> Int {
            let share = (Double(wanted * length) / Double(longer)).rounded()
            // No tile has fewer than eight pixels.
            return min(max(1, Int(share)), max(1, length / 8))
        }
        let (rows, columns) = (Self.spans(of: height, count(height)), Self.spans(of: width, count(width)))
        return rows.flatMap { row in
            columns.map { column in
                PhotoTile(
                    box: Box(x0: column.start, y0: row.start, x1: column.end, y1: row.end),
                    rows: row.weights, columns: column.weights)
            }
        }
    }

    /// Spans of one length that cover a side, with weights that fall to the neighbours' side.
    private static func spans(of length: Int, _ count: Int) -> [(start: Int, end: Int, weights: [Float])] {
        guard count > 1 else { return [(0, length, [Float](repeating: 1, count: length))] }
        let extent = min(length, Int((Double(length) / (Double(count) - Double(count - 1) * overlap)).rounded(.up)))
        return (0..<count).map { index in
            let start = index * (length - extent) / (count - 1)
            let ramp = max(1, Double(extent) * overlap)
            let weights = (0..<extent).map { place -> Float in
                let left = index == 0 ? 1 : (Double(place) + 0.5) / ramp
                let right = index == count - 1 ? 1 : (Double(extent - place) - 0.5) / ramp
                return Float(min(1, left, right))
            }
            return (start, start + extent, weights)
        }
    }
}

extension PhotoTiling: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let tiling = PhotoTiling(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "\(text) is no way of parting a photo")
        }
        self = tiling
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// One part of a photo, and how much it counts row by row and column by column.
struct PhotoTile {
    var box: Box
    var rows: [Float]
    var columns: [Float]

    /// Adds the weights to a picture of so many columns.
    func addWeights(to sums: inout [Float], width: Int) {
        for y in 0..<box.height {
            let start = (box.y0 + y) * width + box.x0
            for x in 0..<box.width { sums[start + x] += rows[y] * columns[x] }
        }
    }

    /// Adds what was found in the tile, weighted.
    func add(_ map: ProbabilityMap, to sums: inout [Float], width: Int) {
        let values = map.values
        for y in 0..<box.height {
            let start = (box.y0 + y) * width + box.x0
            for x in 0..<box.width { sums[start + x] += rows[y] * columns[x] * values[y * box.width + x] }
        }
    }
}
