public import Foundation

/// Bounds what a JSON text from outside may make a decoder do: decoders take tens of bytes for every bracket, and their time
/// and stack grow with the depth.
///
/// One pass over the bytes, no memory. It checks no grammar: what it lets through is left to the decoder.
public struct JSONGuard: Sendable, Hashable {
    /// Bytes of the whole text.
    public var bytes: Int
    /// Arrays and objects inside each other.
    public var depth: Int
    /// Arrays, objects and what they hold.
    public var values: Int

    /// Sets the bounds.
    public init(bytes: Int, depth: Int = 64, values: Int) {
        self.bytes = bytes
        self.depth = depth
        self.values = values
    }

    /// What settings, manifests and descriptions keep within by far.
    public static let settings = JSONGuard(bytes: 4 << 20, depth: 32, values: 100_000)

    /// The first bound that a text exceeds, as "found ..., expected ..."; nil where it keeps them all.
    public func excess(in text: UnsafeRawBufferPointer) -> String? {
        guard text.count <= bytes else { return "found \(text.count) bytes of JSON, expected at most \(bytes)" }
        var (level, count, isText, isEscaped) = (0, 0, false, false)
        for (position, byte) in text.enumerated() {
            if isText {
                if isEscaped { isEscaped = false } else if byte == 0x5c { isEscaped = true } else { isText = byte != 0x22 }
                continue
            }
            switch byte {
            case 0x22: isText = true
            case 0x5b, 0x7b:
                (level, count) = (level + 1, count + 1)
                guard level <= depth else { return "found JSON nested deeper than \(depth) levels at byte \(position)" }
            case 0x5d, 0x7d: level -= 1
            case 0x2c: count += 1
            default: break
            }
            guard count <= values else { return "found JSON of more than \(values) values at byte \(position)" }
        }
        return nil
    }

    /// The first bound that a text in memory exceeds.
    public func excess(in text: Data) -> String? { text.withUnsafeBytes { excess(in: $0) } }
}
