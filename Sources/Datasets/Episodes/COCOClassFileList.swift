internal import Foundation
internal import TensorCore

/// Lists of BAM and its successors: the text of a Python dictionary from class to pairs of photo and label map.
///
/// Only brackets, numbers and quoted texts without escapes are read; anything else is refused.
enum ClassFileList {
    static func load(_ url: URL) throws(DatasetError) -> ItemList {
        let expected = "{class: [('photo', 'label map'), ...], ...} (sub_class_file_list of BAM)"
        let bytes = try TextFile.bytes(of: url, expected: expected)
        var reader = Reader(bytes: bytes)
        do throws(Fault) {
            return ItemList(file: url.path, items: try reader.items(), hash: SHA256.hex(bytes))
        } catch {
            throw DatasetError(
                file: url.path, place: "byte \(error.position)", found: error.found, expected: expected,
                advice: "take the list from its repository again")
        }
    }

    private struct Fault: Error {
        var position: Int
        var found: String
    }

    private struct Reader {
        let bytes: [UInt8]
        var at = 0

        mutating func items() throws(Fault) -> [DatasetItem] {
            var items: [DatasetItem] = []
            try take("{")
            while peek() != UInt8(ascii: "}") {
                let classID = try number()
                try take(":")
                try take("[")
                while peek() != UInt8(ascii: "]") {
                    try take("(")
                    items.append(DatasetItem(id: try text(), classID: classID))
                    while peek() == UInt8(ascii: ",") {
                        at += 1
                        if peek() != UInt8(ascii: ")") { _ = try text() }
                    }
                    try take(")")
                    try separator(before: "]")
                }
                try take("]")
                try separator(before: "}")
            }
            try take("}")
            guard peek() == nil else { throw unexpected() }
            return items
        }

        private mutating func peek() -> UInt8? {
            while at < bytes.count, [0x20, 9, 10, 13].contains(bytes[at]) { at += 1 }
            return at < bytes.count ? bytes[at] : nil
        }

        private func unexpected() -> Fault {
            guard at < bytes.count else { return Fault(position: at, found: "the end of the file") }
            return Fault(position: at, found: "\"\(String(decoding: bytes[at...].prefix(12), as: UTF8.self))\"")
        }

        private mutating func take(_ mark: Unicode.Scalar) throws(Fault) {
            guard peek() == UInt8(ascii: mark) else { throw unexpected() }
            at += 1
        }

        private mutating func separator(before end: Unicode.Scalar) throws(Fault) {
            if peek() == UInt8(ascii: ",") {
                at += 1
            } else if peek() != UInt8(ascii: end) {
                throw unexpected()
            }
        }

        private mutating func number() throws(Fault) -> Int {
            _ = peek()
            let digits = bytes[at...].prefix { (48...57).contains($0) }
            guard digits.count <= 9, let value = Int(String(decoding: digits, as: UTF8.self)) else { throw unexpected() }
            at += digits.count
            return value
        }

        private mutating func text() throws(Fault) -> String {
            guard let quote = peek(), [UInt8(ascii: "'"), UInt8(ascii: "\"")].contains(quote) else { throw unexpected() }
            let body = bytes[(at + 1)...].prefix { $0 != quote && $0 != UInt8(ascii: "\\") && $0 != 10 }
            guard body.endIndex < bytes.count, bytes[body.endIndex] == quote else { throw unexpected() }
            at = body.endIndex + 1
            return String(decoding: body, as: UTF8.self)
        }
    }
}
