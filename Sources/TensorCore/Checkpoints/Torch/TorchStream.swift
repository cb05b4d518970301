/// Checkpoints of PyTorch before 1.6: pickles of a mark, a version, the machine, the object and the storages' names, and behind them for
/// every storage its number of elements and its bytes.
enum TorchStream {
    /// The pickle of the mark.
    static let mark: [UInt8] = [0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e]
    private static let version = 1001

    /// Reads a file that begins with ``mark``.
    static func load(_ file: MappedFile) throws(CheckpointError) -> TorchFiles.Content {
        func refuse(_ key: String?, _ reason: String) -> CheckpointError {
            .damaged(file: file.path, format: .torchStream, key: key, reason: reason)
        }
        var position = mark.count
        func next() throws(CheckpointError) -> Pickle {
            let pickle = try TorchFiles.read(file, position..<file.byteCount, .torchStream)
            position += pickle.byteCount
            return pickle
        }
        let version = try next()
        guard version.root == .integer(Self.version) else { throw refuse(nil, "another version than \(Self.version)") }
        let machine = try next()
        let order = TorchObjects(pickle: machine).members(of: machine.root)?.last { $0.name == "little_endian" }?.value
        if order == .bool(false) {
            throw refuse("little_endian", "its numbers are big-endian; save it on a machine of the usual order")
        }
        let object = try next()
        let names = try next()
        guard case .list(let keys)? = names.object(names.root) else { throw refuse(nil, "the storages' names are missing") }
        let storages = try storages(of: object, file)
        var ranges: [String: Range<Int>] = [:]
        let reader = ByteReader(bytes: file.bytes)
        for value in keys {
            guard let key = text(value), let storage = storages[key] else {
                throw refuse(nil, "a storage that no tensor refers to, so that nobody knows its size")
            }
            guard let count = reader.number(at: position, width: 8), count == storage.total else {
                throw refuse(
                    key, "the storage does not begin at byte \(position) with its \(storage.total) elements: truncated or corrupt"
                )
            }
            let (start, size) = (position + 8, count * storage.element.byteCount)
            guard size <= file.byteCount - start else {
                throw refuse(key, "the storage of \(size) bytes from byte \(start) on ends beyond the file: truncated")
            }
            guard ranges.updateValue(start..<(start + size), forKey: key) == nil else {
                throw refuse(key, "a storage that comes twice")
            }
            position = start + size
        }
        return try TorchFiles.content(file, .torchStream, object) { (storage) throws(StoredTensor.Failure) in
            guard let range = ranges[storage.key] else {
                throw StoredTensor.Failure("the storage \(storage.key.prefix(100)) is missing")
            }
            return range
        }
    }

    private static func text(_ value: Pickle.Value) -> String? {
        switch value {
        case .text(let text): text
        case .bytes(let bytes): String(validating: bytes, as: UTF8.self)
        default: nil
        }
    }

    /// All storages that the pickle refers to, in optimizers' states and elsewhere, too: their sizes say where the next one lies.
    private static func storages(of pickle: Pickle, _ file: MappedFile) throws(CheckpointError) -> [String: TorchStorage] {
        let objects = TorchObjects(pickle: pickle)
        var result: [String: TorchStorage] = [:]
        for index in pickle.objects.indices {
            // Modules that are saved whole refer to their source texts in the same way.
            guard case .persistent = pickle.objects[index], let storage = try? objects.storage(.object(index)) else { continue }
            let known = result.updateValue(storage, forKey: storage.key)
            guard known == nil || known?.element == storage.element && known?.total == storage.total else {
                throw .damaged(
                    file: file.path, format: .torchStream, key: storage.key, reason: "a storage that is told of in two ways")
            }
        }
        return result
    }
}
