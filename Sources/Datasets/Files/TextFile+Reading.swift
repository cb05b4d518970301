public import Foundation
internal import TensorCore

extension TextFile {
    /// Reads a text file as people's tools write them.
    ///
    /// UTF-8 with or without a byte order mark, and UTF-16 of either order; the mark is not part of the text. Files of another
    /// kind (pictures, archives, web pages, Git LFS pointers) are recognised by their first bytes and named.
    ///
    /// - Parameters:
    ///   - url: the file.
    ///   - expected: what should be in it, for messages.
    /// - Throws: ``DatasetError``.
    public static func read(_ url: URL, expected: String) throws(DatasetError) -> String {
        try text(try bytes(of: url, expected: expected), file: url.path, expected: expected)
    }

    /// The bytes of a file.
    static func bytes(of url: URL, expected: String) throws(DatasetError) -> [UInt8] {
        do throws(FileFailure) {
            return try FileBytes.read(url)
        } catch {
            throw DatasetError(file: url.path, found: error.found, expected: expected, advice: error.advice)
        }
    }

    /// The text that bytes of a file stand for, by the rules of ``read(_:expected:)``.
    static func text(_ bytes: [UInt8], file: String, expected: String) throws(DatasetError) -> String {
        let plain = try utf8(bytes, file: file, expected: expected)
        if let text = String(validating: plain, as: UTF8.self) { return text }
        let lossy = String(decoding: plain, as: UTF8.self)
        let line = lossy.prefix { $0 != "\u{FFFD}" }.count { $0.isNewline } + 1
        throw DatasetError(
            file: file, place: "line \(line)", found: "bytes that are no text in UTF-8", expected: expected,
            advice: "save the file as UTF-8")
    }

    /// The bytes as UTF-8 without a byte order mark; UTF-8 is passed on unchecked.
    static func utf8(_ bytes: [UInt8], file: String, expected: String) throws(DatasetError) -> [UInt8] {
        if let kind = FileKind(bytes) {
            throw DatasetError(file: file, found: kind.name, expected: expected, advice: kind.advice)
        }
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { return Array(bytes.dropFirst(3)) }
        guard let order = ByteOrder(bytes) else { return bytes }
        let units = order.units(bytes)
        return Array(String(decoding: units, as: UTF16.self).utf8)
    }

    /// The order of the bytes of UTF-16.
    private enum ByteOrder {
        case little
        case big

        /// By the mark, or, without one, by the zero bytes of a text that begins with two Latin letters.
        init?(_ bytes: [UInt8]) {
            guard bytes.count >= 2 else { return nil }
            switch (bytes[0], bytes[1]) {
            case (0xFF, 0xFE): self = .little
            case (0xFE, 0xFF): self = .big
            default:
                guard bytes.count >= 4 else { return nil }
                let zeros = bytes.prefix(4).map { $0 == 0 }
                if zeros == [false, true, false, true] {
                    self = .little
                } else if zeros == [true, false, true, false] {
                    self = .big
                } else {
                    return nil
                }
            }
        }

        func units(_ bytes: [UInt8]) -> [UInt16] {
            let (high, low) = self == .big ? (0, 1) : (1, 0)
            let hasMark = bytes[high] == 0xFE && bytes[low] == 0xFF
            return stride(from: hasMark ? 2 : 0, to: bytes.count - 1, by: 2).map {
                UInt16(bytes[$0 + high]) << 8 | UInt16(bytes[$0 + low])
            }
        }
    }
}
