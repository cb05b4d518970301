internal import Datasets
internal import Foundation
internal import TensorCore

/// How the frames of a video help each other: what was found in the frame before is one more view of the thing beside the marked
/// supports, which always stay.
///
/// The guard: a frame in which the thing is likely not, or in which no pixel was given to it, says nothing about the next one, so that a
/// thing that was lost is looked for by its supports alone. A frame that could not be read is passed over.
public struct VideoTracking: Codable, Sendable, Hashable {
    /// The presence from which on a frame counts where nobody says it.
    public static let standardPresence: Float = 0.5

    /// The frame before counts for a concept whose presence in it is at least this, 0...1.
    public var leastPresence: Float

    /// Names the guard.
    public init(leastPresence: Float = standardPresence) { self.leastPresence = leastPresence }

    /// The places of the concepts that a frame's record vouches for.
    func vouched(_ record: PredictionRecord) -> [Int] {
        guard record.error == nil else { return [] }
        let found =
            record.concepts?.map { (share: $0.share, presence: $0.presence) } ?? [(record.share ?? 0, record.presence ?? 0)]
        return found.indices.filter { found[$0].share > 0 && found[$0].presence >= leastPresence }
    }
}

/// What a frame's result owes to the frame before.
public struct PredictedBefore: Codable, Sendable, Hashable {
    /// The name of that frame.
    public var name: String
    /// The concepts that it showed, by their places from 1.
    public var concepts: [Int]
    /// The digest of that frame's file and, in turn, of what its own result owed to the frame before it: frames with the same digest left
    /// the same behind.
    public var digest: String
}

/// The frames so far, as far as the next one depends on them. All of it can be made of what they wrote.
struct FrameChain {
    let tracking: VideoTracking
    let threshold: Float
    /// What the next frame's record says of the frame before; nil where that does not count.
    private(set) var link: PredictedBefore?
    private var last: (record: PredictionRecord, url: URL, image: RGBImage?)?

    init(_ tracking: VideoTracking, threshold: Float) { (self.tracking, self.threshold) = (tracking, threshold) }

    /// Whether an earlier part of the run made a frame's result of the same frames before, and the next one can look back at it.
    func continues(with record: PredictionRecord, in folder: URL) -> Bool {
        guard record.before == link, record.sha256 != nil else { return false }
        return Self.probabilities(record).allSatisfy {
            FileManager.default.fileExists(atPath: folder.appendingPathComponent($0).path)
        }
    }

    /// Takes the next frame; one that failed is passed over.
    ///
    /// - Parameter image: the frame, where it is at hand.
    mutating func add(_ record: PredictionRecord, at url: URL, _ image: RGBImage?) {
        guard record.error == nil, let sha256 = record.sha256 else { return }
        let concepts = tracking.vouched(record)
        last = (record, url, image)
        guard !concepts.isEmpty else {
            link = nil
            return
        }
        let digest = SHA256.hex("\(sha256) \(record.before?.digest ?? "")")
        link = PredictedBefore(name: record.name, concepts: concepts.map { $0 + 1 }, digest: digest)
    }

    /// What the next frame looks back at; nil where nothing counts. Probabilities are those of the files, so that a run that was
    /// interrupted goes on with the same.
    ///
    /// - Parameters:
    ///   - count: the number of concepts.
    ///   - folder: of the results.
    /// - Throws: `ImageError` for a file that cannot be read, `RunError` for a frame that is no longer what was segmented.
    func before(_ count: Int, in folder: URL) throws -> FrameBefore? {
        guard let link, let last else { return nil }
        var image = last.image
        if image == nil {
            let content = try QueryContent(last.url)
            guard content.sha256 == last.record.sha256 else {
                throw RunError.file(
                    last.url.path, found: "another frame than the one that was segmented",
                    expected: "the frame that \(PredictionRun.recordsName) has the digest of",
                    advice: "restore it, or remove its line from \(PredictionRun.recordsName) to segment it again")
            }
            image = content.image
        }
        guard let image else { return nil }
        let files = Self.probabilities(last.record)
        var maps = [ProbabilityMap?](repeating: nil, count: count)
        for place in link.concepts.map({ $0 - 1 }) where place < min(count, files.count) {
            let file = folder.appendingPathComponent(files[place])
            let map = try LabelMap.load(file)
            guard map.height == image.height, map.width == image.width else {
                throw RunError.file(
                    file.path, found: "\(map.width)x\(map.height) pixels",
                    expected: "\(image.width)x\(image.height), as the frame has",
                    advice: "remove it; its frame is segmented again with --resume")
            }
            maps[place] = ProbabilityMap(height: map.height, width: map.width, values: map.values.map { Float($0) / 255 })
        }
        return FrameBefore(image: image, maps: maps, threshold: threshold)
    }

    /// The files of probabilities, one a concept.
    private static func probabilities(_ record: PredictionRecord) -> [String] {
        record.probability.map { [$0] } ?? record.concepts?.compactMap(\.probability) ?? []
    }
}
