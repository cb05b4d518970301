/// One user's photos, marks and results.
struct PhotoSession: Sendable {
    let id: String
    /// What the thing is called.
    var conceptName = "object"
    /// The name of the model.
    var model: String
    var photos: [SessionPhoto] = []
    /// Changes to marks and model so far: results of an earlier count are out of date.
    var revision = 0
    var lastUse: ContinuousClock.Instant
    /// Photos that ever were in it.
    var photoCount = 0

    /// Bytes that are held for it.
    var byteCount: Int { photos.reduce(0) { $0 + $1.byteCount } }

    /// The place of a photo.
    ///
    /// - Throws: ``PhotoSessionError/missing(_:)``.
    func index(of photo: String) throws(PhotoSessionError) -> Int {
        guard let index = photos.firstIndex(where: { $0.id == photo }) else { throw .missing("photo \(photo.prefix(40))") }
        return index
    }

    /// What clients are told of a photo.
    func state(of photo: SessionPhoto) -> SessionState.Photo {
        SessionState.Photo(
            id: photo.id, name: photo.name, height: photo.height, width: photo.width, suggestion: photo.suggestion,
            marks: photo.marks, result: photo.result, isCurrent: photo.result.map { $0.revision == revision })
    }

    /// What clients are told of the session.
    var state: SessionState {
        SessionState(id: id, concept: conceptName, model: model, revision: revision, photos: photos.map(state))
    }
}

/// What a session holds, as clients are told.
public struct SessionState: Codable, Sendable, Hashable {
    /// One photo.
    public struct Photo: Codable, Sendable, Hashable {
        /// What requests call it.
        public var id: String
        /// What its file was called.
        public var name: String
        /// Rows of the upright photo.
        public var height: Int
        /// Columns of the upright photo.
        public var width: Int
        /// A box `[x0, y0, x1, y1]` that is worth trying first; of drawn photos.
        public var suggestion: [Double]?
        /// What is marked in it; a photo with marks is a support of the concept.
        public var marks: PhotoMarks?
        /// What was found in it.
        public var result: SessionResult?
        /// Whether marks and model are still those of the result; nil without one.
        public var isCurrent: Bool?
    }

    /// The session's secret name.
    public var id: String
    /// What the thing is called.
    public var concept: String
    /// The name of the model.
    public var model: String
    /// Changes to marks and model so far.
    public var revision: Int
    /// The photos, in the order in which they came.
    public var photos: [Photo]
}
