public import Foundation

/// A concept by its file.
public struct ConceptChoice: Codable, Hashable, Sendable {
    /// The file.
    public var path: String

    /// Names a file.
    public init(_ path: String) { self.path = path }

    /// Where it is.
    public var url: URL { URL(fileURLWithPath: path) }

    /// Reads all concepts of a call, in their order.
    ///
    /// - Throws: as ``Concept/read(_:)``; ``RunError`` for two of one name, and more than ``ConceptDecision/limit``.
    public static func load(_ choices: [ConceptChoice]) throws -> [Concept] {
        guard choices.count <= ConceptDecision.limit else {
            throw RunError.setting("concept", found: "\(choices.count) files", expected: "at most \(ConceptDecision.limit)")
        }
        var places: [String: String] = [:]
        return try choices.map { choice in
            let concept = try Concept.read(choice.url)
            if let other = places.updateValue(choice.path, forKey: concept.name) {
                throw RunError.conflict(
                    "\(other) and \(choice.path) are both called \"\(concept.name)\"; rename one: fss concept create, or "
                        + "fss concept add --name.")
            }
            return concept
        }
    }

    /// The same with an absolute path.
    ///
    /// - Parameter folder: what a relative one is relative to.
    public func resolved(in folder: String) -> ConceptChoice {
        let base = URL(fileURLWithPath: folder, isDirectory: true)
        return ConceptChoice(URL(fileURLWithPath: path, relativeTo: base).standardizedFileURL.path)
    }
}

extension SupportChoice {
    /// The photo with its annotation for a ``Concept``: the file as it is.
    ///
    /// - Parameter prepare: changes what was marked, such as a box into a mask; the photo is taken from the file.
    /// - Returns: the support, and remarks as ``loadWithRemarks()`` has them.
    /// - Throws: as ``load()``; what `prepare` throws.
    public func conceptSupport(
        preparing prepare: (Support) throws -> Support = { $0 }
    ) throws -> (support: ConceptSupport, remarks: [String]) {
        let url = URL(fileURLWithPath: image)
        let (shown, remarks, _) = try loadWithRemarks()
        let annotation = try prepare(shown).annotation
        let name = FileName.plain(url.lastPathComponent)
        return (try ConceptSupport(photo: try ImageFile.bytes(of: url), annotation: annotation, source: name), remarks)
    }
}
