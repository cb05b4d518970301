/// Checkpoints of PyTorch: the pickle says what there is, the storages are the file's pages.
enum TorchFiles {
    /// What a file holds, before it is a checkpoint.
    struct Content {
        var tensors: [String: LazyTensor] = [:]
        /// Tensors of types that this library does not have, and which.
        var unreadable: [String: String] = [:]
        var path: [String] = []
        var left: [String] = []
    }

    /// Reads a zip archive that holds a `data.pkl`.
    static func load(
        _ file: MappedFile, _ archive: ZipArchive, _ format: CheckpointFormat
    ) throws(CheckpointError) -> Content {
        func refuse(_ key: String?, _ reason: String) -> CheckpointError {
            .damaged(file: file.path, format: format, key: key, reason: reason)
        }
        guard let pickleEntry = archive.entries.first(where: isPickle) else { throw refuse(nil, "it has no data.pkl") }
        let prefix = String(pickleEntry.name.dropLast("data.pkl".count))
        if let order = archive[prefix + "byteorder"], file.bytes[order.range].elementsEqual("big".utf8) {
            throw refuse("byteorder", "its numbers are big-endian; save it on a machine of the usual order")
        }
        guard !pickleEntry.isDeflated else {
            throw refuse(
                "data.pkl", "it is compressed, which PyTorch never does: the file was packed again; unpack it and save it anew")
        }
        let pickle = try read(file, pickleEntry.range, format)
        return try content(file, format, pickle) { (storage) throws(StoredTensor.Failure) in
            guard let entry = archive[prefix + "data/" + storage.key] else {
                throw StoredTensor.Failure("the storage data/\(storage.key.prefix(100)) is missing")
            }
            guard !entry.isDeflated else { throw StoredTensor.Failure("the storage data/\(storage.key) is compressed") }
            return entry.range
        }
    }

    private static func isPickle(_ entry: ZipArchive.Entry) -> Bool {
        let parts = entry.name.split(separator: "/", omittingEmptySubsequences: false)
        return parts.count == 2 && parts[1] == "data.pkl"
    }

    /// One pickle of a file.
    static func read(
        _ file: MappedFile, _ range: Range<Int>, _ format: CheckpointFormat
    ) throws(CheckpointError) -> Pickle {
        do throws(PickleError) {
            return try PickleReader.read(
                UnsafeRawBufferPointer(rebasing: file.bytes[range]), opcodes: .all, globals: TorchObjects.globals,
                records: TorchObjects.records, limits: TorchObjects.limits(of: range.count))
        } catch {
            throw .damaged(
                file: file.path, format: format, key: "data.pkl",
                reason: "byte \(range.lowerBound + error.position): \(error.found)")
        }
    }

    /// The tensors that a pickle describes, over storages whose bytes `place` finds.
    static func content(
        _ file: MappedFile, _ format: CheckpointFormat, _ pickle: Pickle,
        _ place: (TorchStorage) throws(StoredTensor.Failure) -> Range<Int>
    ) throws(CheckpointError) -> Content {
        let found: TorchUnwrapping
        do throws(TorchUnwrapping.Failure) {
            found = try TorchUnwrapping(pickle)
        } catch {
            throw .damaged(file: file.path, format: format, key: error.key, reason: error.reason)
        }
        var content = Content(path: found.path, left: found.left)
        for (name, tensor) in found.tensors {
            guard let type = tensor.type else {
                content.unreadable[name] = tensor.typeName
                continue
            }
            do throws(StoredTensor.Failure) {
                let range = try place(tensor.storage)
                let stored = try view(tensor, of: type, in: FileBytes(file, range))
                content.tensors[name] = LazyTensor(stored)
            } catch {
                throw .damaged(file: file.path, format: format, key: name, reason: error.reason)
            }
        }
        return content
    }

    private static func view(
        _ tensor: TorchTensor, of type: StoredType, in whole: FileBytes
    ) throws(StoredTensor.Failure) -> StoredTensor {
        let (storage, width) = (tensor.storage, tensor.storage.element.byteCount)
        guard whole.count == storage.total * width else {
            throw StoredTensor.Failure(
                "the storage \(storage.key.prefix(100)) has \(whole.count) bytes, expected \(storage.total) times \(width)")
        }
        let part = whole.part(from: storage.part.lowerBound * width, count: storage.part.count * width)
        return try StoredTensor(part, type, offset: tensor.offset, extents: tensor.extents, strides: tensor.strides)
    }
}
