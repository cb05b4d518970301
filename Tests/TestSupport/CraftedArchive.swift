public import Foundation
public import TensorCore

/// Zip archives and pickles byte by byte, sound and hostile.
public struct CraftedArchive {
    public struct Entry {
        public var name: String
        public var bytes: [UInt8]
        public var method = 0
        /// What the table says; the truth where nil.
        public var size: Int?
        public var packedSize: Int?
        public var place: Int?
        public var flags = 0

        public init(name: String, bytes: [UInt8], method: Int = 0, size: Int? = nil) {
            (self.name, self.bytes, self.method, self.size) = (name, bytes, method, size)
        }
    }

    public var entries: [Entry]
    public var usesZIP64 = false

    public init(entries: [Entry]) { self.entries = entries }

    public static func number(_ value: Int, _ width: Int) -> [UInt8] {
        (0..<width).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }

    public var bytes: Data {
        var (file, table) = ([UInt8](), [UInt8]())
        for entry in entries {
            let (name, place) = (Array(entry.name.utf8), file.count)
            // As streams are written: the sizes stand in the table alone.
            file += [0x50, 0x4b, 3, 4] + Self.number(20, 2) + Self.number(8, 2) + Self.number(entry.method, 2)
            file += [UInt8](repeating: 0, count: 16) + Self.number(name.count, 2) + Self.number(0, 2) + name + entry.bytes
            let (packed, size) = (entry.packedSize ?? entry.bytes.count, entry.size ?? entry.bytes.count)
            let numbers = [size, packed, entry.place ?? place]
            let extra = usesZIP64 ? Self.number(1, 2) + Self.number(24, 2) + numbers.flatMap { Self.number($0, 8) } : []
            let short = numbers.map { usesZIP64 ? 0xFFFF_FFFF : $0 }
            table += [0x50, 0x4b, 1, 2] + Self.number(20, 2) + Self.number(20, 2) + Self.number(entry.flags, 2)
            table += Self.number(entry.method, 2) + [UInt8](repeating: 0, count: 8)
            table +=
                Self.number(short[1], 4) + Self.number(short[0], 4) + Self.number(name.count, 2) + Self.number(extra.count, 2)
            table += [UInt8](repeating: 0, count: 10) + Self.number(short[2], 4) + name + extra
        }
        let start = file.count
        file += table
        let count = entries.count
        if usesZIP64 {
            let place = file.count
            file += [0x50, 0x4b, 6, 6] + Self.number(44, 8) + Self.number(45, 2) + Self.number(45, 2) + Self.number(0, 8)
            file += [count, count, table.count, start].flatMap { Self.number($0, 8) }
            file += [0x50, 0x4b, 6, 7] + Self.number(0, 4) + Self.number(place, 8) + Self.number(1, 4)
        }
        let short = usesZIP64 ? (0xFFFF, 0xFFFF_FFFF) : (count, start)
        file += [0x50, 0x4b, 5, 6] + Self.number(0, 4) + Self.number(short.0, 2) + Self.number(short.0, 2)
        return Data(file + Self.number(usesZIP64 ? 0xFFFF_FFFF : table.count, 4) + Self.number(short.1, 4) + Self.number(0, 2))
    }

    /// A file of PyTorch around a pickle, with storages of single bytes.
    public static func torch(_ pickle: [UInt8], storages: [String: [UInt8]] = ["0": [UInt8](repeating: 1, count: 24)])
        -> CraftedArchive
    {
        let records = storages.sorted { $0.key < $1.key }.map { Entry(name: "archive/data/\($0.key)", bytes: $0.value) }
        return CraftedArchive(entries: [Entry(name: "archive/data.pkl", bytes: pickle)] + records)
    }
}

/// Instructions of pickles.
public enum CraftedPickle {
    public static func text(_ text: String) -> [UInt8] { [0x58] + CraftedArchive.number(text.utf8.count, 4) + Array(text.utf8) }
    public static func number(_ value: Int) -> [UInt8] { [0x8a, 8] + CraftedArchive.number(value, 8) }
    public static func tuple(_ parts: [[UInt8]]) -> [UInt8] { [0x28] + parts.flatMap { $0 } + [0x74] }
    public static func global(_ module: String, _ name: String) -> [UInt8] { [0x63] + Array("\(module)\n\(name)\n".utf8) }
    public static func call(_ module: String, _ name: String, _ arguments: [[UInt8]]) -> [UInt8] {
        global(module, name) + tuple(arguments) + [0x52]
    }
    public static func dictionary(_ members: [(String, [UInt8])]) -> [UInt8] {
        [0x7d, 0x28] + members.flatMap { text($0.0) + $0.1 } + [0x75]
    }
    public static func whole(_ value: [UInt8]) -> [UInt8] { [0x80, 2] + value + [0x2e] }

    /// A tensor over the storage `key` of `count` elements.
    public static func tensor(
        _ shape: [Int], _ strides: [Int], offset: Int = 0, kind: String = "ByteStorage", key: String = "0", count: Int = 24
    ) -> [UInt8] {
        let storage = tuple([text("storage"), global("torch", kind), text(key), text("cpu"), number(count)]) + [0x51]
        return call(
            "torch._utils", "_rebuild_tensor_v2",
            [
                storage, number(offset), tuple(shape.map(number)), tuple(strides.map(number)), [0x89],
                call("collections", "OrderedDict", []),
            ])
    }
}

extension CraftedArchive {
    /// A state dict as `torch.save` writes it, with a storage for every tensor; floating point alone is stored as what it is.
    public static func torch(_ state: StateDict, around: (_ state: [UInt8]) -> [UInt8] = { $0 }) -> CraftedArchive {
        var storages: [String: [UInt8]] = [:]
        let members = state.names.enumerated().map { index, name -> (String, [UInt8]) in
            let tensor = state[name] ?? Tensor(0)
            let kind = tensor.dtype == .int64 ? "LongStorage" : "FloatStorage"
            let plain = tensor.dtype == .int64 ? tensor : tensor.converted(to: .float32)
            storages["\(index)"] = plain.withHostBytes { Array($0) }
            let view = CraftedPickle.tensor(
                Array(tensor.shape), tensor.shape.strides, kind: kind, key: "\(index)", count: tensor.count)
            return (name, view)
        }
        return torch(CraftedPickle.whole(around(CraftedPickle.dictionary(members))), storages: storages)
    }
}
