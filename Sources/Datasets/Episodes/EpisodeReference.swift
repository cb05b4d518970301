internal import TensorCore

/// An episode by ids: what samplers draw, lists store and hashes cover.
public struct EpisodeReference: Sendable, Hashable, Codable {
    /// The image to segment.
    public var query: String
    /// The class in question.
    public var classID: Int
    /// The images of the supports, in order.
    public var supports: [String]
    /// Whether the query shows the class; false for the episodes of ``AbsentQueries``. It follows from query and class, so that no hash
    /// covers it.
    public var holdsClass: Bool

    /// Names the parts of an episode.
    public init(query: String, classID: Int, supports: [String], holdsClass: Bool = true) {
        self.query = query
        self.classID = classID
        self.supports = supports
        self.holdsClass = holdsClass
    }

    private enum CodingKeys: String, CodingKey {
        case query, classID, supports, holdsClass
    }

    /// Reads an episode; one that says nothing of it shows the class.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        query = try values.decode(String.self, forKey: .query)
        classID = try values.decode(Int.self, forKey: .classID)
        supports = try values.decode([String].self, forKey: .supports)
        holdsClass = try values.decodeIfPresent(Bool.self, forKey: .holdsClass) ?? true
    }

    /// Writes `holdsClass` where the query does not show the class.
    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(query, forKey: .query)
        try values.encode(classID, forKey: .classID)
        try values.encode(supports, forKey: .supports)
        if !holdsClass { try values.encode(false, forKey: .holdsClass) }
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
