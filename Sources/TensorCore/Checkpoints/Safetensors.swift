public import Foundation

/// The native checkpoint format: `u64` header length, JSON header, tensors.
///
/// Reading is stricter than the format's own library: duplicate keys and leading spaces are refused, too. The types F32,
/// BF16, F16, I32, I64, U8 and BOOL are read, each as the type of the same name.
public enum Safetensors {
    static let maximumHeader = 100_000_000

    /// Opens a checkpoint: one file, or the shards that an index (Hugging Face's
    /// `*.index.json`, under any name) lists.
    ///
    /// All headers are read and checked; tensors are made when they are asked for (see ``StateDict``). The files are mapped into
    /// memory: a tensor on a CPU backend is the file's pages, read when they are first touched, so that opening and loading
    /// billions of parameters costs no copy. Files may be replaced or deleted meanwhile but must not be overwritten in place or
    /// cut short: ``save(_:to:)`` and every tool that writes a new file and renames it are safe.
    ///
    /// - Throws: ``CheckpointError`` that names the file and the key. A file of another kind is recognised by its first bytes
    ///   (``WeightsFormat``).
    public static func load(contentsOf url: URL) throws(CheckpointError) -> StateDict {
        try files(of: map(url)).state
    }

    /// The tensors of a file or of an index, and the files that they lie in.
    static func files(of file: MappedFile) throws(CheckpointError) -> (state: StateDict, files: [MappedFile]) {
        if ShardIndex.isIndex(file) { return try ShardIndex.load(file) }
        return (try state(of: file), [file])
    }

    /// Maps a file of any kind.
    static func map(_ url: URL) throws(CheckpointError) -> MappedFile {
        do throws(FileFailure) {
            return try MappedFile(path: url.path)
        } catch {
            throw .file(url.path, reason: "cannot be read: \(error.found); \(error.advice)")
        }
    }

    /// The tensors of one safetensors file.
    static func state(of file: MappedFile) throws(CheckpointError) -> StateDict {
        let (header, entries) = try entries(of: file.bytes, source: file.path)
        var state = StateDict(metadata: header.metadata, source: file.path)
        for entry in entries {
            let stored: StoredTensor
            do throws(StoredTensor.Failure) {
                stored = try StoredTensor(FileBytes(file, entry.range), StoredType(entry.dtype), extents: Array(entry.shape))
            } catch {
                throw .malformed(file: file.path, key: entry.name, reason: error.reason)
            }
            state.insert(LazyTensor(stored), named: entry.name)
        }
        return state
    }

    /// Reads every tensor of a file's bytes; `source` names them in messages.
    public static func parse(_ data: Data, source: String) throws(CheckpointError) -> StateDict {
        // Foundation's closure throws errors of any type.
        try data.withUnsafeBytes { bytes in
            Result { () throws(CheckpointError) in try parse(bytes, source: source) }
        }.get()
    }

    private static func parse(_ bytes: UnsafeRawBufferPointer, source: String) throws(CheckpointError) -> StateDict {
        let (header, entries) = try entries(of: bytes, source: source)
        var state = StateDict(metadata: header.metadata, source: source)
        for entry in entries {
            let own = UnsafeRawBufferPointer(rebasing: bytes[entry.range])
            state[entry.name] = Tensor(fileBytes: own, shape: entry.shape, dtype: entry.dtype)
        }
        return state
    }

    /// A checked entry: where its bytes are, counted from the file's beginning.
    private struct Entry {
        var name: String
        var shape: Shape
        var dtype: DType
        var range: Range<Int>
    }

    private static func entries(
        of bytes: UnsafeRawBufferPointer, source: String
    ) throws(CheckpointError) -> (header: SafetensorsHeader, entries: [Entry]) {
        func refuse(_ key: String?, _ reason: String) -> CheckpointError { .malformed(file: source, key: key, reason: reason) }
        if let format = WeightsFormat(bytes, file: source) { throw .otherFormat(file: source, format) }
        guard bytes.count >= 8 else { throw refuse(nil, "\(bytes.count) bytes, a header length alone takes 8") }
        let length = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
        guard length > 0 else { throw refuse(nil, "the header is empty") }
        guard length <= UInt64(maximumHeader) else {
            throw refuse(nil, "a header of \(length) bytes, at most \(maximumHeader) are accepted")
        }
        let start = 8 + Int(length)
        guard start <= bytes.count else {
            throw refuse(
                nil, "the header should have \(length) bytes, the file has \(bytes.count - 8) after the length: truncated")
        }
        let header: SafetensorsHeader
        do throws(SafetensorsHeader.Failure) {
            header = try SafetensorsHeader([UInt8](bytes[8..<start]))
        } catch {
            throw refuse(error.key, error.reason)
        }
        try checkLayout(header, bufferCount: bytes.count - start, source)
        var entries: [Entry] = []
        for (name, entry) in header.entries.sorted(by: { $0.key < $1.key }) {
            guard let dtype = DType(fileName: entry.dtype) else {
                throw .unsupportedType(file: source, key: name, found: entry.dtype)
            }
            guard entry.shape.count <= Shape.maximumRank, entry.shape.allSatisfy({ $0 < Int(Int32.max) }) else {
                throw refuse(name, "the shape \(entry.shape) has more than \(Shape.maximumRank) axes or an extent beyond 2^31")
            }
            let range = (start + entry.begin)..<(start + entry.end)
            entries.append(Entry(name: name, shape: Shape(entry.shape), dtype: dtype, range: range))
        }
        return (header, entries)
    }

    /// Every tensor has the bytes of its shape, and together they cover the buffer without holes or overlaps.
    private static func checkLayout(_ header: SafetensorsHeader, bufferCount: Int, _ source: String) throws(CheckpointError) {
        func refuse(_ key: String?, _ reason: String) -> CheckpointError { .malformed(file: source, key: key, reason: reason) }
        let ordered = header.entries.sorted { ($0.value.begin, $0.value.end, $0.key) < ($1.value.begin, $1.value.end, $1.key) }
        var position = 0
        for (name, entry) in ordered {
            guard let width = FileType.bitCount(of: entry.dtype) else { throw refuse(name, "unknown type \(entry.dtype)") }
            var bits = width
            for extent in entry.shape {
                let (product, overflow) = bits.multipliedReportingOverflow(by: extent)
                guard !overflow else { throw refuse(name, "the size of shape \(entry.shape) overflows") }
                bits = product
            }
            let (size, rest) = bits.quotientAndRemainder(dividingBy: 8)
            guard rest == 0 else { throw refuse(name, "shape \(entry.shape) of \(entry.dtype) fills no whole bytes") }
            guard entry.end - entry.begin == size else {
                throw refuse(
                    name,
                    "shape \(entry.shape) of \(entry.dtype) needs \(size) bytes, data_offsets give \(entry.end - entry.begin)")
            }
            guard entry.begin == position else {
                let problem =
                    entry.begin < position ? "overlaps the tensor before it" : "leaves a hole of \(entry.begin - position) bytes"
                throw refuse(name, "data begins at \(entry.begin), which \(problem)")
            }
            guard entry.end <= bufferCount else {
                throw refuse(
                    name, "data ends at \(entry.end), beyond the file's \(bufferCount) bytes of data: truncated or corrupt")
            }
            position = entry.end
        }
        guard position == bufferCount else { throw refuse(nil, "\(bufferCount - position) bytes after the last tensor") }
    }
}
