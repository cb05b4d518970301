public import Foundation

/// A checkpoint of any format that is read: its tensors by name, and what was found on the way to them.
///
/// The format is told by the file's content. Files are mapped: tensors are made when they are asked for, and are the file's pages where
/// they lie in order (see ``Safetensors/load(contentsOf:)`` for what may happen to the file meanwhile). Nothing in a file is ever run:
/// pickles are read as data, names of code in them stay names, and sizes are checked against the bytes before memory is asked for.
///
/// float64 becomes float32, rounded; int16 and int8 become int32. Everything else is bit for bit what the file holds.
public struct Checkpoint: Sendable {
    /// What the file is.
    public let format: CheckpointFormat
    /// Its tensors.
    public let state: StateDict
    /// The dictionaries around the tensors that were gone into, outermost first, as in `["state_dict"]`.
    public let wrappers: [String]
    /// Members beside them that hold tensors and were left.
    public let left: [String]
    /// What all names began with and no longer do: the marks of `DataParallel` and of compiled modules.
    public let prefix: String
    /// Tensors that are left out, by name, and their types, which no tensor of this library has.
    public let unreadable: [String: String]
    /// Bytes of the file, of shards together.
    public let byteCount: Int
    private let files: [MappedFile]

    /// Beginnings of names that say how a model was trained and nothing of it.
    public static let trainingPrefixes = ["module.", "_orig_mod."]

    /// Opens a file.
    ///
    /// - Throws: ``CheckpointError`` for a file of another kind, one that is damaged, and one that holds no tensors.
    public init(contentsOf url: URL) throws(CheckpointError) {
        let file = try Safetensors.map(url)
        guard let (format, read) = try Self.content(of: file) else {
            let (state, files) = try Safetensors.files(of: file)
            self.init(files.count > 1 ? .safetensorsShards : .safetensors, state, files)
            return
        }
        var content = read
        let prefix = Self.takeOffPrefixes(&content)
        if content.tensors.isEmpty, let (name, type) = content.unreadable.min(by: { $0.key < $1.key }) {
            throw .damaged(file: url.path, format: format, key: name, reason: "no tensors of the type \(type) are read")
        }
        var state = StateDict(metadata: [:], source: url.path)
        for (name, tensor) in content.tensors { state.insert(tensor, named: name) }
        self.init(format, state, [file], content, prefix: prefix)
    }

    private init(
        _ format: CheckpointFormat, _ state: StateDict, _ files: [MappedFile],
        _ content: TorchFiles.Content = TorchFiles.Content(), prefix: String = ""
    ) {
        (self.format, self.state, self.files, self.prefix) = (format, state, files, prefix)
        (wrappers, left, unreadable) = (content.path, content.left, content.unreadable)
        byteCount = files.reduce(0) { $0 + $1.byteCount }
    }

    /// The SHA-256 digest of the file's bytes, hexadecimal; of an index, of its bytes followed by those of its shards in the order
    /// of their names. It reads the whole file.
    public func sha256() throws(CheckpointError) -> String {
        var hash = SHA256()
        for file in files {
            try file.check()
            hash.update(file.bytes)
        }
        return hash.hexDigest()
    }

    /// What a file holds that is no safetensors; nil for those, and for what is not read.
    private static func content(
        of file: MappedFile
    ) throws(CheckpointError) -> (format: CheckpointFormat, content: TorchFiles.Content)? {
        let reader = ByteReader(bytes: file.bytes)
        if reader.has(TorchStream.mark, at: 0) { return (.torchStream, try TorchStream.load(file)) }
        if reader.has(NumPyHeader.mark, at: 0) { return (.npy, TorchFiles.Content(tensors: try NumPyFiles.array(file))) }
        guard ZipArchive.isArchive(file.bytes) else { return nil }
        let archive: ZipArchive
        do throws(ZipArchive.Failure) {
            archive = try ZipArchive(file.bytes)
        } catch {
            guard let format = WeightsFormat(file.bytes, file: "")?.kind else { return nil }
            throw .damaged(file: file.path, format: format, key: nil, reason: error.reason)
        }
        guard let format = WeightsFormat.archive(archive.entries.map(\.name)).kind else { return nil }
        if format == .npz { return (format, TorchFiles.Content(tensors: try NumPyFiles.archive(file, archive))) }
        return (format, try TorchFiles.load(file, archive, format))
    }

    /// Takes training prefixes off as long as every name has one.
    private static func takeOffPrefixes(_ content: inout TorchFiles.Content) -> String {
        var taken = ""
        while !content.tensors.isEmpty,
            let prefix = trainingPrefixes.first(where: { prefix in
                content.tensors.keys.allSatisfy { $0.hasPrefix(prefix) && $0.utf8.count > prefix.utf8.count }
            })
        {
            let pairs = content.tensors.map { (String($0.key.dropFirst(prefix.count)), $0.value) }
            content.tensors = Dictionary(pairs) { first, _ in first }
            taken += prefix
        }
        return taken
    }
}
