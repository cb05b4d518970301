/// How much sessions may hold, so that a process that serves them keeps its size whatever is sent to it.
public struct PhotoSessionLimits: Sendable, Hashable, Codable {
    /// Sessions at once.
    public var sessions = 32
    /// Photos of one session.
    public var photos = 500
    /// Bytes of one photo's file.
    public var photoBytes = 32 << 20
    /// Pixels of one photo.
    public var photoPixels = 60_000_000
    /// Bytes of all photos of all sessions, files and the reduced pixels that models are shown.
    public var totalBytes = 1 << 30
    /// Bytes of an uploaded concept.
    public var conceptBytes = 128 << 20
    /// Bytes of JSON in a request.
    public var textBytes = 8 << 20
    /// Boxes, points and corners of strokes on one photo.
    public var marks = 100_000
    /// Requests that may wait for the model at once.
    public var waiting = 32
    /// Seconds without a request after which a session ends.
    public var idleSeconds = 900.0
    /// Seconds without a request after which a session makes room for a new one where there are as many as there may be.
    public var crowdedSeconds = 90.0

    /// The defaults.
    public init() {}
}
