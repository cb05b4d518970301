internal import Datasets

extension PhotoSessions {
    /// Takes a photo into a session.
    ///
    /// - Parameters:
    ///   - bytes: a JPEG or PNG file.
    ///   - name: what the file was called; used in messages and exports alone.
    ///   - id: the session.
    /// - Throws: `ImageError` for what is no photo, ``PhotoSessionError`` for one too many or too large.
    @discardableResult
    public func addPhoto(_ bytes: [UInt8], name: String, to id: String) async throws -> SessionState.Photo {
        try await admit(bytes, name: name, to: id)
    }

    /// The file of a photo, as it came, and its media type.
    ///
    /// - Throws: ``PhotoSessionError/missing(_:)``.
    public func file(of photo: String, in id: String) throws(PhotoSessionError) -> (bytes: [UInt8], mediaType: String) {
        let session = try used(id)
        let found = session.photos[try session.index(of: photo)]
        return (found.bytes, found.mediaType)
    }

    /// Takes a photo out of a session.
    ///
    /// - Throws: ``PhotoSessionError/missing(_:)``.
    public func removePhoto(_ photo: String, from id: String) throws(PhotoSessionError) -> SessionState {
        try change(id) { session throws(PhotoSessionError) in
            let removed = session.photos.remove(at: try session.index(of: photo))
            if removed.marks != nil { session.revision += 1 }
            return session.state
        }
    }

    /// Marks the thing in a photo, which makes it a support of the concept; nil, or marks of nothing, take it out of the concept.
    ///
    /// - Throws: ``PhotoSessionError`` for marks that cannot be used.
    @discardableResult
    public func mark(_ photo: String, of id: String, with marks: PhotoMarks?) throws(PhotoSessionError) -> SessionState.Photo {
        try marks?.validate(count: limits.marks, pixels: limits.photoPixels)
        return try change(id) { session throws(PhotoSessionError) in
            let index = try session.index(of: photo)
            let used = marks.flatMap { $0.isEmpty ? nil : $0 }
            let (height, width) = (session.photos[index].working.height, session.photos[index].working.width)
            _ = try used?.annotation(height: height, width: width)
            if session.photos[index].marks != used {
                session.photos[index].marks = used
                session.revision += 1
            }
            return session.state(of: session.photos[index])
        }
    }

    /// Chooses the model of a session, or names its concept; nil leaves either as it is.
    ///
    /// - Throws: ``PhotoSessionError`` for a model that is none, and for a name that is none.
    @discardableResult
    public func set(model: String? = nil, concept: String? = nil, of id: String) throws(PhotoSessionError) -> SessionState {
        if let model, !models.has(model) {
            throw .unusable(
                "model", found: String(model.prefix(100)), expected: models.models.map(\.name).joined(separator: ", "),
                advice: "choose one of them")
        }
        if let concept { try Self.requireName(concept) }
        return try change(id) { session in
            if let model, session.model != model {
                session.model = model
                session.revision += 1
            }
            if let concept { session.conceptName = concept }
            return session.state
        }
    }

    private static func requireName(_ name: String) throws(PhotoSessionError) {
        let isLine = !name.unicodeScalars.contains { $0.properties.generalCategory == .control }
        guard (1...100).contains(name.count), name.utf8.count <= 400, isLine, name.contains(where: { !$0.isWhitespace }) else {
            throw .unusable(
                "concept", found: "a name of \(name.count) characters", expected: "a line of 1...100",
                advice: "give it a short name")
        }
    }
}
