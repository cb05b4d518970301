internal import Datasets

/// Sessions of people who mark a thing in photos of theirs and see it found in others: what a page or a program needs beneath its
/// user interface.
///
/// Everything is in memory and nothing on disk; a session's photos are gone when it ends. Whatever is sent, no more is held than
/// ``limits`` say.
///
/// ```swift
/// let sessions = PhotoSessions(models: SessionModels(SessionModel.available()))
/// let session = try await sessions.begin()
/// let cup = try await sessions.addPhoto(bytes, name: "cup.jpg", to: session.id)
/// try await sessions.mark(cup.id, of: session.id, with: PhotoMarks(height: 480, width: 640, boxes: [[40, 60, 180, 200]]))
/// let found = try await sessions.segment(cup.id, of: session.id)
/// ```
public actor PhotoSessions {
    /// What may be held.
    public nonisolated let limits: PhotoSessionLimits
    /// What may be chosen.
    public nonisolated let models: SessionModels
    private var sessions: [String: PhotoSession] = [:]
    /// Requests that wait for the model or are in work.
    private var waiting = 0
    /// Bytes of photos that are being decoded.
    private var incoming = 0
    private let decoder = PhotoDecoder()
    let exporter = SessionExporter()
    private var random: any RandomNumberGenerator & Sendable

    /// Begins without a session.
    ///
    /// - Parameters:
    ///   - models: what may be chosen.
    ///   - limits: what may be held.
    ///   - random: makes the names of sessions; they are secrets, so that it must not be foreseeable.
    public init(
        models: SessionModels, limits: PhotoSessionLimits = PhotoSessionLimits(),
        random: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()
    ) {
        self.models = models
        self.limits = limits
        self.random = random
    }

    /// Sessions at the moment.
    public var count: Int { sessions.count }

    /// Bytes of all photos at the moment.
    public var byteCount: Int { sessions.values.reduce(0) { $0 + $1.byteCount } }

    /// Begins a session. Sessions that were idle for too long end.
    ///
    /// - Throws: ``PhotoSessionError/limit(_:found:expected:)`` where there are as many as there may be.
    public func begin(at now: ContinuousClock.Instant = .now) throws(PhotoSessionError) -> SessionState {
        endIdle(at: now)
        if sessions.count >= limits.sessions, let oldest = sessions.values.min(by: { $0.lastUse < $1.lastUse }),
            now - oldest.lastUse >= .seconds(limits.crowdedSeconds)
        {
            sessions[oldest.id] = nil
        }
        guard sessions.count < limits.sessions else {
            throw .limit("sessions", found: "\(sessions.count + 1)", expected: "\(limits.sessions)")
        }
        let id = (0..<4).map { _ in Self.hexadecimal(UInt32.random(in: 0...(.max), using: &random)) }.joined()
        let session = PhotoSession(id: id, model: models.models[0].name, lastUse: now)
        sessions[id] = session
        return session.state
    }

    /// Ends a session: its photos are gone. One that is not there has ended.
    public func end(_ id: String) { sessions[id] = nil }

    /// Ends all sessions.
    public func endAll() { sessions = [:] }

    /// Ends sessions that were idle for too long.
    public func endIdle(at now: ContinuousClock.Instant = .now) {
        sessions = sessions.filter { now - $0.value.lastUse < .seconds(limits.idleSeconds) }
    }

    /// What a session holds.
    ///
    /// - Throws: ``PhotoSessionError/missing(_:)``.
    public func state(of id: String) throws(PhotoSessionError) -> SessionState { try used(id).state }

    /// A session that is asked for something.
    func used(_ id: String, at now: ContinuousClock.Instant = .now) throws(PhotoSessionError) -> PhotoSession {
        guard let session = sessions[id], now - session.lastUse < .seconds(limits.idleSeconds) else {
            sessions[id] = nil
            throw .missing("session")
        }
        sessions[id]?.lastUse = now
        return session
    }

    /// Changes a session.
    @discardableResult
    func change<Value: Sendable>(
        _ id: String, _ body: (inout PhotoSession) throws(PhotoSessionError) -> Value
    ) throws(PhotoSessionError) -> Value {
        var session = try used(id)
        session.lastUse = .now
        let value = try body(&session)
        sessions[id] = session
        return value
    }

    /// Decodes a photo and puts it into a session. Photos are decoded one after the other, so that large ones do not add up.
    func admit(
        _ bytes: [UInt8], name: String, to id: String, suggestion: [Double]? = nil
    ) async throws -> SessionState.Photo {
        let session = try used(id)
        guard session.photos.count < limits.photos else {
            throw PhotoSessionError.limit(
                "photos of a session", found: "\(session.photos.count + 1)", expected: "\(limits.photos)")
        }
        let expected = byteCount + incoming + bytes.count
        guard expected <= limits.totalBytes else {
            throw PhotoSessionError.limit("bytes of all photos", found: "\(expected)", expected: "\(limits.totalBytes)")
        }
        incoming += bytes.count
        defer { incoming -= bytes.count }
        let number = try change(id) { session in
            session.photoCount += 1
            return session.photoCount
        }
        var photo = try await decoder.photo(
            "p\(number)", SessionPhoto.plainName(name, number: number), bytes, limits)
        photo.suggestion = suggestion
        let total = byteCount + photo.byteCount
        guard total <= limits.totalBytes else {
            throw PhotoSessionError.limit("bytes of all photos", found: "\(total)", expected: "\(limits.totalBytes)")
        }
        return try change(id) { [photo, limits] session throws(PhotoSessionError) in
            guard session.photos.count < limits.photos else {
                throw .limit("photos of a session", found: "\(session.photos.count + 1)", expected: "\(limits.photos)")
            }
            session.photos.append(photo)
            return session.state(of: photo)
        }
    }

    /// Lets a request for the model in, where not too many wait.
    func withModel<Value: Sendable>(_ body: () async throws -> Value) async throws -> Value {
        guard waiting < limits.waiting else { throw PhotoSessionError.busy }
        waiting += 1
        defer { waiting -= 1 }
        return try await body()
    }

    private static func hexadecimal(_ value: UInt32) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }
}

/// Decodes one photo at a time, away from everything else.
private actor PhotoDecoder {
    func photo(_ id: String, _ name: String, _ bytes: [UInt8], _ limits: PhotoSessionLimits) throws -> SessionPhoto {
        try SessionPhoto(id: id, name: name, bytes: bytes, limits: limits)
    }
}
