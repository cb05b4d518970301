public import Datasets
internal import Foundation

extension [QueryPhoto] {
    /// The photos of one folder as the frames of a video: by their names, in which digits count as numbers, so that `frame2` comes
    /// before `frame10`.
    ///
    /// - Throws: `RunError` for photos of several folders: which of them comes first is not known.
    public func inFrameOrder() throws(RunError) -> [QueryPhoto] {
        let folders = Set(map { $0.url.standardizedFileURL.deletingLastPathComponent().path }).sorted()
        guard folders.count <= 1 else {
            throw .conflict(
                "--video: found photos in \(folders.count) folders (\(folders[0]), \(folders[1])), expected the frames of one video in one folder; predict each by itself."
            )
        }
        let keys = map { FrameName($0.url.lastPathComponent) }
        return indices.sorted { keys[$0] < keys[$1] }.map { self[$0] }
    }
}

/// A name whose runs of digits are compared as numbers.
struct FrameName: Comparable {
    private enum Part: Equatable {
        case text([UInt8])
        /// Digits without leading zeros.
        case number([UInt8])
    }

    private let name: [UInt8]
    private let parts: [Part]

    init(_ name: String) {
        self.name = Array(name.utf8)
        var parts: [Part] = []
        var rest = self.name[...]
        while let first = rest.first {
            let isNumber = Self.isDigit(first)
            let run = rest.prefix { Self.isDigit($0) == isNumber }
            parts.append(isNumber ? .number(Array(run.drop { $0 == UInt8(ascii: "0") })) : .text(Array(run)))
            rest = rest.dropFirst(run.count)
        }
        self.parts = parts
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    static func == (left: FrameName, right: FrameName) -> Bool { left.name == right.name }

    static func < (left: FrameName, right: FrameName) -> Bool {
        for (own, other) in zip(left.parts, right.parts) where own != other {
            switch (own, other) {
            case (.number(let own), .number(let other)):
                return own.count == other.count ? own.lexicographicallyPrecedes(other) : own.count < other.count
            case (.text(let own), .text(let other)): return own.lexicographicallyPrecedes(other)
            case (.number, .text): return true
            case (.text, .number): return false
            }
        }
        if left.parts.count != right.parts.count { return left.parts.count < right.parts.count }
        // The same but for leading zeros.
        return left.name.lexicographicallyPrecedes(right.name)
    }
}
