public import Datasets

/// What became of all photos of a prediction, `summary.json`.
///
/// The file has the counts alone and is the same bytes whenever and in however many parts the run was made; ``earlier``,
/// ``seconds`` and ``photosPerSecond`` speak of the part that has just ended.
public struct PredictionSummary: Codable, Sendable, Hashable {
    /// The file's name.
    public static let fileName = "summary.json"

    /// What was found of one concept.
    public struct Found: Codable, Sendable, Hashable {
        /// Its name.
        public var name: String
        /// Photos that show it.
        public var photos: Int
        /// Single things.
        public var instances: Int
    }

    /// How the run ended: `finished`, `interrupted` or `failed`; what was not reached is in ``remaining``.
    public var status = "running"
    /// Photos that were asked for.
    public var photos: Int
    /// Photos in which something was found.
    public var found = 0
    /// Photos in which nothing was found.
    public var absent = 0
    /// Photos that could not be read, or whose results could not be written.
    public var failed = 0
    /// Photos that were not reached.
    public var remaining: Int
    /// Of ``found`` and ``absent``, photos that an earlier part of the run had done.
    public var earlier = 0
    /// Single things in all photos.
    public var instances = 0
    /// Photos in which several concepts reached the same pixels, and the higher score decided: probability times presence.
    public var contested = 0
    /// Whether pixels or whole things were decided there; nil for fewer than two concepts.
    public var overlap: OverlapRule?
    /// What was found of each concept; empty for a run without concepts.
    public var concepts: [Found]
    /// Seconds that this part of the run took, loading of the model included.
    public var seconds = 0.0
    /// Photos a second of this part of the run, loading of the model left out.
    public var photosPerSecond = 0.0

    private enum CodingKeys: String, CodingKey {
        case status, photos, found, absent, failed, remaining, instances, contested, overlap, concepts
    }

    init(photos: Int, concepts: [String], overlap: OverlapRule = .pixels) {
        (self.photos, remaining) = (photos, photos)
        self.overlap = concepts.count > 1 ? overlap : nil
        self.concepts = concepts.map { Found(name: $0, photos: 0, instances: 0) }
    }

    mutating func add(_ record: PredictionRecord, isEarlier: Bool) {
        remaining -= 1
        if isEarlier { earlier += 1 }
        if record.error != nil {
            failed += 1
            return
        }
        if (record.share ?? 0) > 0 { found += 1 } else { absent += 1 }
        instances += record.instances?.count ?? 0
        if (record.contested ?? 0) > 0 { contested += 1 }
        for index in concepts.indices {
            let name = concepts[index].name
            guard let own = record.concepts?.first(where: { $0.name == name }), own.share > 0 else { continue }
            concepts[index].photos += 1
            concepts[index].instances += record.instances?.count { $0.concept == name } ?? 0
        }
    }

    /// A few lines of words.
    public var lines: [String] {
        func count(_ number: Int, _ one: String, _ many: String) -> String { "\(number) \(number == 1 ? one : many)" }
        var parts = ["found in \(found)", "absent in \(absent)"]
        if failed > 0 { parts.append("failed \(failed)") }
        if remaining > 0 { parts.append("not reached \(remaining)") }
        if earlier > 0 { parts.append("\(earlier) of them done before") }
        var lines = [
            "\(count(photos, "photo", "photos")): \(parts.joined(separator: ", ")); \(count(instances, "instance", "instances"))"
        ]
        for concept in concepts {
            let things = count(concept.instances, "instance", "instances")
            lines.append("\(concept.name): in \(count(concept.photos, "photo", "photos")), \(things)")
        }
        if contested > 0 {
            let decided =
                overlap == .things
                ? "the largest sum of scores (probability times presence) decided, thing by thing"
                : "the higher score (probability times presence) decided, pixel by pixel"
            lines.append("concepts met in \(count(contested, "photo", "photos")); \(decided)")
        }
        if photosPerSecond > 0 { lines.append("\(photosPerSecond.rounded(to: 2)) photos/s") }
        return lines
    }
}
