public import Datasets

extension PhotoSessions {
    /// The concept of a session: its name, and every marked photo with its marks.
    ///
    /// - Throws: ``PhotoSessionError/early(_:)`` where nothing is marked; `DatasetError` and `ImageError` where the photos do not make a
    ///   concept.
    public func concept(of id: String) throws -> Concept {
        let session = try used(id)
        let supports = try session.photos.compactMap { photo -> ConceptSupport? in
            guard let marks = photo.marks else { return nil }
            return try ConceptSupport(
                photo: photo.bytes, annotation: marks.annotation(height: photo.height, width: photo.width), source: photo.name)
        }
        guard !supports.isEmpty else {
            throw PhotoSessionError.early("nothing is marked: a concept needs at least one photo with marks")
        }
        return try Concept(name: session.conceptName, supports: supports)
    }

    /// Adds the photos and marks of a concept to a session, which takes its name.
    ///
    /// - Throws: ``PhotoSessionError`` for more photos than a session may have, `ImageError` for a photo that is damaged behind its header;
    ///   photos before it stay.
    @discardableResult
    public func add(_ concept: Concept, to id: String) async throws -> SessionState {
        for support in concept.supports {
            let photo = try await admit(support.photo, name: support.source, to: id)
            guard support.annotation.kind != .none else { continue }
            let marks = PhotoMarks(support.annotation, height: photo.height, width: photo.width)
            do {
                try mark(photo.id, of: id, with: marks)
            } catch {
                _ = try removePhoto(photo.id, from: id)
                throw error
            }
        }
        return try set(concept: concept.name, of: id)
    }
}
