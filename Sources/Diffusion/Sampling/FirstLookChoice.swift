public import Datasets
public import TensorCore

/// A ``FirstLook`` by name, for commands and manifests: `leading`, or with a threshold of its own `leading:0.3`.
public struct FirstLookChoice: Sendable, Hashable, Codable, CustomStringConvertible {
    /// Makes a look with a threshold, or with its usual one for nil.
    public typealias Maker = @Sendable (Float?) -> any FirstLook

    /// Makers by name. A package of your own registers its look here, or hands the value to the finder and needs no name.
    public static let looks = Registry<Maker>(
        "first look",
        [
            "leading": { LeadingLook(threshold: $0 ?? LeadingLook.standardThreshold) },
            "presence": { PresenceLook(threshold: $0 ?? PresenceLook.standardThreshold) },
        ])

    /// The look's name.
    public var name: String
    /// Classes of at least this score are found.
    public var threshold: Float

    /// Names a look; without a threshold it has its usual one.
    ///
    /// - Throws: `RunError` for a name that is not registered and a threshold out of 0...1.
    public init(_ name: String, threshold: Float? = nil) throws(RunError) {
        self.name = name
        do { self.threshold = try Self.looks.member(named: name)(threshold).threshold } catch {
            throw .setting("first-look", found: name, expected: Self.expectation)
        }
        guard (0...1).contains(self.threshold) else {
            throw .setting("first-look", found: description, expected: "a threshold in 0...1")
        }
    }

    /// Reads a name, or a name and a threshold with a colon between them.
    ///
    /// - Throws: `RunError` for other words.
    public init(reading text: String) throws(RunError) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else {
            try self.init(text)
            return
        }
        guard let threshold = Float(parts[1]) else {
            throw .setting("first-look", found: text, expected: Self.expectation)
        }
        try self.init(String(parts[0]), threshold: threshold)
    }

    public var description: String { "\(name):\(threshold)" }

    /// The look.
    ///
    /// - Throws: `UnknownName` where nothing of the name is registered.
    public func look() throws(UnknownName) -> any FirstLook { try Self.looks.member(named: name)(threshold) }

    private static var expectation: String {
        "\(looks.names.joined(separator: " or ")), with a threshold as in \(looks.names[0]):0.3"
    }
}
