internal import Datasets

extension PhotoSessions {
    /// Finds the thing in a photo, by all marks of the session, and keeps the result.
    ///
    /// - Parameters:
    ///   - photo: which.
    ///   - id: the session.
    /// - Throws: ``PhotoSessionError`` where nothing is marked and where too many requests wait; `CancellationError` when the task was
    ///   cancelled; errors of the model's files.
    public func segment(_ photo: String, of id: String) async throws -> SessionResult {
        let session = try used(id)
        let query = session.photos[try session.index(of: photo)]
        let supports = try session.photos.compactMap { (photo) throws(PhotoSessionError) in try photo.support }
        guard !supports.isEmpty else {
            throw PhotoSessionError.early("nothing is marked: mark the thing in a photo first")
        }
        var result = try await withModel { [models] in
            try await models.result(of: query.working, supports: supports, model: session.model)
        }
        result.revision = session.revision
        keep(result, of: photo, in: id)
        return result
    }

    /// Computes what the model needs of a photo before anything is marked, so that a stroke need not wait for it.
    ///
    /// - Throws: as ``segment(_:of:)``.
    public func prepare(_ photo: String, of id: String) async throws {
        let session = try used(id)
        let working = session.photos[try session.index(of: photo)].working
        try await withModel { [models] in try await models.prepare(working, model: session.model) }
    }

    /// Keeps a result, unless the photo or the session left, or a later one is there.
    private func keep(_ result: SessionResult, of photo: String, in id: String) {
        _ = try? change(id) { session throws(PhotoSessionError) in
            let index = try session.index(of: photo)
            if let other = session.photos[index].result, other.revision > result.revision { return }
            session.photos[index].result = result
        }
    }
}
