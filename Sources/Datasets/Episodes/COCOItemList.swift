public import Foundation
internal import TensorCore

/// Reads HSNet's COCO-20i lists: Python pickles of a dictionary from class (0...79) to image names.
///
/// Only the thirteen harmless opcodes that such lists consist of are understood; any other, in particular one that
/// would name or call code, is refused.
public enum COCOItemList {
    /// The pairs of a list in ascending class order, with ids 1...80; ids of images are names such as
    /// `val2014/COCO_val2014_000000507081.jpg`.
    ///
    /// - Throws: ``DatasetError`` for anything that is not such a list.
    public static func load(_ url: URL) throws(DatasetError) -> ItemList {
        let bytes: [UInt8]
        do throws(FileFailure) {
            bytes = try FileBytes.read(url)
        } catch {
            throw DatasetError(
                file: url.path, found: error.found, expected: "a COCO-20i list (.pkl)", advice: error.advice)
        }
        var reader = PickleReader(bytes: bytes, file: url.path)
        let classes = try reader.classLists()
        let items = classes.keys.sorted().flatMap { key in
            (classes[key] ?? []).map { DatasetItem(id: $0, classID: key + 1) }
        }
        return ItemList(file: url.path, items: items, hash: SHA256.hex(bytes))
    }
}

extension ItemList {
    init(file: String, items: [DatasetItem], hash: String) {
        self.file = file
        self.items = items
        self.hash = hash
    }
}

/// The part of the pickle protocol that a dictionary of lists of strings needs.
private struct PickleReader {
    private enum Value {
        case integer(Int)
        case text(String)
        case list([String])
        case dictionary([Int: [String]])
        case mark
    }

    let bytes: [UInt8]
    let file: String
    private var position = 0
    private var stack: [Value] = []
    private var memo: [Int: String] = [:]

    init(bytes: [UInt8], file: String) {
        self.bytes = bytes
        self.file = file
    }

    mutating func classLists() throws(DatasetError) -> [Int: [String]] {
        while true {
            let opcode = try integer(1)
            switch opcode {
            case 0x80: _ = try integer(1)
            case 0x7D: stack.append(.dictionary([:]))
            case 0x5D: stack.append(.list([]))
            case 0x28: stack.append(.mark)
            case 0x4B: stack.append(.integer(try integer(1)))
            case 0x58: stack.append(.text(try text(try integer(4))))
            case 0x71: remember(try integer(1))
            case 0x72: remember(try integer(4))
            case 0x68: try recall(try integer(1))
            case 0x6A: try recall(try integer(4))
            case 0x65: try appendItems()
            case 0x75: try setItems()
            case 0x2E:
                guard case .dictionary(let lists) = stack.last else { throw problem("a pickle of another shape") }
                return lists
            default: throw problem("the pickle opcode \(opcode)")
            }
        }
    }

    private mutating func integer(_ count: Int) throws(DatasetError) -> Int {
        guard bytes.count - position >= count else { throw problem("a file that ends too early") }
        defer { position += count }
        return bytes[position..<(position + count)].reversed().reduce(0) { $0 << 8 | Int($1) }
    }

    private mutating func text(_ count: Int) throws(DatasetError) -> String {
        guard bytes.count - position >= count else { throw problem("a file that ends too early") }
        defer { position += count }
        guard let text = String(validating: bytes[position..<(position + count)], as: UTF8.self) else {
            throw problem("a name that is no text")
        }
        return text
    }

    private mutating func remember(_ key: Int) {
        if case .text(let text) = stack.last { memo[key] = text }
    }

    private mutating func recall(_ key: Int) throws(DatasetError) {
        guard let text = memo[key] else { throw problem("a reference to something that is no name") }
        stack.append(.text(text))
    }

    /// Everything above the last mark, which is removed with it.
    private mutating func popToMark() throws(DatasetError) -> [Value] {
        var values: [Value] = []
        while let value = stack.popLast() {
            if case .mark = value { return values.reversed() }
            values.append(value)
        }
        throw problem("a pickle without a mark")
    }

    private mutating func appendItems() throws(DatasetError) {
        let values = try popToMark()
        guard case .list(var list) = stack.popLast() else { throw problem("a pickle of another shape") }
        for value in values {
            guard case .text(let text) = value else { throw problem("a pickle of another shape") }
            list.append(text)
        }
        stack.append(.list(list))
    }

    private mutating func setItems() throws(DatasetError) {
        let values = try popToMark()
        guard case .dictionary(var lists) = stack.popLast(), values.count % 2 == 0 else {
            throw problem("a pickle of another shape")
        }
        for index in stride(from: 0, to: values.count, by: 2) {
            guard case .integer(let key) = values[index], case .list(let list) = values[index + 1] else {
                throw problem("a pickle of another shape")
            }
            lists[key] = list
        }
        stack.append(.dictionary(lists))
    }

    private func problem(_ found: String) -> DatasetError {
        DatasetError(
            file: file, place: "byte \(position)", found: found,
            expected: "a pickled dictionary of lists of names (HSNet's COCO-20i lists)",
            advice: "take the list from HSNet's data/splits/coco")
    }
}
