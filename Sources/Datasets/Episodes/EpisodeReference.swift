internal import TensorCore

/// An episode by ids: what samplers draw, lists store and hashes cover.
public struct EpisodeReference: Sendable, Hashable, Codable {
    /// The image to segment.
    public var query: String
    /// The class in question.
    public var classID: Int
    /// The images of the supports, in order.
    public var supports: [String]

    /// Names the parts of an episode.
    public init(query: String, classID: Int, supports: [String]) {
        self.query = query
        self.classID = classID
        self.supports = supports
    }

    /// `query class support1 ... supportK`.
    public var line: String {
        ([query, String(classID)] + supports).joined(separator: " ")
    }

    /// The SHA-256 digest of the lines of all episodes, joined by line feeds without a final one.
    ///
    /// The first 16 digits are enough to tell lists apart and are what published replays compare.
    public static func hash(of episodes: [EpisodeReference]) -> String {
        SHA256.hex(episodes.map(\.line).joined(separator: "\n"))
    }
}
