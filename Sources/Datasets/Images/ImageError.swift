/// An image file that cannot be read or written.
///
/// The description names the file, what was found, what was expected and what to do.
public struct ImageError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The kinds of failure, for callers that react to them.
    public enum Kind: String, Sendable {
        /// The file is missing, a folder, not permitted, or the disk failed.
        case unreadable
        /// The file has no bytes.
        case empty
        /// The bytes are of no known image format.
        case unrecognised
        /// A known format or variant that is not read: GIF, WebP, CMYK, animation.
        case unsupported
        /// The file is cut short or contradicts itself.
        case damaged
        /// More than 2^28 pixels, or not enough memory for the image.
        case tooLarge
        /// The file could not be written; nothing was left behind.
        case notWritten
    }

    /// The kind of failure.
    public var kind: Kind
    /// The path of the file.
    public var file: String
    /// What was found in place of an image.
    public var found: String
    /// What would have been accepted.
    public var expected: String
    /// What the user can do.
    public var advice: String

    /// Describes a failure.
    public init(kind: Kind, file: String, found: String, expected: String, advice: String) {
        self.kind = kind
        self.file = file
        self.found = found
        self.expected = expected
        self.advice = advice
    }

    /// One line with file, finding, expectation and advice.
    public var description: String {
        "\(file): found \(found), expected \(expected); \(advice)"
    }
}
